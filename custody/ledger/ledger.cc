#include "custody/ledger/ledger.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>

#include "custody/ledger/decide.h"
#include "custody/ledger/queries.h"
#include "custody/ledger/state_table.h"

namespace quorate::ledger {
namespace {

constexpr uint64_t kDayMs = 24ull * 3600 * 1000;
// The only version of the organisation key under rules 1.
constexpr uint32_t kOrganisationKeyVersion = 1;

// What can be said of an entry before its kind's rules.
struct Judgement {
  RefusalCode refusal = RefusalCode::kNone;
  // Whether the author really signed it: only then does it reserve anything or name anyone.
  bool is_signed = false;
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

bool IsDeviceSignatureGood(const Entry& entry, const Organiser& author) {
  if (!entry.leaf.device_signature.has_value()) return !NeedsDeviceSignature(*entry.statement);
  return crypto::VerifySignature(author.device_key, kStatementDeviceLabel, entry.leaf.header,
                                 *entry.leaf.device_signature);
}

bool IsHeaderWellFormed(const Entry& entry) {
  if (!entry.header.has_value() || entry.leaf.header.size() > kMaxHeaderBytes) return false;
  const Header& header = *entry.header;
  bool is_sealed = header.organisation_key_version != 0;
  return header.key_commitment.has_value() == is_sealed && header.nonce.has_value() == is_sealed &&
         header.blobs.size() <= kMaxBlobsPerStatement &&
         std::all_of(header.blobs.begin(), header.blobs.end(),
                     [](const BlobRef& blob) { return blob.length <= kMaxBlobBytes; });
}

// A body that cannot be read. A wrong body is the log's doing; all else the author signed.
Judgement JudgeUnreadable(const State& state, const Entry& entry) {
  RefusalCode code =
      entry.unreadable != RefusalCode::kNone ? entry.unreadable : RefusalCode::kMalformedBody;
  const Organiser* author = AuthorOf(state, entry);
  bool is_authors = code != RefusalCode::kBodyDigestMismatch && author != nullptr &&
                    entry.header->organisation == state.organisation && IsSignedBy(entry, *author);
  return {code, is_authors};
}

// Who speaks, and whether they do.
Judgement JudgeSignatures(const State& state, const Entry& entry) {
  if (!IsHeaderWellFormed(entry)) return {RefusalCode::kMalformedHeader, false};
  if (!entry.statement.has_value()) return JudgeUnreadable(state, entry);
  if (entry.header->organisation != state.organisation) {
    return {RefusalCode::kWrongOrganisation, false};
  }
  bool is_founding = KindOf(*entry.statement) == StatementKind::kFound && entry.index == 0;
  if (!state.charter.has_value() && !is_founding) return {RefusalCode::kNotFounded, false};
  const Organiser* author = AuthorOf(state, entry);
  if (author == nullptr) return {RefusalCode::kUnknownAuthor, false};
  if (!IsSignedBy(entry, *author)) return {RefusalCode::kBadSignature, false};
  if (!IsDeviceSignatureGood(entry, *author)) return {RefusalCode::kBadDeviceSignature, false};
  return {RefusalCode::kNone, true};
}

size_t CountOpenRequests(const State& state, OrganiserNumber author, uint64_t now_ms) {
  return static_cast<size_t>(
      std::count_if(state.requests.begin(), state.requests.end(), [&](const auto& request) {
        return request.second.requester == author &&
               EffectiveState(request.second, now_ms) == RequestState::kOpen;
      }));
}

uint64_t BlobBytes(const Header& header) {
  uint64_t sum = 0;
  for (const BlobRef& blob : header.blobs) sum += blob.length;
  return sum;
}

AuthorUsage UsageOn(const State& state, OrganiserNumber author, uint64_t day) {
  auto found = state.usage.find(author);
  AuthorUsage usage = found != state.usage.end() ? found->second : AuthorUsage{};
  if (usage.day < day) {
    usage.day = day;
    usage.statements = 0;
    usage.blob_bytes = 0;
  }
  return usage;
}

bool IsQuotaExceeded(const State& state, const Entry& entry) {
  const Header& header = *entry.header;
  uint64_t now_ms = entry.leaf.log_time_ms;
  AuthorUsage usage = UsageOn(state, header.author, now_ms / kDayMs);
  if (usage.statements >= kMaxStatementsPerAuthorAndDay ||
      usage.blob_bytes + BlobBytes(header) > kMaxBlobBytesPerAuthorAndDay) {
    return true;
  }
  return KindOf(*entry.statement) == StatementKind::kRequest &&
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

// What a signed statement's header says, against where it stands.
RefusalCode CheckHeader(const State& state, const Entry& entry) {
  const Header& header = *entry.header;
  bool is_founded = state.charter.has_value();
  if (header.rules_version != (is_founded ? state.rules_version : kRulesVersion)) {
    return RefusalCode::kUnknownRules;
  }
  if (header.charter_version != (is_founded ? state.charter_version : 1)) {
    return RefusalCode::kStaleCharter;
  }
  if (!entry.root_is_this_trees || header.verified_size > entry.index) {
    return RefusalCode::kForeignRoot;
  }
  if (state.statement_ids.contains({header.author, header.statement_id})) {
    return RefusalCode::kRepeatedStatementId;
  }
  if (entry.leaf.log_time_ms < state.last_log_time_ms) return RefusalCode::kTimeRanBackwards;
  if (IsQuotaExceeded(state, entry)) return RefusalCode::kQuotaExceeded;
  return CheckBodyAndBlobs(entry);
}

OrganisationStage StageOf(const State& state) {
  if (NeedsUpgrade(state)) return OrganisationStage::kSuperseded;
  return state.charter.has_value() ? OrganisationStage::kFounded : OrganisationStage::kUnfounded;
}

Judgement Judge(const State& state, const Entry& entry) {
  // Newer rules may read the very same bytes otherwise, so nothing is said of them.
  if (StageOf(state) == OrganisationStage::kSuperseded) return {RefusalCode::kUnknownRules, false};
  Judgement judgement = JudgeSignatures(state, entry);
  if (judgement.refusal == RefusalCode::kNone) judgement.refusal = CheckHeader(state, entry);
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
void Reserve(State& state, const Entry& entry) {
  const Header& header = *entry.header;
  if (!state.statement_ids.insert({header.author, header.statement_id}).second) return;
  AuthorUsage usage = UsageOn(state, header.author, state.last_log_time_ms / kDayMs);
  usage.statements += 1;
  usage.blob_bytes += BlobBytes(header);
  state.usage[header.author] = usage;
}

// Whoever orders the log can have any statement refused for these, so its author is not named.
bool IsTheLogsDoing(RefusalCode refusal) {
  return refusal == RefusalCode::kRepeatedStatementId || refusal == RefusalCode::kTimeRanBackwards;
}

}  // namespace

void AddAnomaly(State& state, uint64_t index, OrganiserNumber author, std::string_view what) {
  AuthorUsage& usage = state.usage[author];
  if (usage.anomalies < kMaxAnomaliesPerAuthor) {
    state.anomalies.push_back({index, author, std::string(what)});
  }
  ++usage.anomalies;
}

Ledger::Ledger(const OrganisationId& organisation) { state_.organisation = organisation; }

Outcome Ledger::Apply(const Entry& entry) {
  // Entries out of order are a bug of the caller; going on would make another state than others'.
  if (entry.index != state_.size) std::abort();
  Judgement judgement = Judge(state_, entry);
  Decision decision = judgement.refusal;
  std::optional<Placed> placed;  // Outlives the decision, whose effect refers to it.
  if (judgement.refusal == RefusalCode::kNone) {
    placed.emplace(Placed{entry, *entry.header, entry.header->author, entry.leaf.log_time_ms});
    decision = DecideKind(state_, entry, *placed);
  }
  state_.size += 1;
  state_.last_log_time_ms = std::max(state_.last_log_time_ms, entry.leaf.log_time_ms);
  if (judgement.is_signed) Reserve(state_, entry);
  if (decision.admitted()) {
    decision.Enact(state_);
  } else if (judgement.is_signed) {
    OrganiserNumber named =
        IsTheLogsDoing(decision.refusal()) ? OrganiserNumber{} : entry.header->author;
    AddAnomaly(state_, entry.index, named, RefusalReason(decision.refusal()));
  }
  return {decision.refusal(), judgement.is_signed};
}

Digest Ledger::StateDigest() const { return DigestOf(state_); }

}  // namespace quorate::ledger
