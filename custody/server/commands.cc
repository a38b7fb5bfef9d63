#include "custody/server/commands.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/net/unix_socket.h"
#include "custody/server/admin_service.h"
#include "custody/server/backup.h"
#include "custody/server/refusals.h"
#include "custody/server/server.h"
#include "custody/store/sqlite_store.h"

namespace quorate::server {
namespace {

constexpr timespec kSweepInterval = {600, 0};
// A connection of each follower, and the rest.
constexpr rlim_t kDescriptors = 8192;

// A store that no server has open, and what is in it.
struct Stopped {
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<Custodian> custodian;
};

absl::StatusOr<Stopped> Open(const DataFolder& folder, ServerKeys keys, const base::Clock& clock) {
  Stopped out;
  QUORATE_ASSIGN_OR_RETURN(out.store, store::SqliteStore::Open(folder.database()));
  QUORATE_ASSIGN_OR_RETURN(out.custodian,
                           Custodian::Open({out.store.get(), &clock, std::move(keys.log_seed),
                                            keys.certificate.digest()}));
  return out;
}

bool IsRunning(const absl::Status& status) { return base::GetReason(status) == "ALREADY_RUNNING"; }

// SQLite takes an empty file for a new store, and a server that has served would begin anew.
absl::Status CheckNotEmptied(const DataFolder& folder) {
  QUORATE_ASSIGN_OR_RETURN(const bool has_served, base::FileExists(folder.address()));
  std::error_code error;
  const auto size = std::filesystem::file_size(folder.database(), error);
  if (!has_served || (!error && size > 0)) return absl::OkStatus();
  return Damaged(folder.database() + " is empty or gone, though this server has served");
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) return;
  limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Sweeps until a signal comes; which.
int WaitForSignal(const sigset_t& signals, Custodian& custodian) {
  while (true) {
    if (absl::Status swept = custodian.Sweep(); !swept.ok()) {
      std::fprintf(stderr, "quorate-server: old drafts and blobs stay: %s\n",
                   std::string(swept.message()).c_str());
    }
    const int got = sigtimedwait(&signals, nullptr, &kSweepInterval);
    if (got > 0) return got;
  }
}

// On a terminal, where somebody waits.
void ShowProgress(uint64_t done, uint64_t total) {
  if (isatty(STDERR_FILENO) == 0 || total == 0) return;
  std::fprintf(stderr, "\r%3" PRIu64 " %%", done * 100 / total);
  if (done == total) std::fprintf(stderr, "\n");
}

std::string TimeText(int64_t time_ms) {
  if (time_ms <= 0) return "never";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(time_ms),
                          absl::UTCTimeZone());
}

void PrintForPeople(const pb::ServerStatus& status) {
  constexpr double kMebibyte = 1 << 20;
  if (status.running()) {
    std::printf(
        "quorate-server %s, listening on %s, up %s\n", status.version().c_str(),
        status.listening().c_str(),
        absl::FormatDuration(absl::Seconds((status.time_ms() - status.start_time_ms()) / 1000))
            .c_str());
  } else {
    std::printf("quorate-server %s, stopped\n", status.version().c_str());
  }
  std::printf("store %.1f MiB, %.0f MiB free on the disk\n",
              static_cast<double>(status.store_bytes()) / kMebibyte,
              static_cast<double>(status.disk_free_bytes()) / kMebibyte);
  if (status.running()) {
    std::printf("%u callers lately, %u open streams\n", status.callers(), status.streams());
  }
  std::printf("%u drafts, %d organisations\n", status.drafts(), status.organisations_size());
  for (const pb::OrganisationStatus& one : status.organisations()) {
    std::printf("  %.16s  %" PRIu64 " entries, the last at %s, %.1f MiB of blobs, root %.16s\n",
                one.id().c_str(), one.entries(), TimeText(one.last_entry_time_ms()).c_str(),
                static_cast<double>(one.blob_bytes()) / kMebibyte, one.root().c_str());
  }
}

// No text in it needs escapes: digits, hexadecimal and an address.
void PrintAsJson(const pb::ServerStatus& status) {
  std::printf("{\"running\":%s,\"version\":\"%s\",\"listening\":\"%s\",\"time_ms\":%" PRId64
              ",\"start_time_ms\":%" PRId64
              ",\"drafts\":%u,\"callers\":%u,\"streams\":%u"
              ",\"store_bytes\":%" PRIu64 ",\"disk_free_bytes\":%" PRIu64 ",\"organisations\":[",
              status.running() ? "true" : "false", status.version().c_str(),
              status.listening().c_str(), status.time_ms(), status.start_time_ms(), status.drafts(),
              status.callers(), status.streams(), status.store_bytes(), status.disk_free_bytes());
  const char* separator = "";
  for (const pb::OrganisationStatus& one : status.organisations()) {
    std::printf("%s{\"id\":\"%s\",\"entries\":%" PRIu64 ",\"last_entry_time_ms\":%" PRId64
                ",\"root\":\"%s\",\"blob_bytes\":%" PRIu64 "}",
                separator, one.id().c_str(), one.entries(), one.last_entry_time_ms(),
                one.root().c_str(), one.blob_bytes());
    separator = ",";
  }
  std::printf("]}\n");
}

void PrintVerified(const Flags& flags, const char* member, const char* words,
                   const Verified& verified) {
  if (flags.json) {
    std::printf("{\"%s\":true,\"organisations\":%" PRIu64 ",\"entries\":%" PRIu64 "}\n", member,
                verified.organisations, verified.entries);
  } else {
    std::printf("%s: %" PRIu64 " organisations, %" PRIu64 " entries\n", words,
                verified.organisations, verified.entries);
  }
}

}  // namespace

