#include "tests/wire/samples.h"

#include "crypto/dealing.h"
#include "crypto/init.h"
#include "crypto/transcript.h"
#include "crypto/wrap.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"
#include "custody/wire/statement_seal.h"
#include "quorate/ledger/v1/ledger.pb.h"
#include "quorate/ledger/v1/signed.pb.h"

namespace quorate::wire::testing {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::SchnorrProof;
using crypto::Signature;
using ledger::ItemKind;

ledger::PublicKey SampleKey(uint64_t number) { return {SampleDigest(number).value}; }

Signature SampleSignature(uint64_t number) {
  return *Signature::FromBytes(SampleBytes(number, Signature::kSize));
}

SchnorrProof SampleProof(uint64_t number) {
  return {SampleScalar(number), SampleScalar(number + 1)};
}

std::vector<ledger::Endorsement> SampleEndorsements(uint64_t number) {
  return {{{1}, SampleSignature(number), SampleSignature(number + 1)},
          {{300}, SampleSignature(number + 2), SampleSignature(number + 3)}};
}

ledger::SharingRef SampleSharing() { return {{3}, {4}, 5}; }

ledger::Found SampleFound() {
  ledger::Found found;
  found.charter = SampleCharter();
  found.charter_bytes = EncodeCharter(found.charter);
  found.wraps = {SampleBytes(40, crypto::kOrganisationKeyWrapSize),
                 SampleBytes(41, crypto::kOrganisationKeyWrapSize)};
  found.founders = SampleEndorsements(42);
  return found;
}

ledger::Deal SampleDeal() {
  return {SampleSharing(),  {SamplePoint(60), SamplePoint(61)},
          SamplePoint(62),  SampleScalar(63),
          SampleScalar(64), SampleScalar(65)};
}

ledger::Complain SampleComplain() {
  return {SampleSharing(),
          {7},
          SampleBytes(66, crypto::kSubShareCiphertextSize),
          SamplePoint(67),
          {SampleScalar(68), SampleScalar(69)}};
}

ledger::DepositedItem SampleItem(ItemKind kind, uint64_t number) {
  return {kind,
          static_cast<uint32_t>(number),
          static_cast<uint32_t>(number + 1),
          SamplePoint(number + 2),
          SamplePoint(number + 3),
          SampleScalar(number + 4),
          SampleScalar(number + 5)};
}

ledger::Deposit SampleDeposit() {
  return {{2},
          "page",
          "Our page",
          "team@example.org",
          "https://example.org/login",
          {SampleItem(ItemKind::kPassword, 80), SampleItem(ItemKind::kTotp, 90)}};
}

std::vector<ledger::ItemVersion> SampleVersions() {
  return {{ItemKind::kRecoveryCodes, 3}, {ItemKind::kToken, 200}, {ItemKind::kNote, 1}};
}

ledger::Request SampleRequest() {
  ledger::Request request;
  request.vault = {2};
  request.account = "page";
  request.items = SampleVersions();
  request.unusual_version = true;
  request.reason = "post the strike notice – tonight";
  request.recipients = {{1}, {4}};
  request.one_time_key = ledger::OneTimeKey{SamplePoint(100), SampleProof(101)};
  return request;
}

ledger::DecryptionShares SampleShares() {
  ledger::SentShare share{{4},
                          ItemKind::kTotp,
                          3,
                          1,
                          {SamplePoint(111), SamplePoint(112), SampleScalar(113), SampleScalar(114),
                           SampleScalar(115)}};
  return {SampleDigest(110), {6}, {share, share}};
}

SignedStatement SampleSigned() {
  SignedStatement out;
  out.body = SampleBytes(130, 77);
  ledger::Header header = SampleHeader();
  header.body_digest = crypto::Sha256(out.body);
  header.body_length = static_cast<uint32_t>(out.body.size());
  out.header = EncodeHeader(header);
  out.signature = SampleSignature(131);
  out.device_signature = SampleSignature(132);
  out.id = header.statement_id;
  return out;
}

template <auto kDecode, auto kEncode>
absl::StatusOr<Bytes> Recode(ByteSpan bytes) {
  QUORATE_ASSIGN_OR_RETURN(const auto value, kDecode(bytes));
  return kEncode(value);
}

}  // namespace

crypto::Digest SampleDigest(uint64_t number) {
  return crypto::Transcript("quorate/test-sample/v1").AppendU64(number).Hash();
}

Bytes SampleBytes(uint64_t number, size_t size) {
  Bytes out;
  for (uint64_t block = 0; out.size() < size; ++block) {
    const crypto::Digest digest =
        crypto::Transcript("quorate/test-bytes/v1").AppendU64(number).AppendU64(block).Hash();
    out.insert(out.end(), digest.value.begin(), digest.value.end());
  }
  out.resize(size);
  return out;
}

crypto::Scalar SampleScalar(uint64_t number) {
  return crypto::Transcript("quorate/test-scalar/v1").AppendU64(number).Challenge();
}

