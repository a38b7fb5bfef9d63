// One fault each, in every field of every message.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "crypto/dealing.h"
#include "custody/ledger/quota.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"
#include "google/protobuf/stubs/logging.h"
#include "quorate/ledger/v1/ledger.pb.h"
#include "tests/wire/encoding_faults.h"
#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

using crypto::AsString;
using crypto::Bytes;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// What a field of bytes or text must be.
struct Rule {
  enum class What { kFixed, kPoint, kScalar, kSized, kText } what;
  // Fixed or largest size; for kSized also the least.
  size_t max = 32;
  size_t min = 0;
};
using enum Rule::What;

// Every field of bytes or text that there is: a new one has no rule, and the test says so.
const std::map<std::string, Rule>& Rules() {
  constexpr size_t kName = kSealedNameOverhead + ledger::kMaxNameBytes;
  static const auto& rules = *new std::map<std::string, Rule>{
      {"Leaf.header", {kSized, ledger::kMaxHeaderBytes, 1}},
      {"Leaf.signature", {kFixed, 64}},
      {"Leaf.device_signature", {kFixed, 64}},
      {"Header.organisation", {kFixed}},
      {"Header.statement_id", {kFixed, 16}},
      {"Header.key_commitment", {kFixed}},
      {"Header.nonce", {kFixed, 24}},
      {"Header.body_digest", {kFixed}},
      {"Header.verified_root", {kFixed}},
      {"Blob.digest", {kFixed}},
      {"Charter.salt", {kFixed}},
      {"Charter.organisation_name_sealed",
       {kSized, kSealedNameOverhead + ledger::kMaxTitleBytes, kSealedNameOverhead + 1}},
      {"Charter.log_key", {kFixed}},
      {"Charter.server_certificate_digest", {kFixed}},
      {"Charter.organisation_key_commitment", {kFixed}},
      {"Organiser.name_sealed", {kSized, kName, kSealedNameOverhead + 1}},
      {"Organiser.signing_key", {kFixed}},
      {"Organiser.tls_key", {kFixed}},
      {"Organiser.wrap_key", {kPoint}},
      {"Organiser.device_key", {kFixed}},
      {"Organiser.witness_key", {kFixed}},
      {"VaultPolicy.name_sealed", {kSized, kName, kSealedNameOverhead + 1}},
      {"Found.wraps", {kFixed, 80}},
      {"Endorsement.signature", {kFixed, 64}},
      {"Endorsement.device_signature", {kFixed, 64}},
      {"ReceivingKey.key", {kPoint}},
      {"Deal.commitments", {kPoint}},
      {"Deal.ephemeral", {kPoint}},
      {"Deal.challenge", {kScalar}},
      {"Deal.response_secret", {kScalar}},
      {"Deal.response_ephemeral", {kScalar}},
      {"Complain.sub_share_ciphertext", {kFixed, crypto::kSubShareCiphertextSize}},
      {"Complain.shared_point", {kPoint}},
      {"Acknowledge.qualified_digest", {kFixed}},
      {"Activate.qualified_digest", {kFixed}},
      {"SchnorrProof.challenge", {kScalar}},
      {"SchnorrProof.response", {kScalar}},
      {"Deposit.account", {kText, ledger::kMaxAccountNameBytes}},
      {"Deposit.title", {kText, ledger::kMaxTitleBytes}},
      {"Deposit.username", {kText, ledger::kMaxUsernameBytes}},
      {"Deposit.url", {kText, ledger::kMaxUrlBytes}},
      {"DepositedItem.r", {kPoint}},
      {"DepositedItem.r_hat", {kPoint}},
      {"DepositedItem.challenge", {kScalar}},
      {"DepositedItem.response", {kScalar}},
      {"Confirm.account", {kText, ledger::kMaxAccountNameBytes}},
      {"Request.account", {kText, ledger::kMaxAccountNameBytes}},
      {"Request.reason", {kText, ledger::kMaxReasonBytes}},
      {"OneTimeKey.key", {kPoint}},
      {"Accept.request", {kFixed}},
      {"Approve.request", {kFixed}},
      {"Approve.accepts", {kFixed}},
      {"Deny.request", {kFixed}},
      {"Deny.reason", {kText, ledger::kMaxReasonBytes}},
      {"Withdraw.request", {kFixed}},
      {"DecryptionShares.request", {kFixed}},
      {"DecryptionShare.u", {kPoint}},
      {"DecryptionShare.v", {kPoint}},
      {"DecryptionShare.challenge", {kScalar}},
      {"DecryptionShare.response_share", {kScalar}},
      {"DecryptionShare.response_nonce", {kScalar}},
      {"Opened.request", {kFixed}},
      {"Alarm.account", {kText, ledger::kMaxAccountNameBytes}},
      {"Alarm.reason", {kText, ledger::kMaxReasonBytes}},
      {"Lift.account", {kText, ledger::kMaxAccountNameBytes}},
      {"Lift.alarms", {kFixed}},
      {"Lift.reason", {kText, ledger::kMaxReasonBytes}},
      {"SignedStatement.header", {kSized, ledger::kMaxHeaderBytes, 1}},
      {"SignedStatement.signature", {kFixed, 64}},
      {"SignedStatement.device_signature", {kFixed, 64}},
      {"SignedStatement.body", {kSized, ledger::kMaxBodyBytes, 1}},
  };
  return rules;
}

