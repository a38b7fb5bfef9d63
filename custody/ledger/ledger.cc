#include "custody/ledger/ledger.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/quota.h"
#include "custody/ledger/state_table.h"

namespace quorate::ledger {
namespace {

// The only version of the organisation key under rules 1.
constexpr uint32_t kOrganisationKeyVersion = 1;

// What can be said of an entry before its kind's rules.
struct Judgement {
  RefusalCode refusal = RefusalCode::kNone;
  // Whether the author really signed it, with their device where its kind needs that: only then
  // does it reserve an identifier, move the clock or name anyone.
  bool is_signed = false;
  // Whether the author's signing key alone signed it: then it counts against a quota.
  bool is_charged = false;
  bool has_device_signature = false;
};

// Null where the author is nobody. A founding statement brings its own charter.
const Organiser* AuthorOf(const State& state, const Entry& entry) {
  if (state.charter.has_value()) return FindOrganiser(*state.charter, entry.header->author);
  const Found* found =
      entry.statement.has_value() ? std::get_if<Found>(&*entry.statement) : nullptr;
  return found != nullptr ? FindOrganiser(found->charter, entry.header->author) : nullptr;
}

bool IsSignedBy(const Entry& entry, const Organiser& author) {
  return crypto::VerifySignature(author.signing_key, kStatementLabel, entry.leaf.header,
                                 entry.leaf.signature);
}

// A bad one counts as none: whoever carries a denial must not be able to have it refused.
bool HasDeviceSignature(const Entry& entry, const Organiser& author) {
  return entry.leaf.device_signature.has_value() &&
         crypto::VerifySignature(author.device_key, kStatementDeviceLabel, entry.leaf.header,
                                 *entry.leaf.device_signature);
}

bool IsHeaderWellFormed(const Entry& entry) {
  if (!entry.header.has_value() || entry.leaf.header.size() > kMaxHeaderBytes ||
      entry.leaf.log_time_ms > kMaxLogTimeMs) {
    return false;
  }
  const Header& header = *entry.header;
  bool is_sealed = header.organisation_key_version != 0;
  return header.key_commitment.has_value() == is_sealed && header.nonce.has_value() == is_sealed &&
         header.body_length > 0 && header.body_length <= kMaxBodyBytes &&
         header.blobs.size() <= kMaxBlobsPerStatement &&
         std::all_of(header.blobs.begin(), header.blobs.end(),
                     [](const BlobRef& blob) { return blob.length <= kMaxBlobBytes; });
}

// Who speaks, and whether they do, readable or not.
Judgement JudgeSignatures(const State& state, const Entry& entry) {
  if (!IsHeaderWellFormed(entry)) return {RefusalCode::kMalformedHeader};
  if (entry.header->organisation != state.organisation) return {RefusalCode::kWrongOrganisation};
  const bool is_readable = entry.statement.has_value();
  const bool is_founding =
      is_readable && KindOf(*entry.statement) == StatementKind::kFound && entry.index == 0;
  if (!state.charter.has_value() && !is_founding) return {RefusalCode::kNotFounded};
  const Organiser* author = AuthorOf(state, entry);
  if (author == nullptr) return {RefusalCode::kUnknownAuthor};
  if (!IsSignedBy(entry, *author)) return {RefusalCode::kBadSignature};
  // The author signed another body than the one that is here.
  if (entry.unreadable == RefusalCode::kBodyDigestMismatch) return {entry.unreadable};
  const bool has_device = HasDeviceSignature(entry, *author);
  if (!is_readable) {
    const bool says_why = entry.unreadable != RefusalCode::kNone;
    return {says_why ? entry.unreadable : RefusalCode::kMalformedBody, true, true, has_device};
  }
  if (NeedsDeviceSignature(*entry.statement) && !has_device) {
    return {RefusalCode::kBadDeviceSignature, false, true, false};
  }
  return {RefusalCode::kNone, true, true, has_device};
}

size_t CountOpenRequests(const State& state, OrganiserNumber author, uint64_t now_ms) {
  return static_cast<size_t>(
      std::count_if(state.requests.begin(), state.requests.end(), [&](const auto& request) {
        return request.second.requester == author &&
               EffectiveState(request.second, now_ms) == RequestState::kOpen;
      }));
}

AuthorUsage UsageOf(const State& state, OrganiserNumber author) {
  auto found = state.usage.find(author);
  return found != state.usage.end() ? found->second : AuthorUsage{};
}

// Denials and alarms are bounded without one: an admitted denial needs another word before the
// next, and alarms have a quota of their own.
bool IsQuotaExceeded(const State& state, const Entry& entry, bool has_device_signature) {
  const Header& header = *entry.header;
  const StatementKind kind = KindOf(*entry.statement);
  if (kind == StatementKind::kDeny || kind == StatementKind::kAlarm) return false;
  const uint64_t now_ms = entry.leaf.log_time_ms;
  if (!FitsQuota(UsageOf(state, header.author), header, has_device_signature, now_ms)) return true;
  return kind == StatementKind::kRequest &&
         CountOpenRequests(state, header.author, now_ms) >= kMaxOpenRequestsPerAuthor;
}

RefusalCode CheckBodyAndBlobs(const Entry& entry) {
  const Header& header = *entry.header;
  bool is_clear = header.organisation_key_version == 0;
  if (HasClearBody(*entry.statement) != is_clear) {
    return is_clear ? RefusalCode::kBodyMustBeSealed : RefusalCode::kBodyMustBeClear;
  }
  if (!is_clear && header.organisation_key_version != kOrganisationKeyVersion) {
    return RefusalCode::kUndecryptableBody;
  }
  StatementKind kind = KindOf(*entry.statement);
  bool may_have_blobs = kind == StatementKind::kDeal || kind == StatementKind::kDeposit;
  return header.blobs.empty() || may_have_blobs ? RefusalCode::kNone : RefusalCode::kBlobsMismatch;
}

// Words that can only keep something shut hold in whatever log they come to: an old backup of the
// server, or a fork, must not cost the group a denial or an alarm.
bool HoldsInAnyLog(const Statement& statement) {
  const StatementKind kind = KindOf(statement);
  return kind == StatementKind::kDeny || kind == StatementKind::kAlarm;
}

// What a signed statement's header says, against where it stands.
RefusalCode CheckHeader(const State& state, const Entry& entry, bool has_device_signature) {
  const Header& header = *entry.header;
  bool is_founded = state.charter.has_value();
  if (header.rules_version != (is_founded ? state.rules_version : kRulesVersion)) {
    return RefusalCode::kUnknownRules;
  }
  if (header.charter_version != (is_founded ? state.charter_version : 1)) {
    return RefusalCode::kStaleCharter;
  }
  const bool is_this_log = entry.root_is_this_trees && header.verified_size <= entry.index;
  if (!is_this_log && !HoldsInAnyLog(*entry.statement)) {
    return RefusalCode::kForeignRoot;
  }
  if (state.statement_ids.contains({header.author, header.statement_id})) {
    return RefusalCode::kRepeatedStatementId;
  }
  if (entry.leaf.log_time_ms < state.last_log_time_ms) return RefusalCode::kTimeRanBackwards;
  if (IsQuotaExceeded(state, entry, has_device_signature)) return RefusalCode::kQuotaExceeded;
  return CheckBodyAndBlobs(entry);
}

OrganisationStage StageOf(const State& state) {
  if (NeedsUpgrade(state)) return OrganisationStage::kSuperseded;
  return state.charter.has_value() ? OrganisationStage::kFounded : OrganisationStage::kUnfounded;
}

Judgement Judge(const State& state, const Entry& entry) {
  // Newer rules may read the very same bytes otherwise, so nothing is said of them.
  if (StageOf(state) == OrganisationStage::kSuperseded) return {RefusalCode::kUnknownRules};
  Judgement judgement = JudgeSignatures(state, entry);
  if (judgement.refusal == RefusalCode::kNone) {
    judgement.refusal = CheckHeader(state, entry, judgement.has_device_signature);
  }
  return judgement;
}

Decision DecideKind(const State& state, const Entry& entry, const Placed& placed) {
  OrganisationStage stage = StageOf(state);
  if (!RowOf(KindOf(*entry.statement)).organisation.Has(stage)) {
    return stage == OrganisationStage::kFounded ? RefusalCode::kAlreadyFounded
                                                : RefusalCode::kNotFounded;
  }
  return std::visit([&](const auto& statement) { return Decide(state, placed, statement); },
                    *entry.statement);
}

// Comes after last_log_time_ms was raised. A statement under a used identifier reserves nothing
// again: else whoever runs the log could use up an author's quota by repeating what they said.
void Reserve(State& state, const Entry& entry, const Judgement& judgement) {
  const Header& header = *entry.header;
  const std::pair id{header.author, header.statement_id};
  if (judgement.is_signed ? !state.statement_ids.insert(id).second
                          : state.statement_ids.contains(id)) {
    return;
  }
  Charge(state.usage[header.author], header, judgement.has_device_signature,
         state.last_log_time_ms);
}

}  // namespace

void AddAnomaly(State& state, uint64_t index, OrganiserNumber author, AnomalyKind kind,
                RefusalCode refusal) {
  // The others are bounded by what they are about, and no heap of refusals may bury them.
  const bool is_refusal = kind == AnomalyKind::kRefused;
  AuthorUsage& usage = state.usage[author];
  if (!is_refusal || usage.anomalies < kMaxAnomaliesPerAuthor) {
    state.anomalies.push_back({index, author, kind, refusal});
  }
  if (is_refusal) ++usage.anomalies;
}

Ledger::Ledger(const OrganisationId& organisation) { state_.organisation = organisation; }

Outcome Ledger::Apply(const Entry& entry) {
  // Entries out of order are a bug of the caller; going on would make another state than others'.
  if (entry.index != state_.size) std::abort();
  Judgement judgement = Judge(state_, entry);
  Decision decision = judgement.refusal;
  std::optional<Placed> placed;  // Outlives the decision, whose effect refers to it.
  if (judgement.refusal == RefusalCode::kNone) {
    placed.emplace(Placed{entry, *entry.header, entry.header->author, entry.leaf.log_time_ms,
                          judgement.has_device_signature});
    decision = DecideKind(state_, entry, *placed);
  }
  state_.size += 1;
  if (judgement.is_signed) {
    state_.last_log_time_ms = std::max(state_.last_log_time_ms, entry.leaf.log_time_ms);
  }
  if (judgement.is_charged) Reserve(state_, entry, judgement);
  if (decision.admitted()) {
    decision.Enact(state_);
  } else if (judgement.is_signed) {
    // What a stolen kit signs says nothing of its owner, whose device signs along.
    const bool is_proven = judgement.has_device_signature && IsProvenByBytes(decision.refusal());
    OrganiserNumber named = is_proven ? entry.header->author : OrganiserNumber{};
    AddAnomaly(state_, entry.index, named, AnomalyKind::kRefused, decision.refusal());
  }
  return {decision.refusal(), judgement.is_signed};
}

Digest Ledger::StateDigest() const { return DigestOf(state_); }

}  // namespace quorate::ledger
