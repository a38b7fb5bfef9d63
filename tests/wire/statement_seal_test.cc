#include "custody/wire/statement_seal.h"

#include <gtest/gtest.h>

#include "crypto/statement_key.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"
#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

using crypto::Bytes;
using crypto::Secret;
using crypto::SigningKey;

constexpr size_t kFound = 0;
constexpr size_t kDeposit = 9;
constexpr size_t kApprove = 13;
constexpr size_t kDeny = 14;

class Sealing : public ::testing::Test {
 protected:
  absl::StatusOr<SignedStatement> Seal(const ledger::Statement& statement) {
    return SealStatement(statement, id_, {{SampleDigest(5), 100}}, context_,
                         with_key_ ? &key_ : nullptr,
                         {{4}, signing_, with_device_ ? &device_ : nullptr}, random_);
  }
  SignedStatement MustSeal(size_t kind) {
    auto sealed = Seal(SampleStatements()[kind]);
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return *std::move(sealed);
  }

  crypto::SeededRandom random_{uint64_t{1}};
  SigningKey signing_ = SigningKey::Random(random_);
  SigningKey device_ = SigningKey::Random(random_);
  Secret key_ = Secret::Random(32, random_);
  ledger::StatementId id_ = RandomStatementId(random_);
  StatementContext context_{{SampleDigest(1).value}, 2, 1, 3, 44, SampleDigest(2)};
  bool with_key_ = true;
  bool with_device_ = true;
};

TEST_F(Sealing, TheHeaderSaysWhatTheContextSaid) {
  const SignedStatement sealed = MustSeal(kDeny);
  const auto header = DecodeHeader(sealed.header);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->organisation, context_.organisation);
  EXPECT_EQ(header->charter_version, 2u);
  EXPECT_EQ(header->rules_version, 1u);
  EXPECT_EQ(header->author.value, 4u);
  EXPECT_EQ(header->statement_id, id_);
  EXPECT_EQ(header->organisation_key_version, 3u);
  EXPECT_EQ(header->body_digest, crypto::Sha256(sealed.body));
  EXPECT_EQ(header->blobs, (std::vector<ledger::BlobRef>{{SampleDigest(5), 100}}));
  EXPECT_EQ(header->verified_size, 44u);
  EXPECT_EQ(header->verified_root, SampleDigest(2));
  EXPECT_EQ(sealed.id, id_);
}

TEST_F(Sealing, BothSignaturesCoverTheHeader) {
  const SignedStatement sealed = MustSeal(kApprove);
  EXPECT_TRUE(crypto::VerifySignature(signing_.public_key(), ledger::kStatementLabel, sealed.header,
                                      sealed.signature));
  ASSERT_TRUE(sealed.device_signature.has_value());
  EXPECT_TRUE(crypto::VerifySignature(device_.public_key(), ledger::kStatementDeviceLabel,
                                      sealed.header, *sealed.device_signature));
}

TEST_F(Sealing, TheBodyHidesWhatIsSaidAndOpensUnderTheStatementKey) {
  const auto statement = std::get<ledger::Deny>(SampleStatements()[kDeny]);
  const SignedStatement sealed = MustSeal(kDeny);
  EXPECT_EQ(crypto::AsString(sealed.body).find(statement.reason), std::string::npos);
  const auto header = DecodeHeader(sealed.header);
  const Secret key = crypto::StatementKey(key_, 4, id_.value);
  EXPECT_EQ(*header->key_commitment, crypto::StatementKeyCommitment(key));
  const auto opened =
      crypto::OpenBody(key, *header->nonce, context_.organisation.span(), sealed.body);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, EncodeStatement(statement));
}

TEST_F(Sealing, TwoSealingsHaveTwoNonces) {
  EXPECT_NE(DecodeHeader(MustSeal(kDeny).header)->nonce,
            DecodeHeader(MustSeal(kDeny).header)->nonce);
}

TEST_F(Sealing, AFoundingStaysInClearAndNeedsNoOrganisationKey) {
  with_key_ = false;
  const SignedStatement sealed = MustSeal(kFound);
  EXPECT_EQ(sealed.body, EncodeStatement(SampleStatements()[kFound]));
  EXPECT_EQ(DecodeHeader(sealed.header)->organisation_key_version, 0u);
}

TEST_F(Sealing, NothingSecretIsSaidWithoutTheOrganisationKey) {
  with_key_ = false;
  EXPECT_EQ(ReasonOf(Seal(SampleStatements()[kDeny])), "ORGANISATION_KEY_NEEDED");
  with_key_ = true;
  context_.organisation_key_version = 0;
  EXPECT_EQ(ReasonOf(Seal(SampleStatements()[kDeny])), "ORGANISATION_KEY_NEEDED");
}

TEST_F(Sealing, ADeviceKeyIsNeededExactlyWhereTheLedgerWantsOne) {
  with_device_ = false;
  for (const ledger::Statement& statement : SampleStatements()) {
    const auto sealed = Seal(statement);
    if (ledger::NeedsDeviceSignature(statement)) {
      EXPECT_EQ(ReasonOf(sealed), "DEVICE_KEY_NEEDED") << ledger::StatementName(statement);
    } else {
      ASSERT_TRUE(sealed.ok()) << sealed.status();
      EXPECT_FALSE(sealed->device_signature.has_value());
    }
  }
}

TEST_F(Sealing, TheDeviceSignsWhateverItIsAtHandFor) {
  EXPECT_TRUE(MustSeal(kDeny).device_signature.has_value());
  EXPECT_TRUE(MustSeal(kApprove).device_signature.has_value());
}

TEST_F(Sealing, WhatReadersWouldRefuseIsNotSigned) {
  auto deposit = std::get<ledger::Deposit>(SampleStatements()[kDeposit]);
  deposit.items[0].r = crypto::Point();
  EXPECT_EQ(ReasonOf(Seal(deposit)), kBadPoint);

  auto deny = std::get<ledger::Deny>(SampleStatements()[kDeny]);
  deny.reason.assign(ledger::kMaxReasonBytes + 1, 'x');
  EXPECT_EQ(ReasonOf(Seal(deny)), kWrongLength);

  auto found = std::get<ledger::Found>(SampleStatements()[kFound]);
  found.charter_bytes.push_back(0);
  EXPECT_EQ(ReasonOf(Seal(found)), kInconsistent);
}

TEST_F(Sealing, ABlobThatNoReaderTakesIsNotSigned) {
  const auto sealed = SealStatement(SampleStatements()[kDeny], id_, {{SampleDigest(5), 0}},
                                    context_, &key_, {{4}, signing_, &device_}, random_);
  EXPECT_EQ(ReasonOf(sealed), kWrongLength);
}

TEST_F(Sealing, ASignedStatementTravelsAsBytes) {
  for (const size_t kind : {kFound, kDeny, kApprove}) {
    const SignedStatement sealed = MustSeal(kind);
    const auto decoded = DecodeSigned(EncodeSigned(sealed));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, sealed);
  }
}

TEST_F(Sealing, ASignedStatementWithAnotherBodyIsRefused) {
  SignedStatement sealed = MustSeal(kDeny);
  sealed.body[0] ^= 1;
  EXPECT_EQ(ReasonOf(DecodeSigned(EncodeSigned(sealed))), kInconsistent);
}

TEST_F(Sealing, ASignedStatementWithAMalformedHeaderIsRefused) {
  SignedStatement sealed = MustSeal(kDeny);
  sealed.header.push_back(0);
  EXPECT_FALSE(DecodeSigned(EncodeSigned(sealed)).ok());
}

}  // namespace
}  // namespace quorate::wire::testing
