#include <gtest/gtest.h>

#include "tests/ledger/harness.h"

namespace quorate::ledger::testing {
namespace {

using C = RefusalCode;
using I = ItemKind;

template <typename Bend>
Draft BentDeposit(Draft draft, Bend bend) {
  Deposit deposit = std::get<Deposit>(draft.statement);
  bend(deposit, draft.header);
  draft.statement = deposit;
  return draft;
}

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() : world_(SharedWorld()) {}

  template <typename Bend>
  C Deposited(Bend bend) {
    return world_.Append(BentDeposit(world_.DepositDraft(6, 1, "page", {I::kPassword}), bend));
  }
  // Releases the usual version of the password to `recipient`.
  void Release(uint32_t recipient, uint32_t version) {
    LeafHash request = world_.Admit(
        world_.RequestDraft(recipient, 1, "page", {{I::kPassword, version}}, {recipient}));
    for (uint32_t holder : {3u, 4u, 5u}) {
      world_.Admit(world_.ApproveDraft(holder, request));
    }
    world_.Admit(world_.SharesDraft(3, request));
  }

  World world_;
};

TEST_F(AccountsTest, TakesADepositOfSeveralItems) {
  Draft draft = world_.DepositDraft(6, 1, "page", {I::kPassword, I::kTotp});
  LeafHash deposit = world_.Admit(draft);
  const Account& account = world_.account("page");
  EXPECT_EQ(account.vault, VaultNumber{1});
  EXPECT_EQ(account.items.size(), 2u);
  const VersionRecord& version = world_.version("page", I::kTotp, 1);
  EXPECT_EQ(version.depositor, OrganiserNumber{6});
  EXPECT_EQ(version.statement_id, draft.header.statement_id);
  EXPECT_EQ(version.deposit, deposit);
  EXPECT_EQ(version.payload, draft.header.blobs[1]);
  EXPECT_EQ(version.title, "The page");
  EXPECT_FALSE(version.confirmed_by.has_value());
}

TEST_F(AccountsTest, KeepsOldVersions) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  world_.Admit(world_.DepositDraft(2, 1, "page", {I::kPassword}));
  EXPECT_EQ(world_.account("page").items.at(I::kPassword).versions.size(), 2u);
  EXPECT_EQ(world_.version("page", I::kPassword, 2).depositor, OrganiserNumber{2});
}

TEST_F(AccountsTest, TakesItemsInAscendingKindsOnly) {
  EXPECT_EQ(world_.Append(world_.DepositDraft(6, 1, "page", {I::kTotp, I::kPassword})),
            C::kMalformedBody);
}

// Else one insider sends everybody who opens the login to a page of theirs.
TEST_F(AccountsTest, ACandidateChangesNothingThatIsSaidOfTheVersionInUse) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  EXPECT_EQ(DescribingVersion(world_.account("page"))->url, "https://example.org/");
  world_.Admit(world_.ConfirmDraft(2, "page", {{I::kPassword, 1}}));
  auto evil = [](Deposit& d, Header&) { d.url = "https://evil.example"; };
  world_.Admit(BentDeposit(world_.DepositDraft(5, 1, "page", {I::kPassword}), evil));
  world_.Admit(BentDeposit(world_.DepositDraft(5, 1, "page", {I::kTotp}), evil));
  const Account& account = world_.account("page");
  EXPECT_EQ(DescribingVersion(account)->url, "https://example.org/");
  EXPECT_EQ(DescribingVersion(account, {{I::kPassword, 1}, {I::kTotp, 1}})->url,
            "https://example.org/");
  EXPECT_EQ(DescribingVersion(account, {{I::kPassword, 2}})->url, "https://evil.example");
  EXPECT_FALSE(DescribingVersion(account, {{I::kPassword, 2}})->confirmed_by.has_value());
  EXPECT_EQ(DescribingVersion(account, {{I::kNote, 1}}), nullptr);
}

