#ifndef QUORATE_CUSTODY_SERVER_DOOR_H_
#define QUORATE_CUSTODY_SERVER_DOOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/statusor.h"
#include "custody/net/listener.h"
#include "custody/server/callers.h"
#include "custody/server/custodian.h"
#include "custody/server/refusals.h"
#include "custody/wire/bounded_message.h"
#include "custody/wire/grpc_status.h"

namespace quorate::server {

struct Member {
  crypto::PublicSigningKey key;
  ledger::OrganisationId organisation;
};

// Lets calls in: by key, by rate, by membership, in this order, all in memory. Thread-safe.
class Door {
 public:
  // Both outlive it.
  Door(Custodian* custodian, Callers* callers) : custodian_(*custodian), callers_(*callers) {}

  // Founding and Status answer anyone who has a key and calls within bounds.
  template <typename Request>
  absl::StatusOr<crypto::PublicSigningKey> Anyone(const grpc::CallbackServerContext& context,
                                                  const Request& request) {
    absl::StatusOr<crypto::PublicSigningKey> key = net::PeerKey(*context.auth_context());
    if (!key.ok()) return key;
    absl::Status admitted = callers_.AdmitCall(*key, request.ByteSizeLong());
    return admitted.ok() ? key : admitted;
  }

  template <typename Request>
  absl::StatusOr<Member> MemberOf(const grpc::CallbackServerContext& context,
                                  const Request& request) {
    absl::StatusOr<crypto::PublicSigningKey> key = Anyone(context, request);
    if (!key.ok()) return key.status();
    const auto id = ledger::OrganisationId::FromBytes(crypto::AsBytes(request.organisation()));
    if (!id.has_value()) return Malformed();
    absl::Status member = custodian_.CheckMember(*id, *key);
    if (!member.ok()) return member;
    return Member{*key, *id};
  }

  Custodian& custodian() { return custodian_; }
  Callers& callers() { return callers_; }

 private:
  Custodian& custodian_;
  Callers& callers_;
};

// Ends a unary call now.
inline grpc::ServerUnaryReactor* Ended(grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(wire::ToGrpcStatus(status));
  return reactor;
}

// Answers a unary call of which the bytes are here: reads them no further than a request may go.
template <typename Request, typename Response, typename Body>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const grpc::ByteBuffer& in,
                                 grpc::ByteBuffer& out, Body body) {
  Request request;
  Response response;
  absl::Status status = wire::ReadMessage(in, request);
  if (status.ok()) status = body(request, response);
  if (status.ok()) status = wire::WriteMessage(response, out);
  return Ended(context, status);
}

}  // namespace quorate::server

#endif  // QUORATE_CUSTODY_SERVER_DOOR_H_