// How many elements a list may have.
const std::map<std::string, size_t>& Bounds() {
  static const auto& bounds = *new std::map<std::string, size_t>{
      {"Header.blobs", ledger::kMaxBlobsPerStatement},
      {"Charter.organisers", ledger::kMaxOrganisers},
      {"Charter.vaults", ledger::kMaxVaults},
      {"Charter.witnesses", ledger::kMaxOrganisers},
      {"VaultPolicy.holders", ledger::kMaxOrganisers},
      {"Found.wraps", ledger::kMaxOrganisers},
      {"Found.founders", ledger::kMaxOrganisers},
      {"Rules.endorsements", ledger::kMaxOrganisers},
      {"Start.receivers", ledger::kMaxOrganisers},
      {"Deal.commitments", ledger::kMaxOrganisers},
      {"Activate.shareless", ledger::kMaxOrganisers},
      {"Deposit.items", ledger::kMaxItemsPerStatement},
      {"Confirm.items", ledger::kMaxItemsPerStatement},
      {"Request.items", ledger::kMaxItemsPerStatement},
      {"Request.recipients", ledger::kMaxRecipients},
      {"Approve.accepts", ledger::kMaxRecipients},
      {"DecryptionShares.shares", ledger::kMaxRecipients * ledger::kMaxItemsPerStatement},
      {"Lift.alarms", 2 * ledger::kMaxOrganisers},
  };
  return bounds;
}

std::string NameOf(const FieldDescriptor& field) {
  return field.containing_type()->name() + "." + field.name();
}

struct BadValue {
  std::string value;
  std::vector<std::string> reasons;
};

std::vector<BadValue> BadValuesFor(const std::string& name, const Rule& rule) {
  std::vector<BadValue> out;
  const auto sized = [&](size_t size) { return std::string(size, '\1'); };
  switch (rule.what) {
    case kText:
      return {{sized(rule.max + 1), {kWrongLength}}, {"\xC3(", {kNotAMessage}}};
    case kSized:
      // The whole may be too large before its part is.
      return {{sized(rule.min - 1), {kWrongLength}},
              {sized(rule.max + 1), {kWrongLength, kTooLarge}}};
    case kPoint:
      out.push_back({std::string(32, '\0'), {kBadPoint}});
      out.push_back({std::string(32, '\xFF'), {kBadPoint}});
      // An odd field element: RFC 9496 calls it negative.
      out.push_back({"\1" + std::string(31, '\0'), {kBadPoint}});
      break;
    case kScalar: {
      // The group order, little-endian.
      const std::string order = "\xED\xD3\xF5\x5C\x1A\x63\x12\x58\xD6\x9C\xF7\xA2\xDE\xF9\xDE\x14" +
                                std::string(15, '\0') + "\x10";
      out.push_back({order, {kBadScalar}});
      out.push_back({std::string(32, '\xFF'), {kBadScalar}});
      break;
    }
    case kFixed:
      break;
  }
  out.push_back({sized(rule.max - 1), {kWrongLength}});
  out.push_back({sized(rule.max + 1), {kWrongLength}});
  if (name == "Header.key_commitment" || name == "Header.nonce") {
    out.push_back({"", {kInconsistent}});
  } else if (name != "Leaf.device_signature" && name != "SignedStatement.device_signature") {
    out.push_back({"", {kWrongLength}});
  }
  return out;
}