TEST_F(AccountsTest, RefusesVaultsThatCannotTakeIt) {
  EXPECT_EQ(world_.Append(world_.DepositDraft(6, 2, "page", {I::kPassword})), C::kVaultNotReady);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.vault.value = 3; }), C::kUnknownVault);
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  world_.Share(2);
  EXPECT_EQ(world_.Append(world_.DepositDraft(6, 2, "page", {I::kTotp})), C::kAccountInOtherVault);
}

TEST_F(AccountsTest, RefusesBadTexts) {
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.account = "Page"; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.account = ""; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.account.assign(65, 'a'); }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.title = "a\nb"; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.username.assign(321, 'a'); }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.username = "a\u200bb"; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.url = "\u202ehttps"; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.url = "https://m\u00e9.example"; }), C::kBadText);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.url = "https://a b"; }), C::kBadText);
}

TEST_F(AccountsTest, RefusesItemsThatAreNoneRepeatedOrInParts) {
  EXPECT_EQ(Deposited([](Deposit& d, Header& h) {
              d.items.clear();
              h.blobs.clear();
            }),
            C::kMalformedBody);
  EXPECT_EQ(Deposited([](Deposit& d, Header& h) {
              d.items.push_back(d.items[0]);
              h.blobs.push_back(h.blobs[0]);
            }),
            C::kMalformedBody);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].part = 1; }), C::kMalformedBody);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].kind = static_cast<I>(0); }),
            C::kMalformedBody);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].kind = static_cast<I>(6); }),
            C::kMalformedBody);
}

TEST_F(AccountsTest, RefusesPayloadsOfAnImpossibleNumberOrLength) {
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs.clear(); }), C::kBlobsMismatch);
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs.push_back(h.blobs[0]); }),
            C::kBlobsMismatch);
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs[0].length = 40; }), C::kBlobsMismatch);
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs[0].length = 32768 + 41; }),
            C::kBlobsMismatch);
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs[0].length = 32768 + 40; }), C::kNone);
}

TEST_F(AccountsTest, RefusesAVersionThatIsNotTheNext) {
  Draft early = world_.DepositDraft(6, 1, "page", {I::kPassword});
  Draft rival = world_.DepositDraft(2, 1, "page", {I::kPassword});
  world_.Admit(early);
  EXPECT_EQ(world_.Append(rival), C::kVersionNotNext);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].version = 3; }), C::kVersionNotNext);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].version = 0; }), C::kVersionNotNext);
}

TEST_F(AccountsTest, RefusesACiphertextThatIsForSomethingElse) {
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.account = "other"; }), C::kBadCiphertext);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { d.items[0].kind = I::kNote; }), C::kBadCiphertext);
  EXPECT_EQ(Deposited([](Deposit&, Header& h) { h.blobs[0].digest.value[0] ^= 1; }),
            C::kBadCiphertext);
  EXPECT_EQ(Deposited([](Deposit& d, Header&) { std::swap(d.items[0].r, d.items[0].r_hat); }),
            C::kBadCiphertext);
  Draft draft = world_.DepositDraft(6, 1, "page", {I::kPassword});
  EXPECT_EQ(world_.Append(world_.Make(2, draft.statement, draft.header.blobs)), C::kBadCiphertext);
  EXPECT_EQ(world_.Append(draft), C::kNone) << "a copy does not stand in the way of the original";
}

TEST_F(AccountsTest, RefusesAnRThatIsOnTheLog) {
  Draft draft = world_.DepositDraft(6, 1, "page", {I::kPassword});
  world_.Admit(draft);
  EXPECT_EQ(Deposited([&](Deposit& d, Header&) {
              d.items[0].r = std::get<Deposit>(draft.statement).items[0].r;
            }),
            C::kValueSeenBefore);
  // Also twice in one statement.
  Draft both = world_.DepositDraft(6, 1, "page", {I::kTotp, I::kNote});
  both = BentDeposit(both, [](Deposit& d, Header&) { d.items[1].r = d.items[0].r; });
  EXPECT_EQ(world_.Append(both), C::kValueSeenBefore);
}

