#include <gtest/gtest.h>

#include <algorithm>

#include "custody/ledger/quota.h"
#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;

class RequestsTest : public ::testing::Test {
 protected:
  RequestsTest() : world_(WorldWithAccount()) {}

  Draft RequestBy(uint32_t author, const std::vector<uint32_t>& recipients) {
    return world_.RequestDraft(author, 1, "page", {{I::kPassword, 1}}, recipients);
  }
  template <typename Bend>
  C Requested(Bend bend) {
    Draft draft = RequestBy(1, {1});
    Request request = std::get<Request>(draft.statement);
    bend(request);
    draft.statement = request;
    return world_.Append(draft);
  }
  C Append(uint32_t author, Statement statement) {
    return world_.Append(world_.Make(author, std::move(statement)));
  }
  C Approve(uint32_t author, const LeafHash& id) {
    return world_.Append(world_.ApproveDraft(author, id));
  }
  void Expire() { world_.now_ms += 3600 * 1000; }

  World world_;
};

TEST_F(RequestsTest, RecordsWhatWasInForceWhenItWasMade) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  const RequestRecord& request = world_.request(id);
  EXPECT_EQ(request.requester, OrganiserNumber{1});
  EXPECT_EQ(request.threshold, 3u);
  EXPECT_EQ(request.denials_to_block, 3u);
  EXPECT_EQ(request.epoch, Epoch{1});
  EXPECT_EQ(request.cooling_off_seconds, 60u);
  EXPECT_EQ(request.expires_ms, world_.now_ms + 3600 * 1000);
  EXPECT_EQ(MayApprove(world_.state(), request),
            (std::vector<OrganiserNumber>{{2}, {3}, {4}, {5}}));
  EXPECT_EQ(EffectiveState(request, request.expires_ms - 1), RequestState::kOpen);
  EXPECT_EQ(EffectiveState(request, request.expires_ms), RequestState::kExpired);
}

TEST_F(RequestsTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(Requested([](Request& r) { r.vault.value = 3; }), C::kUnknownVault);
  EXPECT_EQ(Requested([](Request& r) { r.vault.value = 2; }), C::kVaultNotReady);
  EXPECT_EQ(Requested([](Request& r) { r.account = "other"; }), C::kUnknownAccount);
  EXPECT_EQ(Requested([](Request& r) { r.items = {{I::kNote, 1}}; }), C::kUnknownVersion);
  EXPECT_EQ(Requested([](Request& r) { r.items = {{I::kPassword, 2}}; }), C::kUnknownVersion);
  world_.Share(2);
  EXPECT_EQ(Requested([](Request& r) { r.vault.value = 2; }), C::kAccountInOtherVault);
}

TEST_F(RequestsTest, RefusesMalformedRequests) {
  EXPECT_EQ(Requested([](Request& r) { r.reason = "\x1b"; }), C::kBadText);
  EXPECT_EQ(Requested([](Request& r) { r.reason.assign(1001, 'x'); }), C::kBadText);
  EXPECT_EQ(Requested([](Request& r) { r.items.clear(); }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.items.push_back(r.items[0]); }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients.clear(); }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients = {{7}}; }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients = {{0}}; }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients = {{2}, {1}}; }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients = {{1}, {1}}; }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.one_time_key.reset(); }), C::kMalformedBody);
  EXPECT_EQ(Requested([](Request& r) { r.recipients = {{6}}; }), C::kMalformedBody)
      << "a one-time key of somebody who is no recipient";
}

TEST_F(RequestsTest, RefusesOneTimeKeysThatAreCopiedOrUnproved) {
  EXPECT_EQ(Requested([](Request& r) { r.one_time_key->proof.z = {}; }), C::kBadProof);
  Draft first = RequestBy(1, {1});
  Draft copy = world_.Make(2, first.statement);
  Request request = std::get<Request>(copy.statement);
  request.recipients = {{2}};
  copy.statement = request;
  EXPECT_EQ(world_.Append(copy), C::kBadProof);
  world_.Admit(first);
  copy.header.statement_id.value[15] ^= 1;
  EXPECT_EQ(world_.Append(copy), C::kValueSeenBefore);
}

