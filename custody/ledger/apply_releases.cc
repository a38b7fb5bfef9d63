// Decryption shares, and what recipients say of them.
#include <algorithm>
#include <optional>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"

namespace quorate::ledger {
namespace {

// Whether the shares are one for each recipient and item, recipients outermost, and nothing else.
bool AreSharesComplete(const Request& request, const std::vector<SentShare>& shares) {
  if (shares.size() != request.recipients.size() * request.items.size()) return false;
  size_t next = 0;
  for (OrganiserNumber recipient : request.recipients) {
    for (const ItemVersion& item : request.items) {
      const SentShare& share = shares[next++];
      if (share.recipient != recipient || share.kind != item.kind ||
          share.version != item.version || share.part != 0) {
        return false;
      }
    }
  }
  return true;
}

bool DoSharesHold(const State& state, const RequestRecord& request, OrganiserNumber holder,
                  const crypto::Point& public_share, const std::vector<SentShare>& shares) {
  const Account& account = state.accounts.at(request.request.account);
  for (const SentShare& sent : shares) {
    const VersionRecord* version = FindVersion(account, {sent.kind, sent.version});
    if (version == nullptr) return false;
    crypto::ShareContext context =
        ShareContextOf(state, request, holder, sent.recipient, account, *version);
    crypto::ShareStatement statement = {public_share, version->item.r,
                                        request.one_time_keys.at(sent.recipient)};
    if (!crypto::VerifyShare(context, statement, sent.share).ok()) return false;
  }
  return true;
}

ShareRegularity RegularityOf(const State& state, const RequestRecord& request,
                             const Placed& placed) {
  if (!request.cleared.contains(placed.author)) return ShareRegularity::kPremature;
  auto word = request.words.find(placed.author);
  bool stands = word != request.words.end() && word->second.word == Word::kApproval &&
                CountApprovals(state, request) >= request.threshold &&
                EffectiveState(request, placed.now_ms) == RequestState::kOpen;
  return stands ? ShareRegularity::kRegular : ShareRegularity::kLate;
}

RefusalCode CheckShares(const State& state, const RequestRecord& request, const Placed& placed,
                        const DecryptionShares& shares) {
  const Vault& vault = state.vaults.at(request.request.vault);
  if (!IsHolder(vault.policy, placed.author)) return RefusalCode::kNotAHolder;
  if (shares.epoch != vault.active->epoch) return RefusalCode::kWrongEpoch;
  auto public_share = vault.active->public_shares.find(placed.author);
  if (public_share == vault.active->public_shares.end()) return RefusalCode::kNoShare;
  if (request.shares.contains(placed.author)) return RefusalCode::kRepeated;
  if (request.one_time_keys.size() != request.request.recipients.size()) {
    return RefusalCode::kAcceptsMissing;
  }
  if (!AreSharesComplete(request.request, shares.shares)) return RefusalCode::kSharesIncomplete;
  return DoSharesHold(state, request, placed.author, public_share->second, shares.shares)
             ? RefusalCode::kNone
             : RefusalCode::kBadShare;
}

}  // namespace

// Valid shares are admitted whatever the state of the request: what is out is out, and exposure
// must count it.
Decision Decide(const State& state, const Placed& placed, const DecryptionShares& shares) {
  auto [request, closed] =
      RequestFor(state, placed, StatementKind::kDecryptionShares, shares.request);
  if (request == nullptr) return closed;
  RefusalCode refusal = CheckShares(state, *request, placed, shares);
  if (refusal != RefusalCode::kNone) return refusal;
  ShareRegularity regularity = RegularityOf(state, *request, placed);
  return Decision::Admit([&placed, &shares, regularity](State& next) {
    RequestRecord& record = next.requests.at(shares.request);
    record.shares[placed.author] = {placed.author, shares.epoch, placed.entry.leaf_hash,
                                    placed.now_ms, regularity,   shares.shares};
    Account& account = next.accounts.at(record.request.account);
    for (const SentShare& sent : shares.shares) {
      ItemRecord& item = account.items.at(sent.kind);
      item.versions[sent.version - 1].exposed_to.insert(sent.recipient);
    }
    if (regularity == ShareRegularity::kPremature) {
      AddAnomaly(next, placed.entry.index, placed.author, AnomalyKind::kPrematureShares);
    }
  });
}

Decision Decide(const State& state, const Placed& placed, const Opened& opened) {
  auto [request, closed] = RequestFor(state, placed, StatementKind::kOpened, opened.request);
  if (request == nullptr) return closed;
  const std::vector<OrganiserNumber>& recipients = request->request.recipients;
  if (!std::binary_search(recipients.begin(), recipients.end(), placed.author)) {
    return RefusalCode::kNotARecipient;
  }
  if (request->opened_by.contains(placed.author)) return RefusalCode::kRepeated;
  if (request->shares.size() < request->threshold) return RefusalCode::kNotOpenable;
  return Decision::Admit([&placed, &opened](State& next) {
    RequestRecord& record = next.requests.at(opened.request);
    record.opened_by.insert(placed.author);
    bool all = record.opened_by.size() == record.request.recipients.size();
    if (all && record.state == RequestState::kOpen) record.state = RequestState::kOpened;
  });
}

}  // namespace quorate::ledger