// Walks a sample's message and tries faults in every field, each in a copy.
class FaultWalk {
 public:
  explicit FaultWalk(const Sample& sample) : sample_(sample), root_(sample.prototype->New()) {
    EXPECT_TRUE(root_->ParseFromString(AsString(sample.bytes)));
  }

  void Run() {
    Visit(*root_);
    // A close names its sharing and nothing else.
    EXPECT_GE(faults_, 2u);
  }

 private:
  // Applies a change to the message in place, expects its refusal, and undoes it.
  void Try(const std::string& what, const std::vector<std::string>& reasons,
           const std::function<void()>& change) {
    const std::unique_ptr<Message> kept(root_->New());
    kept->CopyFrom(*root_);
    change();
    std::string bytes;
    ASSERT_TRUE(root_->SerializeToString(&bytes));
    const std::string reason = ReasonOf(sample_.recode(crypto::AsBytes(bytes)));
    EXPECT_NE(std::find(reasons.begin(), reasons.end(), reason), reasons.end())
        << sample_.name << ": " << what << " gave \"" << reason << "\"";
    pending_restore_ = kept->SerializeAsString();
    ++faults_;
  }

  void Visit(Message& message) {
    const auto fields = FieldsOf(message);
    for (const FieldDescriptor* field : fields) {
      const std::vector<int> path = path_;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) TryStrings(*field);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) TryEnum(*field);
      if (field->is_repeated()) TryCount(*field);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) VisitMessage(*field);
    }
  }

  std::vector<const FieldDescriptor*> FieldsOf(const Message& message) {
    std::vector<const FieldDescriptor*> out;
    message.GetReflection()->ListFields(message, &out);
    return out;
  }

  // The message that path_ leads to, found anew after each restore.
  Message& Here() {
    Message* at = root_.get();
    for (const int step : path_) {
      const FieldDescriptor* field = at->GetDescriptor()->FindFieldByNumber(step);
      const Reflection& reflection = *at->GetReflection();
      at = field->is_repeated() ? reflection.MutableRepeatedMessage(at, field, 0)
                                : reflection.MutableMessage(at, field);
    }
    return *at;
  }
  void Restore() { ASSERT_TRUE(root_->ParseFromString(pending_restore_)); }

  void TryStrings(const FieldDescriptor& field) {
    const std::string name = NameOf(field);
    const auto rule = Rules().find(name);
    ASSERT_NE(rule, Rules().end()) << name << " has no rule in this test";
    for (const BadValue& bad : BadValuesFor(name, rule->second)) {
      Try(name + " of " + std::to_string(bad.value.size()) + " bytes", bad.reasons, [&] {
        Message& here = Here();
        if (field.is_repeated()) {
          here.GetReflection()->SetRepeatedString(&here, &field, 0, bad.value);
        } else {
          here.GetReflection()->SetString(&here, &field, bad.value);
        }
      });
      Restore();
    }
  }

  void TryEnum(const FieldDescriptor& field) {
    for (const int value : {0, 6, -1, 1 << 20}) {
      Try(NameOf(field) + " = " + std::to_string(value), {kBadEnum},
          [&] { Here().GetReflection()->SetEnumValue(&Here(), &field, value); });
      Restore();
    }
  }

  void TryCount(const FieldDescriptor& field) {
    const auto bound = Bounds().find(NameOf(field));
    ASSERT_NE(bound, Bounds().end()) << NameOf(field) << " has no bound in this test";
    Try(NameOf(field) + " too often", {kTooMany, kTooLarge}, [&] {
      Message& here = Here();
      const Reflection& reflection = *here.GetReflection();
      while (static_cast<size_t>(reflection.FieldSize(here, &field)) <= bound->second) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          reflection.AddMessage(&here, &field)
              ->CopyFrom(reflection.GetRepeatedMessage(here, &field, 0));
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          reflection.AddString(&here, &field, reflection.GetRepeatedString(here, &field, 0));
        } else {
          reflection.AddUInt32(&here, &field, 1);
        }
      }
    });
    Restore();
  }

  void VisitMessage(const FieldDescriptor& field) {
    const bool is_kind = field.real_containing_oneof() != nullptr;
    if (!field.is_repeated() && NameOf(field) != "Request.one_time_key") {
      Try(NameOf(field) + " missing", {is_kind ? kUnknownKind : kMissingField},
          [&] { Here().GetReflection()->ClearField(&Here(), &field); });
      Restore();
    }
    path_.push_back(field.number());
    Visit(Here());
    path_.pop_back();
  }

  const Sample& sample_;
  std::unique_ptr<Message> root_;
  std::vector<int> path_;
  std::string pending_restore_;
  size_t faults_ = 0;
};

