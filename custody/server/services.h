#ifndef QUORATE_CUSTODY_SERVER_SERVICES_H_
#define QUORATE_CUSTODY_SERVER_SERVICES_H_

#include <memory>

#include "custody/base/clock.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace quorate::server {

class Door;

inline constexpr char kVersion[] = "0.1.0";

// The services of proto/quorate/log/v1 on one custodian, through its door. What is passed outlives
// them. All use gRPC's callback API: a call that waits holds no thread.
std::unique_ptr<grpc::Service> MakeLogService(Door* door, const base::Clock* clock);
std::unique_ptr<grpc::Service> MakeBlobService(Door* door);
std::unique_ptr<grpc::Service> MakeFoundingService(Door* door, const base::Clock* clock);
std::unique_ptr<grpc::Service> MakeStatusService(Door* door, const base::Clock* clock);

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_SERVICES_H_
