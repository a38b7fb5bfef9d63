#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "custody/wire/statement.h"
#include "quorate/ledger/v1/ledger.pb.h"
#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

namespace pb = ::quorate::ledger::v1;
using crypto::AsString;
using crypto::Bytes;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

pb::Statement ParsedSample(size_t index) {
  pb::Statement message;
  EXPECT_TRUE(message.ParseFromString(AsString(EncodeStatement(SampleStatements()[index]))));
  return message;
}

// Fails for every field of the message, however deep, that the encoder did not write.
void ExpectComplete(const Message& message) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->real_containing_oneof() != nullptr && !reflection.HasField(message, field)) continue;
    if (field->is_repeated()) {
      EXPECT_GT(reflection.FieldSize(message, field), 0) << field->full_name();
    } else {
      EXPECT_TRUE(reflection.HasField(message, field)) << field->full_name();
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ExpectComplete(reflection.GetMessage(message, field));
    } else {
      for (int j = 0; j < reflection.FieldSize(message, field); ++j) {
        ExpectComplete(reflection.GetRepeatedMessage(message, field, j));
      }
    }
  }
}

TEST(RoundTrip, EveryKindOfStatementHasASample) {
  const std::vector<ledger::Statement> statements = SampleStatements();
  ASSERT_EQ(statements.size(), std::variant_size_v<ledger::Statement>);
  for (size_t i = 0; i < statements.size(); ++i) EXPECT_EQ(statements[i].index(), i);
  EXPECT_EQ(statements.size(),
            static_cast<size_t>(pb::Statement::descriptor()->oneof_decl(0)->field_count()));
}

TEST(RoundTrip, EverySampleDecodesToItself) {
  for (const Sample& sample : AllSamples()) {
    const absl::StatusOr<Bytes> again = sample.recode(sample.bytes);
    ASSERT_TRUE(again.ok()) << sample.name << ": " << again.status();
    EXPECT_EQ(*again, sample.bytes) << sample.name;
  }
}

TEST(RoundTrip, DecodingGivesTheKindThatWasEncoded) {
  for (const ledger::Statement& statement : SampleStatements()) {
    const auto decoded = DecodeStatement(EncodeStatement(statement));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->index(), statement.index());
  }
}

TEST(RoundTrip, EncodersWriteEveryField) {
  for (const Sample& sample : AllSamples()) {
    SCOPED_TRACE(sample.name);
    const std::unique_ptr<Message> message(sample.prototype->New());
    ASSERT_TRUE(message->ParseFromString(AsString(sample.bytes)));
    ExpectComplete(*message);
  }
}

TEST(RoundTrip, HeadersAndLeavesComeBackEqual) {
  EXPECT_EQ(*DecodeHeader(EncodeHeader(SampleHeader())), SampleHeader());
  EXPECT_EQ(*DecodeLeaf(EncodeLeaf(SampleLeaf())), SampleLeaf());

  ledger::Header clear = SampleHeader();
  clear.organisation_key_version = 0;
  clear.key_commitment.reset();
  clear.nonce.reset();
  clear.blobs.clear();
  EXPECT_EQ(*DecodeHeader(EncodeHeader(clear)), clear);

  ledger::Leaf without_device = SampleLeaf();
  without_device.device_signature.reset();
  EXPECT_EQ(*DecodeLeaf(EncodeLeaf(without_device)), without_device);
}

TEST(RoundTrip, ARequestWithoutOneTimeKeyComesBackWithoutOne) {
  ledger::Request request = std::get<ledger::Request>(SampleStatements()[11]);
  request.one_time_key.reset();
  request.unusual_version = false;
  const auto decoded = DecodeStatement(EncodeStatement(request));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_FALSE(std::get<ledger::Request>(*decoded).one_time_key.has_value());
}

TEST(RoundTrip, CharterBytesAreTheNestedBytesAsTheyCame) {
  const Bytes bytes = EncodeStatement(SampleStatements()[0]);
  const auto found = DecodeFound(bytes);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->charter_bytes, EncodeCharter(SampleCharter()));
  EXPECT_NE(AsString(bytes).find(AsString(found->charter_bytes)), std::string::npos);
}

TEST(RoundTrip, ADecodedFoundingMustBeOne) {
  EXPECT_EQ(ReasonOf(DecodeFound(EncodeStatement(SampleStatements()[1]))), kUnknownKind);
}

// A pair of fields swapped both ways would survive every round trip.
TEST(RoundTrip, LikeFieldsLandWhereTheProtocolSaysTheyDo) {
  const auto statements = SampleStatements();
  const auto& deal = std::get<ledger::Deal>(statements[4]);
  const pb::Deal deal_message = ParsedSample(4).deal();
  EXPECT_EQ(deal_message.challenge(), AsString(deal.challenge.span()));
  EXPECT_EQ(deal_message.response_secret(), AsString(deal.response_secret.span()));
  EXPECT_EQ(deal_message.response_ephemeral(), AsString(deal.response_ephemeral.span()));

  const auto& complain = std::get<ledger::Complain>(statements[6]);
  const pb::SchnorrProof proof_message = ParsedSample(6).complain().proof();
  EXPECT_EQ(proof_message.challenge(), AsString(complain.proof.c.span()));
  EXPECT_EQ(proof_message.response(), AsString(complain.proof.s.span()));

  const auto& item = std::get<ledger::Deposit>(statements[9]).items[0];
  const pb::DepositedItem item_message = ParsedSample(9).deposit().items(0);
  EXPECT_EQ(item_message.r(), AsString(item.r.span()));
  EXPECT_EQ(item_message.r_hat(), AsString(item.r_hat.span()));
  EXPECT_EQ(item_message.challenge(), AsString(item.challenge.span()));
  EXPECT_EQ(item_message.response(), AsString(item.response.span()));

  const auto& share = std::get<ledger::DecryptionShares>(statements[16]).shares[0].share;
  const pb::DecryptionShare share_message = ParsedSample(16).decryption_shares().shares(0);
  EXPECT_EQ(share_message.u(), AsString(share.u.span()));
  EXPECT_EQ(share_message.v(), AsString(share.v.span()));
  EXPECT_EQ(share_message.challenge(), AsString(share.c.span()));
  EXPECT_EQ(share_message.response_share(), AsString(share.z1.span()));
  EXPECT_EQ(share_message.response_nonce(), AsString(share.z2.span()));

  const ledger::Charter charter = SampleCharter();
  const pb::Charter charter_message = ParsedSample(0).found().charter();
  const pb::Organiser& organiser = charter_message.organisers(0);
  EXPECT_EQ(organiser.signing_key(), AsString(charter.organisers[0].signing_key.span()));
  EXPECT_EQ(organiser.tls_key(), AsString(charter.organisers[0].tls_key.span()));
  EXPECT_EQ(organiser.device_key(), AsString(charter.organisers[0].device_key.span()));
  EXPECT_EQ(organiser.witness_key(), AsString(charter.organisers[0].witness_key.span()));
  EXPECT_EQ(charter_message.witness_faults(), charter.witness_faults);
  EXPECT_EQ(charter_message.witness_quorum(), charter.witness_quorum);
  EXPECT_EQ(charter_message.vaults(0).cooling_off_seconds(), charter.vaults[0].cooling_off_seconds);
}

}  // namespace
}  // namespace quorate::wire::testing
