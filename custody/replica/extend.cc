// How a replica goes forward: notes, entries that wait, evidence.
#include <algorithm>
#include <string>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/replica/entry_check.h"
#include "custody/replica/replica_impl.h"
#include "custody/wire/read_entry.h"

namespace quorate::replica {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Digest;
using crypto::PublicSigningKey;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::Status RootMismatch() {
  return ServerError(kInvalid, "ROOT_MISMATCH", "the entries do not add up to the signed root",
                     "fetch them again; the server is broken or hostile if it stays so");
}

log::Evidence MakeEvidence(const SeenNote& smaller, const SeenNote& larger) {
  log::Evidence out;
  out.smaller_note = crypto::AsString(smaller.bytes);
  out.larger_note = crypto::AsString(larger.bytes);
  return out;
}

// `tree` is what the larger note signed.
absl::StatusOr<log::Evidence> MakeEvidence(const SeenNote& smaller, const SeenNote& larger,
                                           const log::Tree& tree) {
  log::Evidence out = MakeEvidence(smaller, larger);
  if (smaller.size == larger.size) return out;
  QUORATE_ASSIGN_OR_RETURN(out.proof, tree.ConsistencyProof(smaller.size, larger.size));
  QUORATE_ASSIGN_OR_RETURN(out.other_root, tree.RootAt(smaller.size));
  return out;
}

// Whether this entry is what its author said under an id that was free.
bool IsTheAuthors(const ledger::Outcome& outcome) {
  return outcome.signed_by_author && outcome.refusal != ledger::RefusalCode::kRepeatedStatementId;
}

}  // namespace

absl::StatusOr<PublicSigningKey> Replica::Impl::KeyFor(const RawEntry* first) const {
  if (founded_log_key.has_value()) return *founded_log_key;
  if (!pending.empty()) first = &pending.front().raw;
  if (first != nullptr) {
    return FoundingLogKey(*first, options.organisation, options.pinned_log_key);
  }
  if (options.pinned_log_key.has_value()) return *options.pinned_log_key;
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "FOUNDING_MISSING",
                         "the log key is not known before the first entry",
                         "fetch entries from the beginning");
}

absl::StatusOr<SeenNote> Replica::Impl::OpenNote(ByteSpan bytes,
                                                 const PublicSigningKey& key) const {
  const absl::Status bad =
      ServerError(kInvalid, "BAD_NOTE", "no checkpoint of this log, or its signature does not hold",
                  "check that the server is the one of the charter");
  const absl::StatusOr<log::NoteKey> note_key = log::NoteKey::Create(
      log::OriginOf(options.organisation.span()), log::NoteKeyType::kEd25519, key);
  if (!note_key.ok()) return bad;
  const absl::StatusOr<log::SignedCheckpoint> opened =
      log::SignedCheckpoint::Open(crypto::AsText(bytes), *note_key);
  if (!opened.ok()) return bad;
  return SeenNote{Bytes(bytes.begin(), bytes.end()), opened->size(), opened->root()};
}

absl::Status Replica::Impl::AlreadyForked() const {
  return ServerError(absl::StatusCode::kDataLoss, "FORKED_LOG",
                     "the log signed two histories that cannot both be true",
                     "stop using this server and show the evidence to every organiser");
}

absl::Status Replica::Impl::Forked(log::Evidence found) {
  evidence = std::move(found);
  DropPending();
  return AlreadyForked();
}