TEST_F(RequestsTest, RefusesAVersionThatIsNotTheUsualOneUnlessItSaysSo) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  EXPECT_EQ(Requested([](Request&) {}), C::kUnusualVersion);
  EXPECT_EQ(Requested([](Request& r) { r.unusual_version = true; }), C::kNone);
  EXPECT_EQ(Requested([](Request& r) {
              r.items = {{I::kPassword, 2}};
              r.unusual_version = true;
            }),
            C::kUnusualVersion)
      << "says so of the usual one";
  world_.Admit(world_.ConfirmDraft(2, "page", {{I::kPassword, 1}}));
  EXPECT_EQ(Requested([](Request&) {}), C::kNone);
}

TEST_F(RequestsTest, RefusesWhereTooFewHoldersCouldApprove) {
  EXPECT_EQ(world_.Append(RequestBy(1, {1, 2})), C::kNone);
  EXPECT_EQ(world_.Append(RequestBy(1, {2, 3})), C::kTooFewHolders);
  EXPECT_EQ(world_.Append(RequestBy(6, {1, 2, 6})), C::kNone);
  EXPECT_EQ(world_.Append(RequestBy(6, {1, 2, 3})), C::kTooFewHolders);
}

TEST_F(RequestsTest, LimitsOpenRequestsOfAnAuthor) {
  LeafHash last;
  for (size_t i = 0; i < kMaxOpenRequestsPerAuthor; ++i) last = world_.Admit(RequestBy(1, {1}));
  EXPECT_EQ(world_.Append(RequestBy(1, {1})), C::kQuotaExceeded);
  EXPECT_EQ(world_.Append(RequestBy(2, {2})), C::kNone);
  EXPECT_EQ(Append(1, Withdraw{last}), C::kNone);
  EXPECT_EQ(world_.Append(RequestBy(1, {1})), C::kNone);
  Expire();
  EXPECT_EQ(world_.Append(RequestBy(1, {1})), C::kNone);
}

TEST_F(RequestsTest, EveryoneWhoReceivesAcceptsFirst) {
  LeafHash id = world_.Admit(RequestBy(1, {1, 2}));
  EXPECT_EQ(Approve(3, id), C::kAcceptsMissing);
  EXPECT_EQ(world_.Append(world_.AcceptDraft(1, id)), C::kNotARecipient) << "the requester";
  EXPECT_EQ(world_.Append(world_.AcceptDraft(3, id)), C::kNotARecipient);
  EXPECT_EQ(world_.Append(world_.AcceptDraft(2, LeafHash{})), C::kUnknownRequest);
  Draft unproved = world_.AcceptDraft(2, id);
  EXPECT_EQ(world_.Append(world_.Make(2, unproved.statement)), C::kBadProof)
      << "a proof is for one statement";
  LeafHash other = world_.Admit(RequestBy(3, {2, 3}));
  Draft moved = world_.AcceptDraft(2, other);
  std::get<Accept>(moved.statement).request = id;
  EXPECT_EQ(world_.Append(moved), C::kBadProof) << "a proof is for one request";
  Draft accept = world_.AcceptDraft(2, id);
  LeafHash accepted = world_.Admit(accept);
  EXPECT_EQ(world_.Append(world_.AcceptDraft(2, id)), C::kAlreadyAccepted);

  EXPECT_EQ(Append(3, ledger::Approve{id, {}}), C::kAcceptsMissing);
  EXPECT_EQ(Append(3, ledger::Approve{id, {LeafHash{}}}), C::kAcceptsMissing);
  EXPECT_EQ(Append(3, ledger::Approve{id, {accepted, accepted}}), C::kAcceptsMissing);
  EXPECT_EQ(Append(3, ledger::Approve{id, {accepted}}), C::kNone);
}

