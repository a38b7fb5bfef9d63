#include "custody/server/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <utility>

#include "custody/base/clock.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/server/custodian.h"
#include "custody/server/refusals.h"
#include "custody/store/sqlite_store.h"
#include "custody/wire/statement.h"

namespace quorate::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxKeyBytes = 64;
constexpr size_t kMaxSettingBytes = 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Everything for the store's file but what SQLite itself would do.
absl::Status CopyFile(const std::string& from, const std::string& to) {
  const Descriptor in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) return base::ErrnoError(errno, "cannot open", from);
  const Descriptor out(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) return base::ErrnoError(errno, "cannot create", to);
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = read(in.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::ErrnoError(errno, "cannot read", from);
    if (got == 0) break;
    for (ssize_t at = 0; at < got;) {
      const ssize_t put = write(out.get(), buffer.data() + at, static_cast<size_t>(got - at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return base::ErrnoError(errno, "cannot write", to);
      at += put;
    }
  }
  return fsync(out.get()) == 0 ? absl::OkStatus() : base::ErrnoError(errno, "cannot sync", to);
}

absl::Status CopyKeysAndSettings(const DataFolder& from, const DataFolder& to) {
  for (auto path : {&DataFolder::tls_key, &DataFolder::log_key}) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Secret key,
                             keystore::ReadSecretFile((from.*path)(), kMaxKeyBytes));
    QUORATE_RETURN_IF_ERROR(base::CreateFileExclusively((to.*path)(), key.Reveal()));
  }
  for (auto path : {&DataFolder::listen, &DataFolder::advertise, &DataFolder::address}) {
    absl::StatusOr<crypto::Bytes> setting = base::ReadFile((from.*path)(), kMaxSettingBytes);
    if (absl::IsNotFound(setting.status())) continue;
    QUORATE_RETURN_IF_ERROR(setting.status());
    QUORATE_RETURN_IF_ERROR(base::CreateFileExclusively((to.*path)(), *setting));
  }
  return absl::OkStatus();
}

absl::Status TargetExists() {
  return base::MakeError(absl::StatusCode::kAlreadyExists, "TARGET_EXISTS",
                         "there is something at that path already", "choose a new one");
}

// Only an empty folder may lie where a new one goes: renaming over it loses nothing.
absl::Status CheckFree(const std::string& path) {
  std::error_code error;
  const fs::file_status found = fs::symlink_status(path, error);
  if (found.type() == fs::file_type::not_found) return absl::OkStatus();
  if (found.type() == fs::file_type::directory && fs::is_empty(path, error) && !error) {
    return absl::OkStatus();
  }
  return TargetExists();
}

// Fills a folder beside `to` with `fill`, verifies it and gives it its name; or leaves nothing.
absl::StatusOr<Verified> MakeFolder(const std::string& to,
                                    const std::function<absl::Status(const DataFolder&)>& fill) {
  std::string path = to;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  QUORATE_RETURN_IF_ERROR(CheckFree(path));
  const DataFolder temporary(path + ".tmp." + std::to_string(getpid()));
  std::error_code ignored;
  fs::remove_all(temporary.path(), ignored);  // What a crash left.
  auto make = [&]() -> absl::StatusOr<Verified> {
    QUORATE_RETURN_IF_ERROR(base::MakePrivateFolder(temporary.path()));
    QUORATE_RETURN_IF_ERROR(fill(temporary));
    QUORATE_ASSIGN_OR_RETURN(Verified verified, VerifyFolder(temporary));
    QUORATE_RETURN_IF_ERROR(base::RemoveFile(temporary.database() + ".lock"));
    // RenameFile replaces; a folder with something in it, the kernel does not.
    QUORATE_RETURN_IF_ERROR(CheckFree(path));
    QUORATE_RETURN_IF_ERROR(base::RenameFile(temporary.path(), path));
    return verified;
  };
  absl::StatusOr<Verified> made = make();
  if (!made.ok()) fs::remove_all(temporary.path(), ignored);
  return made;
}

// What the store cannot know: bodies have the digests that their headers name, and what statements
// refer to is there. A body that was erased is no damage.
absl::Status CheckEntries(store::Store& store, const Custodian::LogSummary& log) {
  for (uint64_t next = 0; next < log.tip.size;) {
    QUORATE_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> entries,
                             store.ReadEntries(log.id, next, kMaxPageEntries, kMaxPageBytes));
    if (entries.empty()) return Damaged("an entry is missing");
    for (const store::StoredEntry& entry : entries) {
      const auto leaf = wire::DecodeLeaf(entry.leaf);
      const auto header = leaf.ok() ? wire::DecodeHeader(leaf->header) : leaf.status();
      if (!header.ok()) return Damaged("an entry is malformed");
      if (!entry.body.empty() && crypto::Sha256(entry.body) != header->body_digest) {
        return Damaged("an entry's body is not the one that was signed");
      }
      for (const ledger::BlobRef& blob : header->blobs) {
        QUORATE_ASSIGN_OR_RETURN(std::optional<uint64_t> length,
                                 store.BlobLength(log.id, blob.digest));
        if (length != blob.length) return Damaged("bytes that an entry refers to are missing");
      }
    }
    next += entries.size();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Verified> VerifyFolder(const DataFolder& folder) {
  QUORATE_ASSIGN_OR_RETURN(ServerKeys keys, ReadKeys(folder));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<store::SqliteStore> store,
                           store::SqliteStore::Open(folder.database()));
  QUORATE_RETURN_IF_ERROR(store->Check());
  base::SystemClock clock;
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<Custodian> custodian,
      Custodian::Open({store.get(), &clock, std::move(keys.log_seed), keys.certificate.digest()}));
  QUORATE_ASSIGN_OR_RETURN(std::vector<Custodian::LogSummary> logs, custodian->Summarise());
  Verified verified{logs.size(), 0};
  for (const Custodian::LogSummary& log : logs) {
    QUORATE_RETURN_IF_ERROR(CheckEntries(*store, log));
    verified.entries += log.tip.size;
  }
  return verified;
}

absl::StatusOr<Verified> WriteBackup(store::Store& store, const DataFolder& data,
                                     const std::string& to,
                                     const store::Store::Progress& progress) {
  return MakeFolder(to, [&](const DataFolder& folder) -> absl::Status {
    QUORATE_RETURN_IF_ERROR(CopyKeysAndSettings(data, folder));
    return store.Backup(folder.database(), progress);
  });
}

absl::StatusOr<Verified> RestoreBackup(const std::string& from, const DataFolder& data) {
  const DataFolder backup(from);
  QUORATE_ASSIGN_OR_RETURN(bool has_store, base::FileExists(backup.database()));
  // With a write-ahead log beside it the file alone is not all there is.
  QUORATE_ASSIGN_OR_RETURN(bool is_live, base::FileExists(backup.database() + "-wal"));
  if (!has_store || is_live) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_A_BACKUP",
                           "that folder was not made by quorate-server backup",
                           "give the folder of a backup");
  }
  return MakeFolder(data.path(), [&](const DataFolder& folder) -> absl::Status {
    QUORATE_RETURN_IF_ERROR(CopyKeysAndSettings(backup, folder));
    return CopyFile(backup.database(), folder.database());
  });
}

}  // namespace quorate::server
