#ifndef QUORATE_CUSTODY_SERVER_SERVER_H_
#define QUORATE_CUSTODY_SERVER_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "custody/base/clock.h"
#include "custody/net/certificate.h"
#include "custody/server/custodian.h"
#include "custody/server/data_folder.h"
#include "custody/store/store.h"
#include "quorate/log/v1/admin.pb.h"

namespace quorate::server {

// A custodian on the network: TLS 1.3 on one port and, where there is a data folder, the operator's
// socket in it. Needs net::PrepareTransport. Thread-safe.
class Server {
 public:
  struct Options {
    Custodian* custodian = nullptr;
    store::Store* store = nullptr;
    const base::Clock* clock = nullptr;
    const net::Certificate* certificate = nullptr;
    std::string listen;  // Host and port; port 0 takes any.
    Limits limits = {};
    // Describes the services to whoever asks, whether a member or not.
    bool reflection = false;
    const DataFolder* data = nullptr;  // Or null: no operator's socket.
  };
  // What is passed outlives it. Unavailable CANNOT_LISTEN, REFLECTION_MISSING.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  // Stops.
  ~Server();

  // Where it listens, with the port it took.
  const std::string& address() const { return address_; }
  [[nodiscard]] absl::StatusOr<pb::ServerStatus> Describe() const;

  // Ends the followers' streams, answers what is under way, and goes: within three seconds.
  void Stop();

 private:
  struct Parts;
  explicit Server(const Options& options);
  absl::Status Listen();
  absl::Status ListenForOperator();

  const Options options_;
  std::string address_;
  int64_t start_time_ms_ = 0;
  std::unique_ptr<Parts> parts_;
};

// What a store holds, for an operator: of a running server or of one that is stopped.
[[nodiscard]] absl::StatusOr<pb::ServerStatus> DescribeStore(Custodian& custodian,
                                                             const base::Clock& clock,
                                                             const DataFolder* data);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_SERVER_H_