absl::Status Init(const Flags& flags) {
  QUORATE_RETURN_IF_ERROR(InitFolder(DataFolder(flags.data), flags.listen, flags.advertise));
  std::printf("%s",
              flags.json ? "{\"initialised\":true}\n" : "keys made; next: quorate-server serve\n");
  return absl::OkStatus();
}

absl::Status PrintInvite(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(std::string invite, ReadInvite(DataFolder(flags.data)));
  std::printf(flags.json ? "{\"invite\":\"%s\"}\n" : "%s\n", invite.c_str());
  return absl::OkStatus();
}

absl::Status Serve(const Flags& flags) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  const DataFolder folder(flags.data);
  QUORATE_ASSIGN_OR_RETURN(ServerKeys keys, ReadKeys(folder));
  const net::Certificate certificate = std::move(keys.certificate);
  QUORATE_ASSIGN_OR_RETURN(std::string listen, ReadListenAddress(folder));
  QUORATE_RETURN_IF_ERROR(CheckNotEmptied(folder));
  base::SystemClock clock;
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<store::SqliteStore> store,
                           store::SqliteStore::Open(folder.database()));
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<Custodian> custodian,
      Custodian::Open({store.get(), &clock, std::move(keys.log_seed), certificate.digest()}));
  Server::Options options;
  options.custodian = custodian.get();
  options.store = store.get();
  options.clock = &clock;
  options.certificate = &certificate;
  options.listen = listen;
  options.reflection = flags.reflection;
  if (folder.admin_socket().size() <= net::kMaxSocketPathBytes) {
    options.data = &folder;
  } else {
    std::fprintf(stderr,
                 "quorate-server: the folder's path is too long for a socket: backup and status "
                 "will need a stopped server\n");
  }
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<Server> server, Server::Start(options));
  const std::string& address = server->address();
  QUORATE_RETURN_IF_ERROR(base::WriteFileAtomically(folder.address(), crypto::AsBytes(address)));
  std::printf(flags.json ? "{\"listening\":\"%s\"}\n" : "listening on %s\n", address.c_str());
  std::fflush(stdout);
  const int signal = WaitForSignal(signals, *custodian);
  server->Stop();
  return signal == SIGINT ? absl::CancelledError("interrupted") : absl::OkStatus();
}

absl::Status CheckStore(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(Verified verified, VerifyFolder(DataFolder(flags.data)));
  PrintVerified(flags, "sound", "sound: every log adds up to its checkpoint", verified);
  return absl::OkStatus();
}

absl::Status Backup(const Flags& flags) {
  const DataFolder folder(flags.data);
  QUORATE_RETURN_IF_ERROR(ReadKeys(folder).status());
  std::error_code error;
  // The server may stand in another folder.
  const std::string to = std::filesystem::absolute(flags.to, error).string();
  if (error) return base::ErrnoError(error.value(), "cannot find", flags.to);
  auto store = store::SqliteStore::Open(folder.database());
  if (store.ok()) {
    QUORATE_RETURN_IF_ERROR(WriteBackup(**store, folder, to, ShowProgress).status());
  } else if (IsRunning(store.status())) {
    QUORATE_RETURN_IF_ERROR(AskForBackup(folder, to, ShowProgress));
  } else {
    return store.status();
  }
  std::printf("%s", flags.json ? "{\"backed_up\":true}\n"
                               : "backed up and verified; it holds the server's keys: guard it\n");
  return absl::OkStatus();
}

absl::Status Restore(const Flags& flags) {
  QUORATE_ASSIGN_OR_RETURN(Verified verified, RestoreBackup(flags.from, DataFolder(flags.data)));
  PrintVerified(flags, "restored", "restored and verified", verified);
  std::fprintf(stderr,
               "Nodes that saw a newer log than this will notice that entries are gone, and stop: "
               "tell the group before you start it.\n");
  return absl::OkStatus();
}

absl::Status PrintStatus(const Flags& flags) {
  const DataFolder folder(flags.data);
  QUORATE_ASSIGN_OR_RETURN(ServerKeys keys, ReadKeys(folder));
  base::SystemClock clock;
  pb::ServerStatus status;
  auto stopped = Open(folder, std::move(keys), clock);
  if (stopped.ok()) {
    QUORATE_ASSIGN_OR_RETURN(status, DescribeStore(*stopped->custodian, clock, &folder));
  } else if (IsRunning(stopped.status())) {
    QUORATE_ASSIGN_OR_RETURN(status, AskForStatus(folder));
  } else {
    return stopped.status();
  }
  flags.json ? PrintAsJson(status) : PrintForPeople(status);
  return absl::OkStatus();
}

}  // namespace quorate::server