TEST_F(RequestsTest, RefusesACopiedOneTimeKeyInAnAccept) {
  LeafHash first = world_.Admit(RequestBy(1, {1, 2}));
  LeafHash second = world_.Admit(RequestBy(3, {1, 3}));
  Draft accept = world_.AcceptDraft(2, first);
  world_.Admit(accept);
  Accept copy = std::get<Accept>(accept.statement);
  copy.request = second;
  EXPECT_EQ(Append(1, copy), C::kValueSeenBefore);
}

TEST_F(RequestsTest, NobodyAcceptsBehindAnApproval) {
  // The requester is not among the recipients, so one accept is what an approval needs.
  LeafHash id = world_.Admit(RequestBy(6, {1}));
  world_.Admit(world_.AcceptDraft(1, id));
  world_.Admit(world_.ApproveDraft(3, id));
  EXPECT_EQ(world_.Append(world_.AcceptDraft(1, id)), C::kTooLateToAccept);
  EXPECT_EQ(Append(3, Withdraw{id}), C::kNone);
  EXPECT_EQ(world_.Append(world_.AcceptDraft(1, id)), C::kTooLateToAccept)
      << "also where the approval was taken back";
}

TEST_F(RequestsTest, RefusesApprovalsByThoseWhoMayNot) {
  LeafHash id = world_.Admit(RequestBy(1, {1, 2}));
  LeafHash accept = world_.Admit(world_.AcceptDraft(2, id));
  EXPECT_EQ(Append(1, ledger::Approve{id, {accept}}), C::kOwnRequest);
  EXPECT_EQ(Append(2, ledger::Approve{id, {accept}}), C::kRecipientMayNotApprove);
  EXPECT_EQ(Append(6, ledger::Approve{id, {accept}}), C::kNotAHolder);
  EXPECT_EQ(Append(3, ledger::Approve{LeafHash{}, {accept}}), C::kUnknownRequest);
  EXPECT_EQ(Approve(3, id), C::kNone);
  EXPECT_EQ(Approve(3, id), C::kAlreadyApproved);
  EXPECT_EQ(CountApprovals(world_.state(), world_.request(id)), 1u);
}

// Whoever orders the log may keep an approval back and log it behind what its author said since.
TEST_F(RequestsTest, AnApprovalThatALaterWordHasOvertakenIsRefused) {
  for (bool deny : {true, false}) {
    const LeafHash id = world_.Admit(RequestBy(1, {1}));
    const Draft kept_back = world_.ApproveDraft(3, id);
    const Draft word = deny ? world_.Make(3, ledger::Deny{id, "no"}) : world_.Make(3, Withdraw{id});
    ASSERT_EQ(world_.Append(word), C::kNone);
    EXPECT_EQ(world_.Append(kept_back), C::kOvertaken);
    EXPECT_EQ(CountApprovals(world_.state(), world_.request(id)), 0u);
    EXPECT_TRUE(world_.state().anomalies.empty() ||
                world_.state().anomalies.back().author == OrganiserNumber{});
    // Who has read their own last word may change their mind.
    EXPECT_EQ(Approve(3, id), C::kNone);
    EXPECT_EQ(Append(1, Withdraw{id}), C::kNone);
  }
}

TEST_F(RequestsTest, AnApprovalMayComeBackAfterARetractionOrDenial) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  EXPECT_EQ(Append(6, Withdraw{id}), C::kNothingToWithdraw);
  EXPECT_EQ(Append(3, Withdraw{LeafHash{}}), C::kUnknownRequest);
  EXPECT_EQ(Approve(3, id), C::kNone);
  EXPECT_EQ(Append(3, Withdraw{id}), C::kNone);
  EXPECT_EQ(CountApprovals(world_.state(), world_.request(id)), 0u);
  EXPECT_EQ(Append(3, Withdraw{id}), C::kNothingToWithdraw);
  EXPECT_EQ(Approve(3, id), C::kNone);
  EXPECT_EQ(Append(3, Deny{id, "no"}), C::kNone);
  EXPECT_EQ(CountApprovals(world_.state(), world_.request(id)), 0u);
  EXPECT_EQ(CountDenials(world_.request(id)), 1u);
  EXPECT_EQ(Approve(3, id), C::kNone);
  EXPECT_EQ(CountDenials(world_.request(id)), 0u);
}

