#include "custody/wire/statement.h"

#include <variant>

#include "custody/base/status_macros.h"
#include "custody/wire/codec.h"
#include "custody/wire/statement_parts.h"

namespace quorate::wire {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using ledger::Statement;

// Where a kind lies in the message.
pb::Found& Slot(const ledger::Found&, pb::Statement& out) { return *out.mutable_found(); }
pb::Rules& Slot(const ledger::Rules&, pb::Statement& out) { return *out.mutable_rules(); }
pb::ReceivingKey& Slot(const ledger::ReceivingKey&, pb::Statement& out) {
  return *out.mutable_receiving_key();
}
pb::Start& Slot(const ledger::Start&, pb::Statement& out) { return *out.mutable_start(); }
pb::Deal& Slot(const ledger::Deal&, pb::Statement& out) { return *out.mutable_deal(); }
pb::Close& Slot(const ledger::Close&, pb::Statement& out) { return *out.mutable_close(); }
pb::Complain& Slot(const ledger::Complain&, pb::Statement& out) { return *out.mutable_complain(); }
pb::Acknowledge& Slot(const ledger::Acknowledge&, pb::Statement& out) {
  return *out.mutable_acknowledge();
}
pb::Activate& Slot(const ledger::Activate&, pb::Statement& out) { return *out.mutable_activate(); }
pb::Deposit& Slot(const ledger::Deposit&, pb::Statement& out) { return *out.mutable_deposit(); }
pb::Confirm& Slot(const ledger::Confirm&, pb::Statement& out) { return *out.mutable_confirm(); }
pb::Request& Slot(const ledger::Request&, pb::Statement& out) { return *out.mutable_request(); }
pb::Accept& Slot(const ledger::Accept&, pb::Statement& out) { return *out.mutable_accept(); }
pb::Approve& Slot(const ledger::Approve&, pb::Statement& out) { return *out.mutable_approve(); }
pb::Deny& Slot(const ledger::Deny&, pb::Statement& out) { return *out.mutable_deny(); }
pb::Withdraw& Slot(const ledger::Withdraw&, pb::Statement& out) { return *out.mutable_withdraw(); }
pb::DecryptionShares& Slot(const ledger::DecryptionShares&, pb::Statement& out) {
  return *out.mutable_decryption_shares();
}
pb::Opened& Slot(const ledger::Opened&, pb::Statement& out) { return *out.mutable_opened(); }
pb::Alarm& Slot(const ledger::Alarm&, pb::Statement& out) { return *out.mutable_alarm(); }
pb::Lift& Slot(const ledger::Lift&, pb::Statement& out) { return *out.mutable_lift(); }

Statement ReadKind(const pb::Statement& in, Reader& reader) {
  switch (in.kind_case()) {
    case pb::Statement::kFound:
      return Read(in.found(), reader);
    case pb::Statement::kRules:
      return Read(in.rules(), reader);
    case pb::Statement::kReceivingKey:
      return Read(in.receiving_key(), reader);
    case pb::Statement::kStart:
      return Read(in.start(), reader);
    case pb::Statement::kDeal:
      return Read(in.deal(), reader);
    case pb::Statement::kClose:
      return Read(in.close(), reader);
    case pb::Statement::kComplain:
      return Read(in.complain(), reader);
    case pb::Statement::kAcknowledge:
      return Read(in.acknowledge(), reader);
    case pb::Statement::kActivate:
      return Read(in.activate(), reader);
    case pb::Statement::kDeposit:
      return Read(in.deposit(), reader);
    case pb::Statement::kConfirm:
      return Read(in.confirm(), reader);
    case pb::Statement::kRequest:
      return Read(in.request(), reader);
    case pb::Statement::kAccept:
      return Read(in.accept(), reader);
    case pb::Statement::kApprove:
      return Read(in.approve(), reader);
    case pb::Statement::kDeny:
      return Read(in.deny(), reader);
    case pb::Statement::kWithdraw:
      return Read(in.withdraw(), reader);
    case pb::Statement::kDecryptionShares:
      return Read(in.decryption_shares(), reader);
    case pb::Statement::kOpened:
      return Read(in.opened(), reader);
    case pb::Statement::kAlarm:
      return Read(in.alarm(), reader);
    case pb::Statement::kLift:
      return Read(in.lift(), reader);
    case pb::Statement::KIND_NOT_SET:
      break;
  }
  reader.Fail(kUnknownKind, "statement", "of no kind that these rules have");
  return ledger::Opened{};
}

}  // namespace

Bytes EncodeStatement(const Statement& statement) {
  pb::Statement message;
  std::visit([&](const auto& kind) { Write(kind, Slot(kind, message)); }, statement);
  return Serialise(message);
}

absl::StatusOr<Statement> DecodeStatement(ByteSpan bytes) {
  pb::Statement message;
  QUORATE_RETURN_IF_ERROR(ParseCanonical(bytes, ledger::kMaxBodyBytes, message));
  Reader reader;
  Statement statement = ReadKind(message, reader);
  return std::move(reader).Finish(std::move(statement));
}

absl::StatusOr<ledger::Found> DecodeFound(ByteSpan bytes) {
  QUORATE_ASSIGN_OR_RETURN(Statement statement, DecodeStatement(bytes));
  if (auto* found = std::get_if<ledger::Found>(&statement)) return std::move(*found);
  return WireError(kUnknownKind, "statement", "not a founding");
}

Bytes EncodeCharter(const ledger::Charter& charter) {
  pb::Charter message;
  Write(charter, message);
  return Serialise(message);
}

absl::StatusOr<ledger::Charter> DecodeCharter(ByteSpan bytes) {
  pb::Charter message;
  QUORATE_RETURN_IF_ERROR(ParseCanonical(bytes, ledger::kMaxBodyBytes, message));
  Reader reader;
  ledger::Charter charter = Read(message, reader);
  return std::move(reader).Finish(std::move(charter));
}

}  // namespace quorate::wire
