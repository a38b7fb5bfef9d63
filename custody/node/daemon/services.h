#ifndef QUORATE_CUSTODY_NODE_DAEMON_SERVICES_H_
#define QUORATE_CUSTODY_NODE_DAEMON_SERVICES_H_

#include <memory>
#include <vector>

#include "custody/node/daemon/runtime.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace quorate::node {

// The services of proto/quorate/node/v1 on one runtime, which outlives them. They answer the node's
// own person alone (the socket sees to that) and block the thread they run on, which is why they
// are not for many callers.
std::unique_ptr<grpc::Service> MakeNodeService(Runtime* runtime);
std::unique_ptr<grpc::Service> MakeCharterService(Runtime* runtime);
std::unique_ptr<grpc::Service> MakeVaultService(Runtime* runtime);
std::unique_ptr<grpc::Service> MakeAccountService(Runtime* runtime);
std::unique_ptr<grpc::Service> MakeRequestService(Runtime* runtime);

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_SERVICES_H_
