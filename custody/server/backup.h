#ifndef QUORATE_CUSTODY_SERVER_BACKUP_H_
#define QUORATE_CUSTODY_SERVER_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "custody/server/data_folder.h"
#include "custody/store/store.h"

namespace quorate::server {

// A backup is a folder like a server's own, for its owner alone: it holds the keys. Both ways the
// whole is written beside its place, verified there, made durable and then renamed, so a folder of
// that name is complete.

struct Verified {
  uint64_t organisations = 0;
  uint64_t entries = 0;
};

// Reads everything: the store's structure, every log against its last checkpoint, this against the
// log's key and charter, every body and blob against its digest. DataLoss STORE_DAMAGED;
// FailedPrecondition ALREADY_RUNNING where a server has it open.
[[nodiscard]] absl::StatusOr<Verified> VerifyFolder(const DataFolder& folder);

// Copies the server of `data`, whose open store is `store`, to the new folder `to`, whose parent
// must exist. AlreadyExists TARGET_EXISTS where there is something.
[[nodiscard]] absl::StatusOr<Verified> WriteBackup(store::Store& store, const DataFolder& data,
                                                   const std::string& to,
                                                   const store::Store::Progress& progress);

// Makes the server's folder `data` from the backup `from`, which stays as it is. AlreadyExists
// TARGET_EXISTS where there is something in `data`; FailedPrecondition NOT_A_BACKUP.
[[nodiscard]] absl::StatusOr<Verified> RestoreBackup(const std::string& from,
                                                     const DataFolder& data);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_BACKUP_H_
