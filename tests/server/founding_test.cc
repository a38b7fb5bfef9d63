#include "custody/server/custodian.h"
#include "custody/wire/statement.h"
#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using absl::StatusCode;

class FoundingTest : public CustodianTest {
 protected:
  absl::StatusOr<pb::AppendResponse> Found(const Group& group, const pb::FoundRequest& request) {
    return custodian_->Found(request, group.tls(2));
  }
};

TEST_F(FoundingTest, BeginsTheLogWithTheFoundingStatement) {
  Group group(*custodian_, 1);
  EXPECT_EQ(Reason(custodian_->CheckMember(group.id(), group.tls(1))), "NOT_A_MEMBER");
  const auto response = Found(group, group.founding());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->index(), 0u);
  for (uint32_t author = 1; author <= 3; ++author) {
    EXPECT_TRUE(custodian_->CheckMember(group.id(), group.tls(author)).ok());
  }
  EXPECT_EQ(custodian_->drafts().Look(group.draft_id().span())->organisation(),
            Field(group.id().span()));
}

TEST_F(FoundingTest, IsDoneOnceHoweverOftenItIsAskedFor) {
  Group group = Founded();
  ASSERT_TRUE(custodian_->Append(group.id(), group.Say()).ok());
  const auto again = Found(group, group.founding());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->index(), 0u);
  EXPECT_EQ(Size(group), 2u);
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_TRUE(Found(group, group.founding()).ok());
  EXPECT_EQ(Size(group), 2u);
}

TEST_F(FoundingTest, RefusesACallerWhoIsNoFounder) {
  Group group(*custodian_, 1);
  Group other(*custodian_, 2);
  EXPECT_EQ(Reason(custodian_->Found(group.founding(), other.tls(1))), "NOT_A_MEMBER");
}

TEST_F(FoundingTest, RefusesWhoDoesNotKnowTheLink) {
  Group group(*custodian_, 1);
  pb::FoundRequest request = group.founding();
  request.set_write_token(std::string(32, 'x'));
  EXPECT_EQ(Reason(Found(group, request)), "WRONG_WRITE_TOKEN");
  request.set_write_token("short");
  EXPECT_EQ(Reason(Found(group, request)), "MALFORMED");
  request = group.founding();
  request.mutable_draft_id()->at(0) ^= 1;
  EXPECT_EQ(Reason(Found(group, request)), "NO_SUCH_DRAFT");
}

TEST_F(FoundingTest, RefusesAnExpiredDraft) {
  Group group(*custodian_, 1);
  clock_.Advance(absl::Hours(24 * 30) + absl::Seconds(1));
  EXPECT_EQ(Reason(Found(group, group.founding())), "NO_SUCH_DRAFT");
}

TEST_F(FoundingTest, RefusesFieldsOfAnotherSize) {
  Group group(*custodian_, 1);
  pb::FoundRequest request = group.founding();
  request.mutable_organisation()->pop_back();
  EXPECT_EQ(Reason(Found(group, request)), "MALFORMED");
  request = group.founding();
  request.mutable_signature()->push_back('x');
  EXPECT_EQ(Reason(Found(group, request)), "MALFORMED");
  request = group.founding();
  request.mutable_device_signature()->push_back('x');
  EXPECT_EQ(Reason(Found(group, request)), "MALFORMED");
}

TEST_F(FoundingTest, RefusesWhatTheLedgerWouldRefuse) {
  Group group(*custodian_, 1);
  auto bent = [&](const std::function<void(pb::FoundRequest&)>& bend) {
    pb::FoundRequest request = group.founding();
    bend(request);
    return Reason(Found(group, request));
  };
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.mutable_organisation()->at(3) ^= 1; }),
            "BAD_FOUNDING");
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.mutable_signature()->at(3) ^= 1; }), "BAD_FOUNDING");
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.mutable_device_signature()->at(3) ^= 1; }),
            "BAD_FOUNDING");
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.mutable_header()->pop_back(); }), "BAD_FOUNDING");
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.mutable_body()->push_back('x'); }), "BAD_FOUNDING");
  EXPECT_EQ(bent([](pb::FoundRequest& r) { r.clear_body(); }), "BAD_FOUNDING");
  // A later statement, however well it is signed, begins nothing.
  const Submission later = group.Say();
  EXPECT_EQ(bent([&](pb::FoundRequest& r) {
              r.set_header(Field(later.header));
              r.set_signature(Field(later.signature.span()));
              r.set_device_signature(Field(later.device_signature->span()));
              r.set_body(Field(later.body));
            }),
            "BAD_FOUNDING");
  EXPECT_TRUE(sqlite_->Organisations()->empty());
}

TEST_F(FoundingTest, RefusesACharterThatPinsAnotherServer) {
  Group group(*custodian_, 1);
  auto with = [&](const std::function<void(ledger::Charter&)>& bend) {
    return Reason(Found(group, group.FoundingWith(bend)));
  };
  EXPECT_EQ(with([](ledger::Charter& c) { c.server_certificate_digest.value[0] ^= 1; }),
            "WRONG_LOG_KEY");
  EXPECT_EQ(with([](ledger::Charter& c) { c.salt.value[0] ^= 1; }), "WRONG_LOG_KEY");
  const crypto::PublicSigningKey other = log::KeyOf(9).public_key();
  EXPECT_EQ(with([&](ledger::Charter& c) { c.log_key = other; }), "WRONG_LOG_KEY");
  EXPECT_TRUE(sqlite_->Organisations()->empty());
}

TEST_F(FoundingTest, MakesOneOrganisationOfADraft) {
  Group group = Founded();
  const pb::FoundRequest second = group.FoundingWith(
      [](ledger::Charter& charter) { charter.vaults[0].cooling_off_seconds += 1; });
  const auto refused = Found(group, second);
  EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Reason(refused), "ALREADY_FOUNDED");
}

TEST_F(FoundingTest, TakesNoMoreOrganisationsThanItHasRoomFor) {
  limits_.organisations = 1;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group one = Founded(1);
  Group two(*custodian_, 2);
  EXPECT_EQ(Reason(two.Found(*custodian_)), "TOO_MANY_ORGANISATIONS");
  EXPECT_TRUE(one.Found(*custodian_).ok());
}

TEST_F(FoundingTest, CanBeTriedAgainAfterAFullDisk) {
  Group group(*custodian_, 1);
  store_->FailNextAppend(absl::ResourceExhaustedError("full"));
  EXPECT_EQ(Reason(group.Found(*custodian_)), "DISK_FULL");
  EXPECT_EQ(Reason(custodian_->CheckMember(group.id(), group.tls(1))), "NOT_A_MEMBER");
  // As after a crash: the organisation's record is there and its log is empty.
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_TRUE(group.Found(*custodian_).ok());
  EXPECT_EQ(Size(group), 1u);
}

}  // namespace
}  // namespace quorate::server::testing