TEST_F(RequestsTest, DenialsCloseTheRequestAtTheirLimit) {
  LeafHash id = world_.Admit(RequestBy(1, {1, 2}));
  EXPECT_EQ(Append(1, Deny{id, ""}), C::kOwnRequest);
  EXPECT_EQ(Append(6, Deny{id, ""}), C::kNotAHolder);
  EXPECT_EQ(Append(3, Deny{id, "a\nb"}), C::kBadText);
  EXPECT_EQ(Append(3, Deny{LeafHash{}, ""}), C::kUnknownRequest);
  EXPECT_EQ(Append(2, Deny{id, "I am a recipient and do not want it"}), C::kNone);
  EXPECT_EQ(Append(3, Deny{id, "no"}), C::kNone);
  EXPECT_EQ(Append(3, Deny{id, "no"}), C::kAlreadySaid);
  EXPECT_EQ(world_.request(id).state, RequestState::kOpen);
  EXPECT_EQ(Append(4, Deny{id, ""}), C::kNone);
  EXPECT_EQ(world_.request(id).state, RequestState::kDenied);
  EXPECT_EQ(Append(4, Withdraw{id}), C::kRequestClosed) << "terminal";
  EXPECT_EQ(world_.request(id).words.at({3}).reason, "no");
}

TEST_F(RequestsTest, ADenialTakesNoDevice) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  Draft draft = world_.Make(3, Deny{id, ""});
  draft.with_device = false;
  EXPECT_FALSE(world_.Place(draft).leaf.device_signature.has_value());
  EXPECT_EQ(world_.Append(draft), C::kNone);
  Draft approval = world_.ApproveDraft(4, id);
  approval.with_device = false;
  EXPECT_EQ(world_.Append(approval), C::kBadDeviceSignature);
}

// Denying is the safe direction: the thief of a kit may deny, and not take a denial back.
TEST_F(RequestsTest, TakingBackADenialTakesTheDevice) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  world_.Admit(world_.Make(3, Deny{id, "no"}));
  Draft withdrawal = world_.Make(3, Withdraw{id});
  withdrawal.with_device = false;
  EXPECT_EQ(world_.Append(withdrawal), C::kBadDeviceSignature);
  EXPECT_EQ(CountDenials(world_.request(id)), 1u);
  Entry forged = world_.Place(world_.Make(3, Withdraw{id}));
  forged.leaf.device_signature->value[0] ^= 1;
  EXPECT_EQ(world_.Apply(forged), C::kBadDeviceSignature);
  EXPECT_EQ(Append(3, Withdraw{id}), C::kNone);
  EXPECT_EQ(CountDenials(world_.request(id)), 0u);
  // An approval, and one's own request, a kit may take back.
  world_.Admit(world_.ApproveDraft(3, id));
  Draft retraction = world_.Make(3, Withdraw{id});
  retraction.with_device = false;
  EXPECT_EQ(world_.Append(retraction), C::kNone);
  Draft closing = world_.Make(1, Withdraw{id});
  closing.with_device = false;
  EXPECT_EQ(world_.Append(closing), C::kNone);
}

