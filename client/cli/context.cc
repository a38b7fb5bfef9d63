#include "client/cli/context.h"

#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/wrap.h"

namespace quorate::cli {

absl::StatusOr<v1::SealedSecret> SealForNode(Context& context, const crypto::Secret& passphrase) {
  QUORATE_ASSIGN_OR_RETURN(v1::Session session, context.node.CreateSession({}));
  std::optional<crypto::Point> key =
      crypto::Point::FromBytes(crypto::AsBytes(session.public_key()));
  if (!key.has_value() || key->IsIdentity()) {
    return base::MakeError(absl::StatusCode::kDataLoss, "BAD_SESSION",
                           "the node gave a key that is none", "restart it: quorate node stop");
  }
  const crypto::Digest bound_to = crypto::Sha256(crypto::AsBytes(session.session_id()));
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes sealed,
                           crypto::Seal(*key, bound_to, passphrase, context.random));
  v1::SealedSecret out;
  out.set_session_id(session.session_id());
  out.set_sealed(crypto::AsString(sealed));
  return out;
}

absl::Status Unlock(Context& context, const crypto::Secret& passphrase) {
  v1::UnlockRequest request;
  QUORATE_ASSIGN_OR_RETURN(*request.mutable_passphrase(), SealForNode(context, passphrase));
  return context.node.Unlock(request).status();
}

absl::Status UnlockIfGiven(Context& context, const std::string& file) {
  if (file.empty()) return absl::OkStatus();
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus before, context.node.GetStatus({}));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase, GetPassphrase(context.terminal, file, ""));
  QUORATE_RETURN_IF_ERROR(Unlock(context, passphrase));
  if (!before.unlocked()) {
    context.out.Remark("Your node is unlocked from now on; to shut it again: quorate lock\n");
  }
  return absl::OkStatus();
}

absl::Status UnlockByAsking(Context& context) {
  if (!context.terminal.interactive()) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "LOCKED",
                           "your node is locked, and this needs your keys",
                           "quorate unlock --passphrase-file FILE, or give --passphrase-file here");
  }
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Secret passphrase,
      GetPassphrase(context.terminal, "", "Your node is locked. Passphrase: "));
  return Unlock(context, passphrase);
}

}  // namespace quorate::cli
