#ifndef QUORATE_CUSTODY_SERVER_ADMIN_SERVICE_H_
#define QUORATE_CUSTODY_SERVER_ADMIN_SERVICE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "custody/server/data_folder.h"
#include "custody/store/store.h"
#include "quorate/log/v1/admin.pb.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace quorate::server {

struct AdminHooks {
  std::function<absl::StatusOr<quorate::log::v1::ServerStatus>()> describe;
  store::Store* store = nullptr;
  const DataFolder* data = nullptr;
};

// proto/quorate/log/v1/admin.proto. Whoever reaches it may do all of it: it is for a socket that
// answers one user. A call holds a thread.
std::unique_ptr<grpc::Service> MakeAdminService(AdminHooks hooks);

// The other end of the socket. Unavailable NOT_RUNNING where nobody answers.
[[nodiscard]] absl::StatusOr<quorate::log::v1::ServerStatus> AskForStatus(const DataFolder& data);
// Returns once the backup is complete. `to` is absolute.
[[nodiscard]] absl::Status AskForBackup(const DataFolder& data, const std::string& to,
                                        const store::Store::Progress& progress);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_ADMIN_SERVICE_H_