TEST_F(AccountsTest, ConfirmationMakesAVersionTheUsualOne) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  const ItemRecord& item = world_.account("page").items.at(I::kPassword);
  EXPECT_EQ(DefaultVersion(item), 1u) << "the newest candidate where none is confirmed";
  world_.Admit(world_.ConfirmDraft(2, "page", {{I::kPassword, 1}}));
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  EXPECT_EQ(DefaultVersion(item), 1u) << "a candidate does not replace what is confirmed";
  world_.Admit(world_.ConfirmDraft(2, "page", {{I::kPassword, 2}}));
  EXPECT_EQ(DefaultVersion(item), 2u);
  EXPECT_EQ(DefaultVersion(ItemRecord{}), std::nullopt);
}

TEST_F(AccountsTest, RefusesConfirmationsThatConfirmNothing) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword, I::kTotp}));
  auto confirm = [this](uint32_t author, const std::string& name,
                        const std::vector<ItemVersion>& items) {
    return world_.Append(world_.ConfirmDraft(author, name, items));
  };
  EXPECT_EQ(confirm(2, "other", {{I::kPassword, 1}}), C::kUnknownAccount);
  EXPECT_EQ(confirm(2, "page", {{I::kNote, 1}}), C::kUnknownVersion);
  EXPECT_EQ(confirm(2, "page", {{I::kPassword, 2}}), C::kUnknownVersion);
  EXPECT_EQ(confirm(2, "page", {{I::kPassword, 0}}), C::kUnknownVersion);
  EXPECT_EQ(confirm(6, "page", {{I::kPassword, 1}}), C::kOwnVersion);
  EXPECT_EQ(confirm(2, "page", {}), C::kMalformedBody);
  EXPECT_EQ(confirm(2, "page", {{I::kTotp, 1}, {I::kPassword, 1}}), C::kMalformedBody);
  EXPECT_EQ(confirm(2, "page", {{I::kPassword, 1}, {I::kPassword, 1}}), C::kMalformedBody);
  EXPECT_EQ(confirm(2, "page", {{I::kPassword, 1}, {I::kTotp, 1}}), C::kNone);
  EXPECT_EQ(confirm(3, "page", {{I::kPassword, 1}}), C::kAlreadyConfirmed);
}

TEST_F(AccountsTest, ConfirmsAllItemsOrNone) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword, I::kTotp}));
  world_.Admit(world_.ConfirmDraft(2, "page", {{I::kTotp, 1}}));
  EXPECT_EQ(world_.Append(world_.ConfirmDraft(3, "page", {{I::kPassword, 1}, {I::kTotp, 1}})),
            C::kAlreadyConfirmed);
  EXPECT_FALSE(world_.version("page", I::kPassword, 1).confirmed_by.has_value());
}

TEST_F(AccountsTest, ExposureEndsWithAVersionThatNoRecipientMadeOrConfirmed) {
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  world_.Admit(world_.ConfirmDraft(5, "page", {{I::kPassword, 1}}));
  const ItemRecord& item = world_.account("page").items.at(I::kPassword);
  EXPECT_FALSE(IsExposed(item));
  Release(2, 1);
  EXPECT_TRUE(IsExposed(item));
  // The recipient's own new version does not end it, even confirmed by another.
  world_.Admit(world_.DepositDraft(2, 1, "page", {I::kPassword}));
  world_.Admit(world_.ConfirmDraft(5, "page", {{I::kPassword, 2}}));
  EXPECT_TRUE(IsExposed(item));
  // Nor may the recipient confirm another's.
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  EXPECT_EQ(world_.Append(world_.ConfirmDraft(2, "page", {{I::kPassword, 3}})),
            C::kKnowsExposedVersion);
  EXPECT_TRUE(IsExposed(item));
  world_.Admit(world_.ConfirmDraft(5, "page", {{I::kPassword, 3}}));
  EXPECT_FALSE(IsExposed(item));
  // Later on the recipient is an organiser like any other.
  world_.Admit(world_.DepositDraft(6, 1, "page", {I::kPassword}));
  EXPECT_EQ(world_.Append(world_.ConfirmDraft(2, "page", {{I::kPassword, 4}})), C::kNone);
}

}  // namespace
}  // namespace quorate::ledger::testing
