#ifndef QUORATE_CUSTODY_SERVER_SERVICES_H_
#define QUORATE_CUSTODY_SERVER_SERVICES_H_

#include <memory>

#include "custody/server/custodian.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace quorate::server {

// The services of proto/quorate/log/v1 on one custodian, which outlives them. Each call and each
// open stream holds a thread; the server's quota of threads bounds them.
std::unique_ptr<grpc::Service> MakeLogService(Custodian* custodian);
std::unique_ptr<grpc::Service> MakeBlobService(Custodian* custodian);
std::unique_ptr<grpc::Service> MakeFoundingService(Custodian* custodian);
std::unique_ptr<grpc::Service> MakeStatusService(Custodian* custodian, const base::Clock* clock);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_SERVICES_H_
