#ifndef QUORATE_CUSTODY_WIRE_STATEMENT_PARTS_H_
#define QUORATE_CUSTODY_WIRE_STATEMENT_PARTS_H_

#include "custody/ledger/types.h"
#include "custody/wire/codec.h"
#include "quorate/ledger/v1/ledger.pb.h"

// Write fills the message of a type; Read is its inverse and says through the reader what is wrong.
// One pair for each kind of statement, beside each other in charter_codec.cc, sharing_codec.cc,
// account_codec.cc and request_codec.cc. Not for other folders.
namespace quorate::wire {

namespace pb = ::quorate::ledger::v1;

void Write(const ledger::Charter& in, pb::Charter& out);
void Write(const ledger::Found& in, pb::Found& out);
void Write(const ledger::Rules& in, pb::Rules& out);
ledger::Charter Read(const pb::Charter& in, Reader& reader);
ledger::Found Read(const pb::Found& in, Reader& reader);
ledger::Rules Read(const pb::Rules& in, Reader& reader);

void Write(const ledger::ReceivingKey& in, pb::ReceivingKey& out);
void Write(const ledger::Start& in, pb::Start& out);
void Write(const ledger::Deal& in, pb::Deal& out);
void Write(const ledger::Close& in, pb::Close& out);
void Write(const ledger::Complain& in, pb::Complain& out);
void Write(const ledger::Acknowledge& in, pb::Acknowledge& out);
void Write(const ledger::Activate& in, pb::Activate& out);
ledger::ReceivingKey Read(const pb::ReceivingKey& in, Reader& reader);
ledger::Start Read(const pb::Start& in, Reader& reader);
ledger::Deal Read(const pb::Deal& in, Reader& reader);
ledger::Close Read(const pb::Close& in, Reader& reader);
ledger::Complain Read(const pb::Complain& in, Reader& reader);
ledger::Acknowledge Read(const pb::Acknowledge& in, Reader& reader);
ledger::Activate Read(const pb::Activate& in, Reader& reader);

void Write(const ledger::Deposit& in, pb::Deposit& out);
void Write(const ledger::Confirm& in, pb::Confirm& out);
ledger::Deposit Read(const pb::Deposit& in, Reader& reader);
ledger::Confirm Read(const pb::Confirm& in, Reader& reader);

void Write(const ledger::Request& in, pb::Request& out);
void Write(const ledger::Accept& in, pb::Accept& out);
void Write(const ledger::Approve& in, pb::Approve& out);
void Write(const ledger::Deny& in, pb::Deny& out);
void Write(const ledger::Withdraw& in, pb::Withdraw& out);
void Write(const ledger::DecryptionShares& in, pb::DecryptionShares& out);
void Write(const ledger::Opened& in, pb::Opened& out);
void Write(const ledger::Alarm& in, pb::Alarm& out);
void Write(const ledger::Lift& in, pb::Lift& out);
ledger::Request Read(const pb::Request& in, Reader& reader);
ledger::Accept Read(const pb::Accept& in, Reader& reader);
ledger::Approve Read(const pb::Approve& in, Reader& reader);
ledger::Deny Read(const pb::Deny& in, Reader& reader);
ledger::Withdraw Read(const pb::Withdraw& in, Reader& reader);
ledger::DecryptionShares Read(const pb::DecryptionShares& in, Reader& reader);
ledger::Opened Read(const pb::Opened& in, Reader& reader);
ledger::Alarm Read(const pb::Alarm& in, Reader& reader);
ledger::Lift Read(const pb::Lift& in, Reader& reader);

// Parts that several kinds share.
void Write(const crypto::SchnorrProof& in, pb::SchnorrProof& out);
crypto::SchnorrProof ReadProof(bool present, const pb::SchnorrProof& in, Reader& reader);
void Write(const ledger::ItemVersion& in, pb::ItemVersion& out);
std::vector<ledger::ItemVersion> ReadItemVersions(
    const google::protobuf::RepeatedPtrField<pb::ItemVersion>& in, Reader& reader);
pb::ItemKind ToMessage(ledger::ItemKind kind);
ledger::ItemKind ReadItemKind(pb::ItemKind in, Reader& reader);

template <typename Numbers, typename Field>
void WriteNumbers(const Numbers& in, Field* out) {
  for (const auto& number : in) out->Add(number.value);
}

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_STATEMENT_PARTS_H_