absl::Status Replica::Impl::CheckAgainstTree(const SeenNote& seen) {
  if (target.has_value() && seen.size == target->size && seen.root != target->root) {
    return Forked(MakeEvidence(seen, *target));
  }
  if (seen.size > size() || !note.has_value()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(const Digest ours, tree.RootAt(seen.size));
  if (ours == seen.root) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(log::Evidence found,
                           MakeEvidence(seen, SeenNote{*note, size(), tree.Root()}, tree));
  return Forked(std::move(found));
}

void Replica::Impl::DropPending() {
  pending.clear();
  pending_bytes = 0;
  target.reset();
}

absl::StatusOr<std::vector<PendingEntry>> Replica::Impl::Settle(
    std::span<const RawEntry> entries) const {
  QUORATE_RETURN_IF_ERROR(CheckSizes(entries));
  std::vector<PendingEntry> out;
  out.reserve(entries.size());
  size_t bytes = pending_bytes;
  for (const RawEntry& entry : entries) {
    PendingEntry settled{entry, log::LeafHash(entry.leaf)};
    QUORATE_RETURN_IF_ERROR(SettleBody(settled.raw.leaf, settled.raw.body).status());
    bytes += settled.raw.leaf.size() + settled.raw.body.size();
    out.push_back(std::move(settled));
  }
  if (bytes > kMaxPendingBytes) {
    return ServerError(absl::StatusCode::kResourceExhausted, "TOO_MUCH_PENDING",
                       "more entries wait for their checkpoint than a replica keeps",
                       "ask the server for an earlier checkpoint first");
  }
  return out;
}

absl::StatusOr<std::optional<SeenNote>> Replica::Impl::Reached(const SeenNote& seen) {
  std::vector<const SeenNote*> covered;
  const auto add = [&](const SeenNote& one) {
    if (one.size > size() && one.size <= next_index()) covered.push_back(&one);
  };
  add(seen);
  if (target.has_value()) add(*target);
  if (covered.empty()) return std::optional<SeenNote>();
  std::sort(covered.begin(), covered.end(),
            [](const SeenNote* a, const SeenNote* b) { return a->size < b->size; });
  log::CompactRange range = edge;
  std::vector<bool> fits;
  size_t at = 0;
  for (const SeenNote* one : covered) {
    while (range.size() < one->size) range.AppendLeafHash(pending[at++].leaf_hash);
    fits.push_back(range.Root() == one->root);
  }
  const SeenNote largest = *covered.back();
  if (!fits.back()) {
    DropPending();
    return RootMismatch();
  }
  if (fits.front()) return std::optional<SeenNote>(largest);
  // The larger note signs these very entries, so the smaller one contradicts it.
  log::Tree whole = tree;
  for (size_t i = 0; i < at; ++i) whole.AppendLeafHash(pending[i].leaf_hash);
  QUORATE_ASSIGN_OR_RETURN(log::Evidence found, MakeEvidence(*covered.front(), largest, whole));
  return Forked(std::move(found));
}

absl::StatusOr<Extension> Replica::Impl::Prepare(ByteSpan note_bytes,
                                                 std::span<const RawEntry> entries,
                                                 base::WriteBatch& batch) {
  if (evidence.has_value()) return AlreadyForked();
  QUORATE_ASSIGN_OR_RETURN(std::vector<PendingEntry> settled, Settle(entries));
  QUORATE_ASSIGN_OR_RETURN(const PublicSigningKey key,
                           KeyFor(settled.empty() ? nullptr : &settled.front().raw));
  QUORATE_ASSIGN_OR_RETURN(const SeenNote seen, OpenNote(note_bytes, key));
  QUORATE_RETURN_IF_ERROR(CheckAgainstTree(seen));
  if (!settled.empty() && next_index() + settled.size() > std::max(log_size, seen.size)) {
    return ServerError(kInvalid, "BEYOND_CHECKPOINT", "entries that no checkpoint covers",
                       "ask for a checkpoint that covers them, or for fewer entries");
  }

  for (PendingEntry& entry : settled) {
    pending_bytes += entry.raw.leaf.size() + entry.raw.body.size();
    pending.push_back(std::move(entry));
  }
  log_size = std::max(log_size, seen.size);
  QUORATE_ASSIGN_OR_RETURN(std::optional<SeenNote> reached, Reached(seen));
  Extension out{size(), size(), {}, seen.size};
  if (!reached.has_value()) {
    if (seen.size > size() && (!target.has_value() || seen.size < target->size)) target = seen;
    return out;
  }
  target = *reached;  // Until it is adopted, so that it can be prepared again.
  out.to = reached->size;
  out.checkpoint_note = std::move(reached->bytes);
  for (uint64_t index = out.from; index < out.to; ++index) {
    const RawEntry& raw = pending[index - out.from].raw;
    batch.Append({index, raw.leaf, ToStoredBody(raw.body)});
  }
  batch.SetCheckpoint(out.checkpoint_note);
  return out;
}

AppliedEntry Replica::Impl::Apply(const RawEntry& raw, const Digest& leaf_hash) {
  AppliedEntry out;
  const uint64_t index = size();
  // Before the leaf is in the tree: nobody can have verified a tree that holds their own entry.
  out.entry = wire::ReadEntry(index, raw.leaf, raw.body, options.keys,
                              [this](uint64_t claimed_size, const Digest& claimed) {
                                const absl::StatusOr<Digest> root = tree.RootAt(claimed_size);
                                return root.ok() && *root == claimed;
                              });
  out.outcome = ledger.Apply(out.entry);
  tree.AppendLeafHash(leaf_hash);
  edge.AppendLeafHash(leaf_hash);
  EntryRecord record{index, leaf_hash, {}, out.outcome};
  by_leaf.emplace(leaf_hash, index);
  if (out.entry.header.has_value()) {
    record.body_digest = out.entry.header->body_digest;
    if (IsTheAuthors(out.outcome)) {
      by_statement.emplace(std::pair(out.entry.header->author, out.entry.header->statement_id),
                           index);
    }
  }
  records.push_back(std::move(record));
  return out;
}

absl::StatusOr<Extension> Replica::PrepareExtend(ByteSpan checkpoint_note,
                                                 std::span<const RawEntry> entries,
                                                 base::WriteBatch& batch) {
  return impl_->Prepare(checkpoint_note, entries, batch);
}

absl::StatusOr<ExtendResult> Replica::Adopt(const Extension& extension) {
  Impl& impl = *impl_;
  const bool next =
      extension.from == impl.size() && extension.to >= extension.from &&
      extension.to <= impl.next_index() &&
      (!extension.advances() || (impl.target.has_value() && impl.target->size == extension.to &&
                                 impl.target->bytes == extension.checkpoint_note));
  if (!next) {
    return base::MakeError(absl::StatusCode::kAborted, "STALE_EXTENSION",
                           "this is not the replica's next step", "prepare the step again");
  }
  ExtendResult out;
  while (impl.size() < extension.to) {
    const PendingEntry entry = std::move(impl.pending.front());
    impl.pending.pop_front();
    impl.pending_bytes -= entry.raw.leaf.size() + entry.raw.body.size();
    if (impl.size() == 0) {
      QUORATE_ASSIGN_OR_RETURN(
          impl.founded_log_key,
          FoundingLogKey(entry.raw, impl.options.organisation, impl.options.pinned_log_key));
    }
    out.applied.push_back(impl.Apply(entry.raw, entry.leaf_hash));
  }
  if (extension.advances()) {
    impl.note = extension.checkpoint_note;
    impl.target.reset();
  }
  out.size = impl.size();
  out.next_wanted = impl.next_index();
  out.log_size = impl.log_size;
  out.note_size = extension.note_size;
  return out;
}

absl::StatusOr<ExtendResult> Replica::Extend(ByteSpan checkpoint_note,
                                             std::span<const RawEntry> entries) {
  base::WriteBatch batch;
  QUORATE_ASSIGN_OR_RETURN(const Extension extension,
                           PrepareExtend(checkpoint_note, entries, batch));
  if (!batch.empty()) QUORATE_RETURN_IF_ERROR(impl_->store->Commit(batch));
  return Adopt(extension);
}

absl::Status Replica::CheckNote(ByteSpan checkpoint_note) {
  if (impl_->evidence.has_value()) return impl_->AlreadyForked();
  QUORATE_ASSIGN_OR_RETURN(const PublicSigningKey key, impl_->KeyFor(nullptr));
  QUORATE_ASSIGN_OR_RETURN(const SeenNote seen, impl_->OpenNote(checkpoint_note, key));
  return impl_->CheckAgainstTree(seen);
}

}  // namespace quorate::replica
