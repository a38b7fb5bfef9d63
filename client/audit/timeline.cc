#include "client/audit/timeline.h"

#include <string_view>
#include <utility>
#include <variant>

#include "client/import/item.h"
#include "client/import/name.h"
#include "custody/ledger/queries.h"

namespace quorate::audit {
namespace {

using ledger::Statement;

std::string Safe(std::string_view text, size_t max) { return client::SafeText(text, max); }

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::string Count(size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

// "password 2": the two folders number the kinds alike.
std::string ItemText(ledger::ItemKind kind, uint32_t version) {
  const std::string_view name = client::ItemKindName(static_cast<client::ItemKind>(kind));
  return std::string(name) + " " + std::to_string(version);
}
static_assert(
    static_cast<int>(client::ItemKind::kPassword) ==
        static_cast<int>(ledger::ItemKind::kPassword) &&
    static_cast<int>(client::ItemKind::kTotp) == static_cast<int>(ledger::ItemKind::kTotp) &&
    static_cast<int>(client::ItemKind::kRecoveryCodes) ==
        static_cast<int>(ledger::ItemKind::kRecoveryCodes) &&
    static_cast<int>(client::ItemKind::kToken) == static_cast<int>(ledger::ItemKind::kToken) &&
    static_cast<int>(client::ItemKind::kNote) == static_cast<int>(ledger::ItemKind::kNote));

template <typename Items>
std::string ItemList(const Items& items) {
  std::vector<std::string> out;
  for (const auto& item : items) out.push_back(ItemText(item.kind, item.version));
  return Joined(out);
}

// Fills the row with what one statement says.
class Describer {
 public:
  Describer(const ledger::Entry& entry, const ledger::State& state, const Names& names, Row& row)
      : entry_(entry), state_(state), names_(names), row_(row) {}

  void operator()(const ledger::Found& found) {
    row_.what = "founds the organisation with " +
                Count(found.charter.organisers.size(), "organiser") + " and " +
                Count(found.charter.vaults.size(), "vault");
  }
  void operator()(const ledger::Rules& rules) {
    row_.what = "puts rules " + std::to_string(rules.rules_version) + " in force";
  }
  void operator()(const ledger::ReceivingKey& key) {
    Sharing(key.sharing, "offers a key to receive a share");
  }
  void operator()(const ledger::Start& start) {
    Sharing(start.sharing, "starts the sharing for " + Count(start.receivers.size(), "holder"));
  }
  void operator()(const ledger::Deal& deal) { Sharing(deal.sharing, "deals to every holder"); }
  void operator()(const ledger::Close& close) { Sharing(close.sharing, "closes the dealing"); }
  void operator()(const ledger::Complain& complain) {
    Sharing(complain.sharing,
            "says that the dealing of " + names_.Organiser(complain.dealer) + " is bad");
  }
  void operator()(const ledger::Acknowledge& acknowledge) {
    Sharing(acknowledge.sharing, "shows that they have their share");
  }
  void operator()(const ledger::Activate& activate) {
    std::vector<std::string> without;
    for (const ledger::OrganiserNumber number : activate.shareless) {
      without.push_back(names_.Organiser(number));
    }
    Sharing(activate.sharing,
            without.empty() ? "puts the vault's key in use"
                            : "puts the vault's key in use; without a share: " + Joined(without));
  }
  void operator()(const ledger::Deposit& deposit) {
    Account(deposit.account);
    row_.vault = names_.Vault(deposit.vault);
    row_.what = "deposits " + ItemList(deposit.items);
  }
  void operator()(const ledger::Confirm& confirm) {
    Account(confirm.account);
    row_.what = "confirms " + ItemList(confirm.items);
  }
  void operator()(const ledger::Request& request) {
    Account(request.account);
    row_.vault = names_.Vault(request.vault);
    row_.request = entry_.leaf_hash;
    row_.what = "asks for " + ItemList(request.items);
    std::vector<std::string> others;
    for (const ledger::OrganiserNumber number : request.recipients) {
      if (number != row_.author) others.push_back(names_.Organiser(number));
    }
    if (!others.empty()) row_.what += ", to be opened by " + Joined(others);
    if (request.unusual_version) row_.what += ", not the last confirmed version";
    row_.reason = Safe(request.reason, ledger::kMaxReasonBytes);
  }
  void operator()(const ledger::Accept& accept) { Answer(accept.request, "accepts to receive it"); }
  void operator()(const ledger::Approve& approve) { Answer(approve.request, "approves"); }
  void operator()(const ledger::Deny& deny) {
    Answer(deny.request, "denies");
    row_.reason = Safe(deny.reason, ledger::kMaxReasonBytes);
  }
  void operator()(const ledger::Withdraw& withdraw) {
    const ledger::RequestRecord* record = Answer(withdraw.request, "takes back what they said");
    if (record != nullptr && record->requester == row_.author) row_.what = "withdraws the request";
  }
  void operator()(const ledger::DecryptionShares& shares) {
    Answer(shares.request, "");
    std::vector<std::string> to;
    for (const ledger::SentShare& share : shares.shares) {
      const std::string name = names_.Organiser(share.recipient);
      if (to.empty() || to.back() != name) to.push_back(name);
    }
    row_.what = "releases a share to " + Joined(to) + " (by their node)";
  }
  void operator()(const ledger::Opened& opened) { Answer(opened.request, "opens it"); }
  void operator()(const ledger::Alarm& alarm) {
    Account(alarm.account);
    row_.what = "raises an alarm: the account is frozen";
    if (!entry_.leaf.device_signature.has_value()) row_.what += " (from a paper kit)";
    row_.reason = Safe(alarm.reason, ledger::kMaxReasonBytes);
  }
  void operator()(const ledger::Lift& lift) {
    const ledger::Account* account = Account(lift.account);
    row_.what = "lifts " + Count(lift.alarms.size(), "alarm");
    row_.reason = Safe(lift.reason, ledger::kMaxReasonBytes);
    if (account == nullptr || !row_.admitted()) return;
    row_.what += ledger::IsFrozen(*account)
                     ? ", with " + Count(ledger::CountLifts(state_, *account), "holder") + " so far"
                     : ": enough have, the account is free";
  }

 private:
  // Null where there is none of this name.
  const ledger::Account* Account(const std::string& name) {
    row_.account = Safe(name, ledger::kMaxAccountNameBytes);
    const ledger::Account* account = ledger::FindAccount(state_, name);
    if (account != nullptr) row_.vault = names_.Vault(account->vault);
    return account;
  }

  void Sharing(const ledger::SharingRef& ref, std::string what) {
    row_.vault = names_.Vault(ref.vault);
    row_.what = std::move(what);
  }

  const ledger::RequestRecord* Answer(const ledger::LeafHash& request, std::string_view what) {
    row_.request = request;
    row_.what = std::string(what);
    const ledger::RequestRecord* record = ledger::FindRequest(state_, request);
    if (record != nullptr) Account(record->request.account);
    return record;
  }

  const ledger::Entry& entry_;
  const ledger::State& state_;
  const Names& names_;
  Row& row_;
};

std::string_view StateName(ledger::RequestState state) {
  switch (state) {
    case ledger::RequestState::kOpen:
      return "open";
    case ledger::RequestState::kOpened:
      return "opened";
    case ledger::RequestState::kWithdrawn:
      return "withdrawn";
    case ledger::RequestState::kDenied:
      return "denied";
    case ledger::RequestState::kExpired:
      return "expired";
  }
  return "unknown";
}

void AddWords(const ledger::RequestRecord& record, const Names& names, Story& story) {
  for (const auto& [holder, word] : record.words) {
    Said said{names.Organiser(holder), word.log_time_ms,
              Safe(word.reason, ledger::kMaxReasonBytes)};
    switch (word.word) {
      case ledger::Word::kApproval:
        story.approved.push_back(std::move(said));
        break;
      case ledger::Word::kDenial:
        story.denied.push_back(std::move(said));
        break;
      case ledger::Word::kRetraction:
        story.retracted.push_back(std::move(said));
        break;
    }
  }
}

void AddShares(const ledger::RequestRecord& record, const Names& names, Story& story) {
  for (const auto& [holder, sent] : record.shares) {
    std::string oddity;
    if (sent.regularity == ledger::ShareRegularity::kPremature) oddity = "before a quorum approved";
    if (sent.regularity == ledger::ShareRegularity::kLate) oddity = "after the request was over";
    story.released.push_back({names.Organiser(holder), sent.log_time_ms, std::move(oddity)});
  }
}

}  // namespace

void Timeline::Add(const ledger::Entry& entry, const ledger::Outcome& outcome,
                   const ledger::State& state, const Names& names) {
  Row row;
  row.index = entry.index;
  row.time_ms = entry.leaf.log_time_ms;
  row.refusal = outcome.refusal;
  row.leaf_hash = entry.leaf_hash;
  row.who = "nobody";
  if (entry.header.has_value()) {
    row.author = entry.header->author;
    row.who = names.Organiser(row.author);
  }
  row.is_theirs = outcome.signed_by_author;
  row.kind = "unreadable";
  if (entry.statement.has_value()) {
    row.kind = std::string(ledger::StatementName(*entry.statement));
    std::visit(Describer(entry, state, names, row), *entry.statement);
  }
  if (row.request.has_value() && row.admitted()) {
    Story& story = stories_[*row.request];
    const Said said{row.who, row.time_ms, ""};
    if (std::holds_alternative<ledger::Accept>(*entry.statement)) story.accepted.push_back(said);
    if (std::holds_alternative<ledger::Opened>(*entry.statement)) story.opened.push_back(said);
  }
  rows_.push_back(std::move(row));
}

void Timeline::Finish(const ledger::State& state, const Names& names, uint64_t now_ms) {
  for (auto& [id, story] : stories_) {
    const ledger::RequestRecord* record = ledger::FindRequest(state, id);
    if (record == nullptr) continue;
    story.state = std::string(StateName(ledger::EffectiveState(*record, now_ms)));
    for (const ledger::OrganiserNumber number : record->request.recipients) {
      story.recipients.push_back(names.Organiser(number));
    }
    AddWords(*record, names, story);
    AddShares(*record, names, story);
  }
}

const Story* Timeline::FindStory(const Row& row) const {
  if (!row.request.has_value()) return nullptr;
  const auto found = stories_.find(*row.request);
  return found == stories_.end() ? nullptr : &found->second;
}

}  // namespace quorate::audit
