// How a replica comes back from its store.
#include <string_view>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/replica/entry_check.h"
#include "custody/replica/replica_impl.h"

namespace quorate::replica {
namespace {

absl::Status Damaged(std::string_view what) {
  return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED", what,
                         "set this store aside and fetch the log again");
}

}  // namespace

template <typename Visit>
absl::Status Replica::Impl::ForEachStored(uint64_t stored_size, Visit visit) const {
  uint64_t next = 0;
  while (next < stored_size) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeEntry> page,
                             store->ReadEntries(next, kLoadEntries, kLoadBytes));
    if (page.empty()) return Damaged("entries are missing from the store");
    for (base::NodeEntry& entry : page) {
      if (entry.index != next) return Damaged("the store's entries are out of order");
      RawEntry raw{std::move(entry.leaf), std::move(entry.body)};
      if (!SettleBody(raw.leaf, raw.body).ok()) {
        return Damaged("a stored body is not the one that its author signed");
      }
      QUORATE_RETURN_IF_ERROR(visit(raw));
      ++next;
    }
  }
  return absl::OkStatus();
}

// Before anything is applied: whoever watches sees nothing that the log did not sign.
absl::Status Replica::Impl::VerifyStored(uint64_t stored_size) {
  log::CompactRange range;
  QUORATE_RETURN_IF_ERROR(ForEachStored(stored_size, [&](const RawEntry& raw) -> absl::Status {
    if (range.size() == 0) {
      QUORATE_ASSIGN_OR_RETURN(founded_log_key,
                               FoundingLogKey(raw, options.organisation, options.pinned_log_key));
    }
    range.Append(raw.leaf);
    return absl::OkStatus();
  }));
  const absl::StatusOr<SeenNote> seen = OpenNote(*note, *founded_log_key);
  if (!seen.ok() || seen->size != stored_size || seen->root != range.Root()) {
    return Damaged("the stored entries are not what the stored checkpoint signs");
  }
  return absl::OkStatus();
}

absl::Status Replica::Impl::Load() {
  QUORATE_ASSIGN_OR_RETURN(const uint64_t stored_size, store->Size());
  QUORATE_ASSIGN_OR_RETURN(note, store->Checkpoint());
  if (note.has_value() != (stored_size > 0)) {
    return Damaged("the store has a checkpoint without entries, or entries without a checkpoint");
  }
  if (stored_size == 0) return absl::OkStatus();
  QUORATE_RETURN_IF_ERROR(VerifyStored(stored_size));
  QUORATE_RETURN_IF_ERROR(ForEachStored(stored_size, [&](const RawEntry& raw) {
    const AppliedEntry applied = Apply(raw, log::LeafHash(raw.leaf));
    if (options.observer) options.observer(applied.entry, applied.outcome);
    return absl::OkStatus();
  }));
  log_size = stored_size;
  return absl::OkStatus();
}

absl::StatusOr<Replica> Replica::Open(base::NodeStoreInterface* store, ReplicaOptions options) {
  auto impl = std::make_unique<Impl>(store, std::move(options));
  QUORATE_RETURN_IF_ERROR(impl->Load());
  return Replica(std::move(impl));
}

}  // namespace quorate::replica