TEST_F(RequestsTest, NoQuotaSilencesADenial) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  // Fills both counters to the last byte.
  for (bool with_device : {true, false}) {
    const uint64_t limit = (with_device ? kDailyQuota : kDailyQuotaWithoutDevice).bytes;
    while (true) {
      const AuthorUsage& usage = world_.state().usage.at({3});
      const uint64_t left = limit - (with_device ? usage.with_device : usage.without_device).bytes;
      Draft noise = world_.Make(3, Withdraw{});
      noise.with_device = with_device;
      if (left > 256 * kMaxBlobBytes + kMaxBodyBytes) {
        noise.header.blobs.assign(256, {Digest{}, static_cast<uint32_t>(kMaxBlobBytes)});
      }
      noise.header.body_length =
          static_cast<uint32_t>(std::clamp<uint64_t>(left, 1, kMaxBodyBytes));
      const C refusal = world_.Append(noise);
      if (left == 0) {
        EXPECT_EQ(refusal, C::kQuotaExceeded);
        break;
      }
      ASSERT_NE(refusal, C::kQuotaExceeded);
    }
  }
  Draft denial = world_.Make(3, Deny{id, "no"});
  denial.with_device = false;
  EXPECT_EQ(world_.Append(denial), C::kNone);
  EXPECT_EQ(world_.Append(world_.ApproveDraft(3, id)), C::kQuotaExceeded);
}

TEST_F(RequestsTest, WhatTheLogsOrderDecidesNamesNobody) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  world_.Admit(world_.Make(1, Withdraw{id}));
  EXPECT_EQ(Append(3, Deny{id, "no"}), C::kRequestClosed);
  Draft stale = world_.Make(3, Withdraw{});
  stale.header.charter_version = 2;
  EXPECT_EQ(world_.Append(stale), C::kStaleCharter);
  ASSERT_EQ(world_.state().anomalies.size(), 2u);
  for (const Anomaly& anomaly : world_.state().anomalies) {
    EXPECT_EQ(anomaly.author, OrganiserNumber{0});
    EXPECT_EQ(anomaly.kind, AnomalyKind::kRefused);
  }
  EXPECT_EQ(world_.state().anomalies[0].refusal, C::kRequestClosed);
  EXPECT_EQ(Append(3, Deny{LeafHash{}, "\x1b"}), C::kUnknownRequest);
  EXPECT_EQ(Append(3, Request{}), C::kUnknownVault);
  EXPECT_EQ(world_.Append(world_.Make(3, Confirm{"page", {}})), C::kMalformedBody);
  EXPECT_EQ(world_.state().anomalies.back().author, OrganiserNumber{3});
}

TEST_F(RequestsTest, TheRequesterClosesIt) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  EXPECT_EQ(Append(1, Withdraw{id}), C::kNone);
  EXPECT_EQ(world_.request(id).state, RequestState::kWithdrawn);
  EXPECT_EQ(Approve(3, id), C::kRequestClosed);
}

TEST_F(RequestsTest, NothingIsSaidOfAnExpiredRequest) {
  LeafHash id = world_.Admit(RequestBy(1, {1}));
  Expire();
  EXPECT_EQ(Approve(3, id), C::kRequestExpired);
  EXPECT_EQ(Append(3, Deny{id, ""}), C::kRequestExpired);
  EXPECT_EQ(Append(1, Withdraw{id}), C::kRequestExpired);
}

TEST(SharelessTest, AHolderWithoutAShareDeniesAndDoesNotApprove) {
  World world;
  world.FoundOrganisation();
  world.ReceiveKeys(1, {1, 2, 3, 4, 5});
  world.StartAndDeal(1, {1, 2, 3, 4, 5});
  world.CloseAndAcknowledge(1, {1, 2, 3, 4});
  world.PassStage();
  world.Admit(world.ActivateDraft(1, 1));
  world.Admit(world.DepositDraft(6, 1, "page", {I::kPassword}));
  LeafHash id = world.Admit(world.RequestDraft(6, 1, "page", {{I::kPassword, 1}}, {6}));
  EXPECT_EQ(world.Append(world.ApproveDraft(5, id)), C::kNoShare);
  EXPECT_EQ(world.Append(world.Make(5, Deny{id, ""})), C::kNone);
  EXPECT_EQ(world.Append(world.RequestDraft(1, 1, "page", {{I::kPassword, 1}}, {1, 2})),
            C::kTooFewHolders);
}

}  // namespace
}  // namespace quorate::ledger::testing
