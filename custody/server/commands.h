#ifndef QUORATE_CUSTODY_SERVER_COMMANDS_H_
#define QUORATE_CUSTODY_SERVER_COMMANDS_H_

#include <string>

#include "absl/status/status.h"

namespace quorate::server {

struct Flags {
  std::string data;
  std::string listen;
  std::string advertise;
  std::string to;
  std::string from;
  bool reflection = false;
  bool json = false;
};

// The commands of quorate-server. Each prints its answer on standard output, with --json as one
// object on one line.
[[nodiscard]] absl::Status Init(const Flags& flags);
// Runs until SIGTERM or SIGINT. Cancelled where it was SIGINT.
[[nodiscard]] absl::Status Serve(const Flags& flags);
[[nodiscard]] absl::Status PrintInvite(const Flags& flags);
[[nodiscard]] absl::Status CheckStore(const Flags& flags);
[[nodiscard]] absl::Status Backup(const Flags& flags);
[[nodiscard]] absl::Status Restore(const Flags& flags);
[[nodiscard]] absl::Status PrintStatus(const Flags& flags);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_COMMANDS_H_