class Faults : public ::testing::TestWithParam<Sample> {
 protected:
  // Protobuf writes to stderr about the bad UTF-8 that these tests are about.
  google::protobuf::LogSilencer silence_;
};

TEST_P(Faults, EveryBadValueInEveryFieldIsRefusedForItsReason) { FaultWalk(GetParam()).Run(); }

TEST_P(Faults, EveryOtherEncodingIsRefused) {
  const Sample& sample = GetParam();
  const std::vector<Fault> faults =
      EncodingFaults(*sample.prototype->GetDescriptor(), sample.bytes);
  ASSERT_GT(faults.size(), 8u);
  for (const Fault& fault : faults) {
    ASSERT_NE(fault.bytes, sample.bytes) << fault.what;
    const std::string reason = ReasonOf(sample.recode(fault.bytes));
    EXPECT_TRUE(reason == kNotCanonical || reason == kNotAMessage || reason == kTooLarge)
        << sample.name << ": " << fault.what << " gave \"" << reason << "\"";
  }
}

TEST_P(Faults, EveryTruncationIsRefused) {
  const Sample& sample = GetParam();
  // A leaf without its device signature is a leaf too.
  const size_t device_signature = sample.name == "leaf" ? 2 + crypto::Signature::kSize : 0;
  for (size_t size = 0; size < sample.bytes.size(); ++size) {
    if (device_signature != 0 && size + device_signature == sample.bytes.size()) continue;
    EXPECT_FALSE(sample.recode(crypto::ByteSpan(sample.bytes).first(size)).ok())
        << sample.name << " cut to " << size;
  }
}

// Whatever still decodes after one flipped bit is another value with one encoding of its own.
TEST_P(Faults, NoFlippedBitDecodesToTheSameValue) {
  const Sample& sample = GetParam();
  for (size_t i = 0; i < sample.bytes.size() * 8; ++i) {
    Bytes flipped = sample.bytes;
    flipped[i / 8] ^= static_cast<uint8_t>(1u << (i % 8));
    const auto again = sample.recode(flipped);
    if (again.ok()) {
      EXPECT_EQ(*again, flipped) << sample.name << ", bit " << i;
    }
  }
}

std::string TestName(const ::testing::TestParamInfo<Sample>& given) {
  std::string name = given.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Faults, ::testing::ValuesIn(AllSamples()), TestName);

TEST(Limits, MoreBytesThanAnyValueHasAreNotEvenParsed) {
  const Bytes large(ledger::kMaxBodyBytes + 1, 0);
  EXPECT_EQ(ReasonOf(DecodeStatement(large)), kTooLarge);
  EXPECT_EQ(ReasonOf(DecodeCharter(large)), kTooLarge);
  EXPECT_EQ(ReasonOf(DecodeHeader(Bytes(ledger::kMaxHeaderBytes + 1, 0))), kTooLarge);
  EXPECT_EQ(ReasonOf(DecodeLeaf(Bytes(kMaxLeafBytes + 1, 0))), kTooLarge);
}

