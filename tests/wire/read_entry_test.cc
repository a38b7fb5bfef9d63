#include "custody/wire/read_entry.h"

#include <gtest/gtest.h>

#include "crypto/statement_key.h"
#include "custody/log/tree.h"
#include "custody/wire/statement.h"
#include "custody/wire/statement_seal.h"
#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

using crypto::Bytes;
using crypto::Digest;
using crypto::Secret;
using ledger::Entry;
using ledger::RefusalCode;

class Reading : public ::testing::Test {
 protected:
  Reading() {
    keys_.Add(3, key_.Clone());
    signed_ = *SealStatement(SampleStatements()[14], RandomStatementId(random_), {}, context_,
                             &key_, {{4}, signing_, nullptr}, random_);
    header_ = *DecodeHeader(signed_.header);
  }

  static Bytes LeafOf(const Bytes& header) {
    return EncodeLeaf({99, header, crypto::Signature(), std::nullopt});
  }
  Entry Read(const Bytes& leaf, const Bytes& body) {
    return ReadEntry(7, leaf, body, keys_, [](uint64_t size, const Digest& root) {
      return size == 44 && root == SampleDigest(2);
    });
  }
  // With a header that fits a body sealed by hand.
  Entry ReadSealed(const Bytes& clear, const crypto::ByteSpan& aad) {
    const Secret key = crypto::StatementKey(key_, 4, header_.statement_id.value);
    const Bytes body = crypto::SealBody(key, *header_.nonce, aad, clear);
    header_.body_digest = crypto::Sha256(body);
    header_.body_length = static_cast<uint32_t>(body.size());
    return Read(LeafOf(EncodeHeader(header_)), body);
  }

  crypto::SeededRandom random_{uint64_t{2}};
  crypto::SigningKey signing_ = crypto::SigningKey::Random(random_);
  Secret key_ = Secret::Random(32, random_);
  StatementContext context_{{SampleDigest(1).value}, 2, 1, 3, 44, SampleDigest(2)};
  KeyRing keys_;
  SignedStatement signed_;
  ledger::Header header_;
};

TEST_F(Reading, AGoodEntryIsReadWhole) {
  const Bytes leaf = LeafOf(signed_.header);
  const Entry entry = Read(leaf, signed_.body);
  EXPECT_EQ(entry.unreadable, RefusalCode::kNone);
  EXPECT_EQ(entry.index, 7u);
  EXPECT_EQ(entry.leaf_hash, log::LeafHash(leaf));
  EXPECT_EQ(entry.leaf, *DecodeLeaf(leaf));
  EXPECT_EQ(entry.header, header_);
  ASSERT_TRUE(entry.statement.has_value());
  EXPECT_EQ(EncodeStatement(*entry.statement), EncodeStatement(SampleStatements()[14]));
  EXPECT_TRUE(entry.root_is_this_trees);
}

TEST_F(Reading, ALeafThatIsNoneHasNoHeader) {
  const Entry entry = Read({1, 2, 3}, signed_.body);
  EXPECT_EQ(entry.unreadable, RefusalCode::kMalformedHeader);
  EXPECT_FALSE(entry.header.has_value());
  EXPECT_FALSE(entry.statement.has_value());
  EXPECT_EQ(entry.leaf_hash, log::LeafHash(Bytes{1, 2, 3}));
}

TEST_F(Reading, AMalformedHeaderIsAbsent) {
  Bytes header = signed_.header;
  header.push_back(0);
  const Entry entry = Read(LeafOf(header), signed_.body);
  EXPECT_EQ(entry.unreadable, RefusalCode::kMalformedHeader);
  EXPECT_FALSE(entry.header.has_value());
  EXPECT_EQ(entry.leaf.log_time_ms, 99u);
}

TEST_F(Reading, AnotherBodyIsNotRead) {
  Bytes body = signed_.body;
  body.back() ^= 1;
  const Entry entry = Read(LeafOf(signed_.header), body);
  EXPECT_EQ(entry.unreadable, RefusalCode::kBodyDigestMismatch);
  EXPECT_TRUE(entry.header.has_value());
  EXPECT_FALSE(entry.statement.has_value());
}

TEST_F(Reading, ABodyUnderAKeyThatWeLackIsUndecryptable) {
  keys_ = KeyRing();
  EXPECT_EQ(Read(LeafOf(signed_.header), signed_.body).unreadable, RefusalCode::kUndecryptableBody);
}

TEST_F(Reading, ABodyUnderAnotherKeyIsUndecryptable) {
  keys_.Add(3, Secret::Random(32, random_));
  EXPECT_EQ(Read(LeafOf(signed_.header), signed_.body).unreadable, RefusalCode::kUndecryptableBody);
}

// The cipher does not commit to its key: a body that opens under two keys must not be read.
TEST_F(Reading, AKeyThatTheHeaderDoesNotCommitToIsUndecryptable) {
  header_.key_commitment = SampleDigest(9);
  EXPECT_EQ(
      ReadSealed(EncodeStatement(SampleStatements()[14]), header_.organisation.span()).unreadable,
      RefusalCode::kUndecryptableBody);
}

TEST_F(Reading, ABodySealedForAnotherOrganisationIsUndecryptable) {
  EXPECT_EQ(ReadSealed(EncodeStatement(SampleStatements()[14]), SampleDigest(3).span()).unreadable,
            RefusalCode::kUndecryptableBody);
}

TEST_F(Reading, ABodyThatIsNoStatementIsMalformed) {
  EXPECT_EQ(ReadSealed({1, 2, 3}, header_.organisation.span()).unreadable,
            RefusalCode::kMalformedBody);
}

TEST_F(Reading, ABodyInClearIsReadAsItIs) {
  const Bytes body = EncodeStatement(SampleStatements()[0]);
  header_.organisation_key_version = 0;
  header_.key_commitment.reset();
  header_.nonce.reset();
  header_.body_digest = crypto::Sha256(body);
  header_.body_length = static_cast<uint32_t>(body.size());
  const Entry entry = Read(LeafOf(EncodeHeader(header_)), body);
  EXPECT_EQ(entry.unreadable, RefusalCode::kNone);
  EXPECT_TRUE(std::holds_alternative<ledger::Found>(*entry.statement));
}

TEST_F(Reading, ABodyOfAnotherLengthThanItsAuthorSignedIsMalformed) {
  ++header_.body_length;
  EXPECT_EQ(Read(LeafOf(EncodeHeader(header_)), signed_.body).unreadable,
            RefusalCode::kMalformedBody);
}

TEST_F(Reading, AnOversizedBodyIsMalformedWhateverItsDigest) {
  const Bytes body(ledger::kMaxBodyBytes + 1, 0);
  header_.body_digest = crypto::Sha256(body);
  EXPECT_EQ(Read(LeafOf(EncodeHeader(header_)), body).unreadable, RefusalCode::kMalformedBody);
}

TEST_F(Reading, ARootOfAnotherTreeIsMarked) {
  header_.verified_size = 45;
  EXPECT_FALSE(Read(LeafOf(EncodeHeader(header_)), signed_.body).root_is_this_trees);
  header_.verified_size = 44;
  header_.verified_root = SampleDigest(3);
  EXPECT_FALSE(Read(LeafOf(EncodeHeader(header_)), signed_.body).root_is_this_trees);
}

}  // namespace
}  // namespace quorate::wire::testing
