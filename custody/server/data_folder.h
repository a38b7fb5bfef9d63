#ifndef QUORATE_CUSTODY_SERVER_DATA_FOLDER_H_
#define QUORATE_CUSTODY_SERVER_DATA_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/secret.h"
#include "custody/net/certificate.h"

namespace quorate::server {

// Where a server's files are: keys (which make it the server that charters pin), settings, the
// store and the operator's socket.
class DataFolder {
 public:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string tls_key() const { return path_ + "/tls.key"; }
  std::string log_key() const { return path_ + "/log.key"; }
  std::string database() const { return path_ + "/server.db"; }
  std::string listen() const { return path_ + "/listen"; }
  std::string advertise() const { return path_ + "/advertise"; }
  std::string address() const { return path_ + "/address"; }  // Where it listened last.
  std::string admin_socket() const { return path_ + "/admin.sock"; }

 private:
  std::string path_;
};

struct ServerKeys {
  net::Certificate certificate;
  crypto::Secret log_seed;
};

// Makes keys and settings. AlreadyExists where there are keys: they are never replaced.
[[nodiscard]] absl::Status InitFolder(const DataFolder& folder, const std::string& listen,
                                      const std::string& advertise);

// FailedPrecondition NOT_INITIALISED, DataLoss STORE_DAMAGED.
[[nodiscard]] absl::StatusOr<ServerKeys> ReadKeys(const DataFolder& folder);

// A small text without its line end.
[[nodiscard]] absl::StatusOr<std::string> ReadSetting(const std::string& path);

// Where to listen. Port 0 takes any the first time and the same one from then on: nodes look for
// the server where they were invited to.
[[nodiscard]] absl::StatusOr<std::string> ReadListenAddress(const DataFolder& folder);

// What is told to people: certificate and the advertised address, or the one it listens on.
[[nodiscard]] absl::StatusOr<std::string> ReadInvite(const DataFolder& folder);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_DATA_FOLDER_H_