crypto::Point SamplePoint(uint64_t number) { return crypto::Point::MulBase(SampleScalar(number)); }

ledger::Charter SampleCharter() {
  ledger::Charter charter;
  charter.salt = SampleDigest(1);
  charter.rules_version = 1;
  charter.governance_threshold = 2;
  charter.organisation_name_sealed = SampleBytes(2, kSealedNameOverhead + 20);
  for (uint64_t i = 0; i < 2; ++i) {
    const uint64_t base = 10 + 10 * i;
    charter.organisers.push_back({SampleBytes(base, kSealedNameOverhead + 5), SampleKey(base + 1),
                                  SampleKey(base + 2), SamplePoint(base + 3), SampleKey(base + 4),
                                  SampleKey(base + 5)});
  }
  charter.vaults.push_back(
      {SampleBytes(30, kSealedNameOverhead + 6), 2, {{1}, {2}, {300}}, 3600, 604800, 1});
  charter.witnesses = {{1}, {2}};
  charter.witness_faults = 1;
  charter.witness_quorum = 3;
  charter.log_key = SampleKey(31);
  charter.server_certificate_digest = SampleDigest(32);
  charter.organisation_key_commitment = SampleDigest(33);
  return charter;
}

ledger::Header SampleHeader() {
  ledger::Header header;
  header.organisation = {SampleDigest(120).value};
  header.charter_version = 1;
  header.rules_version = 2;
  header.author = {300};
  const Bytes id = SampleBytes(121, 16);
  std::copy(id.begin(), id.end(), header.statement_id.value.begin());
  header.organisation_key_version = 4;
  header.key_commitment = SampleDigest(122);
  const Bytes nonce = SampleBytes(123, 24);
  header.nonce.emplace();
  std::copy(nonce.begin(), nonce.end(), header.nonce->begin());
  header.body_digest = SampleDigest(124);
  header.body_length = 777;
  header.blobs = {{SampleDigest(125), 48}, {SampleDigest(126), ledger::kMaxBlobBytes}};
  header.verified_size = 1'000'000;
  header.verified_root = SampleDigest(127);
  return header;
}

ledger::Leaf SampleLeaf() {
  return {1'700'000'000'123, EncodeHeader(SampleHeader()), SampleSignature(128),
          SampleSignature(129)};
}

std::vector<ledger::Statement> SampleStatements() {
  return {
      SampleFound(),
      ledger::Rules{2, SampleEndorsements(50)},
      ledger::ReceivingKey{SampleSharing(), SamplePoint(54), SampleProof(55)},
      ledger::Start{SampleSharing(), {{1}, {2}, {300}}},
      SampleDeal(),
      ledger::Close{SampleSharing()},
      SampleComplain(),
      ledger::Acknowledge{SampleSharing(), SampleDigest(70), SampleProof(71)},
      ledger::Activate{SampleSharing(), SampleDigest(73), {{2}, {5}}},
      SampleDeposit(),
      ledger::Confirm{"page", SampleVersions()},
      SampleRequest(),
      ledger::Accept{SampleDigest(103), {SamplePoint(104), SampleProof(105)}},
      ledger::Approve{SampleDigest(107), {SampleDigest(108), SampleDigest(109)}},
      ledger::Deny{SampleDigest(116), "nobody told me why"},
      ledger::Withdraw{SampleDigest(117)},
      SampleShares(),
      ledger::Opened{SampleDigest(118)},
      ledger::Alarm{{300}, "page", "somebody changed the login"},
      ledger::Lift{{300}, "page", {SampleDigest(130), SampleDigest(131)}, "it is ours again"},
  };
}

std::vector<Sample> AllSamples() {
  // Parameters of tests are made before any test environment.
  crypto::InitCrypto().IgnoreError();
  namespace pb = ::quorate::ledger::v1;
  std::vector<Sample> out;
  for (const ledger::Statement& statement : SampleStatements()) {
    out.push_back({std::string(ledger::StatementName(statement)), EncodeStatement(statement),
                   &pb::Statement::default_instance(), Recode<DecodeStatement, EncodeStatement>});
  }
  out.push_back({"charter", EncodeCharter(SampleCharter()), &pb::Charter::default_instance(),
                 Recode<DecodeCharter, EncodeCharter>});
  out.push_back({"header", EncodeHeader(SampleHeader()), &pb::Header::default_instance(),
                 Recode<DecodeHeader, EncodeHeader>});
  out.push_back({"leaf", EncodeLeaf(SampleLeaf()), &pb::Leaf::default_instance(),
                 Recode<DecodeLeaf, EncodeLeaf>});
  out.push_back({"signed", EncodeSigned(SampleSigned()), &pb::SignedStatement::default_instance(),
                 Recode<DecodeSigned, EncodeSigned>});
  return out;
}

}  // namespace quorate::wire::testing