TEST(Limits, ALeafTakesTheLargestHeader) {
  ledger::Leaf leaf = SampleLeaf();
  leaf.header = Bytes(ledger::kMaxHeaderBytes, 1);
  leaf.log_time_ms = ledger::kMaxLogTimeMs;
  EXPECT_TRUE(DecodeLeaf(EncodeLeaf(leaf)).ok());
}

TEST(Limits, AHeaderTakesTheLargestNumberOfBlobs) {
  ledger::Header header = SampleHeader();
  header.blobs.assign(ledger::kMaxBlobsPerStatement, header.blobs[1]);
  EXPECT_TRUE(DecodeHeader(EncodeHeader(header)).ok());
}

TEST(Limits, NoBytesAreNoStatement) { EXPECT_EQ(ReasonOf(DecodeStatement({})), kUnknownKind); }

TEST(Limits, AKindOfLaterRulesIsRefused) {
  // Field 21 of Statement, an empty message.
  EXPECT_EQ(ReasonOf(DecodeStatement(Bytes{0xAA, 0x01, 0x00})), kNotCanonical);
}

// The server, which reads no body, keeps room for these.
TEST(Limits, NoDenialOrAlarmIsLargerThanWhatIsReservedForThem) {
  const std::string reason(ledger::kMaxReasonBytes, 'x');
  const std::string account(ledger::kMaxAccountNameBytes, 'x');
  const ledger::VaultNumber vault{~uint32_t{0}};
  constexpr size_t kSealing = 16;
  EXPECT_LE(EncodeStatement(ledger::Alarm{vault, account, reason}).size() + kSealing,
            ledger::kLargestDenial);
  EXPECT_LE(EncodeStatement(ledger::Deny{SampleDigest(1), reason}).size() + kSealing,
            ledger::kLargestDenial);
}

TEST(Limits, BlobsOfImpossibleLengthAreRefused) {
  for (const uint32_t length : {0u, static_cast<uint32_t>(ledger::kMaxBlobBytes) + 1}) {
    ledger::Header header = SampleHeader();
    header.blobs[0].length = length;
    EXPECT_EQ(ReasonOf(DecodeHeader(EncodeHeader(header))), kWrongLength) << length;
  }
}

TEST(Limits, TimesThatSumsCouldOverflowAreRefused) {
  for (const uint64_t time : {ledger::kMaxLogTimeMs + 1, ~uint64_t{0}}) {
    ledger::Leaf leaf = SampleLeaf();
    leaf.log_time_ms = time;
    EXPECT_EQ(ReasonOf(DecodeLeaf(EncodeLeaf(leaf))), kWrongLength) << time;
  }
}

TEST(Limits, BodiesOfImpossibleLengthAreRefused) {
  for (const uint32_t length : {0u, static_cast<uint32_t>(ledger::kMaxBodyBytes) + 1}) {
    ledger::Header header = SampleHeader();
    header.body_length = length;
    EXPECT_EQ(ReasonOf(DecodeHeader(EncodeHeader(header))), kWrongLength) << length;
  }
}

TEST(Limits, KeyVersionCommitmentAndNonceComeTogether) {
  ledger::Header header = SampleHeader();
  header.organisation_key_version = 0;
  EXPECT_EQ(ReasonOf(DecodeHeader(EncodeHeader(header))), kInconsistent);
  header.nonce.reset();
  EXPECT_EQ(ReasonOf(DecodeHeader(EncodeHeader(header))), kInconsistent);
  header = SampleHeader();
  header.key_commitment.reset();
  EXPECT_EQ(ReasonOf(DecodeHeader(EncodeHeader(header))), kInconsistent);
}

TEST(Limits, ErrorsNeverCarryThePeersBytes) {
  ledger::Deny deny{SampleDigest(1), std::string(ledger::kMaxReasonBytes + 1, 'Z')};
  const auto decoded = DecodeStatement(EncodeStatement(deny));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.status().ToString().find("ZZ"), std::string::npos);
}

}  // namespace
}  // namespace quorate::wire::testing
