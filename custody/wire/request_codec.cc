#include "custody/wire/statement.h"
#include "custody/wire/statement_parts.h"

namespace quorate::wire {
namespace {

using ledger::kMaxRecipients;
using ledger::LeafHash;
using ledger::OrganiserNumber;

void WriteOneTimeKey(const ledger::OneTimeKey& in, pb::OneTimeKey& out) {
  out.set_key(ToField(in.key.span()));
  Write(in.proof, *out.mutable_proof());
}

ledger::OneTimeKey ReadOneTimeKey(const pb::OneTimeKey& in, Reader& reader) {
  return {reader.Element(in.key(), "one_time_key.key"),
          ReadProof(in.has_proof(), in.proof(), reader)};
}

LeafHash ReadRequestHash(const std::string& in, Reader& reader) {
  return reader.Fixed<LeafHash>(in, "request");
}

void WriteSentShare(const ledger::SentShare& in, pb::DecryptionShare& out) {
  out.set_recipient(in.recipient.value);
  out.set_kind(ToMessage(in.kind));
  out.set_version(in.version);
  out.set_part(in.part);
  out.set_u(ToField(in.share.u.span()));
  out.set_v(ToField(in.share.v.span()));
  out.set_challenge(ToField(in.share.c.span()));
  out.set_response_share(ToField(in.share.z1.span()));
  out.set_response_nonce(ToField(in.share.z2.span()));
}

ledger::SentShare ReadSentShare(const pb::DecryptionShare& in, Reader& reader) {
  ledger::SentShare out;
  out.recipient.value = in.recipient();
  out.kind = ReadItemKind(in.kind(), reader);
  out.version = in.version();
  out.part = in.part();
  out.share.u = reader.Element(in.u(), "share.u");
  out.share.v = reader.Element(in.v(), "share.v");
  out.share.c = reader.Number(in.challenge(), "share.challenge");
  out.share.z1 = reader.Number(in.response_share(), "share.response_share");
  out.share.z2 = reader.Number(in.response_nonce(), "share.response_nonce");
  return out;
}

}  // namespace

void Write(const ledger::Request& in, pb::Request& out) {
  out.set_vault(in.vault.value);
  out.set_account(in.account);
  for (const ledger::ItemVersion& item : in.items) Write(item, *out.add_items());
  out.set_unusual_version(in.unusual_version);
  out.set_reason(in.reason);
  WriteNumbers(in.recipients, out.mutable_recipients());
  if (in.one_time_key.has_value()) WriteOneTimeKey(*in.one_time_key, *out.mutable_one_time_key());
}

ledger::Request Read(const pb::Request& in, Reader& reader) {
  ledger::Request out;
  out.vault.value = in.vault();
  out.account = reader.Text(in.account(), ledger::kMaxAccountNameBytes, "request.account");
  out.items = ReadItemVersions(in.items(), reader);
  out.unusual_version = in.unusual_version();
  out.reason = reader.Text(in.reason(), ledger::kMaxReasonBytes, "request.reason");
  out.recipients =
      reader.Numbers<OrganiserNumber>(in.recipients(), kMaxRecipients, "request.recipients");
  if (in.has_one_time_key()) out.one_time_key = ReadOneTimeKey(in.one_time_key(), reader);
  return out;
}

void Write(const ledger::Accept& in, pb::Accept& out) {
  out.set_request(ToField(in.request.span()));
  WriteOneTimeKey(in.one_time_key, *out.mutable_one_time_key());
}

ledger::Accept Read(const pb::Accept& in, Reader& reader) {
  reader.Need(in.has_one_time_key(), "accept.one_time_key");
  return {ReadRequestHash(in.request(), reader), ReadOneTimeKey(in.one_time_key(), reader)};
}

void Write(const ledger::Approve& in, pb::Approve& out) {
  out.set_request(ToField(in.request.span()));
  for (const LeafHash& accept : in.accepts) out.add_accepts(ToField(accept.span()));
}

ledger::Approve Read(const pb::Approve& in, Reader& reader) {
  return {ReadRequestHash(in.request(), reader),
          reader.List(in.accepts(), kMaxRecipients, "approve.accepts", [&](const std::string& x) {
            return reader.Fixed<LeafHash>(x, "approve.accept");
          })};
}

void Write(const ledger::Deny& in, pb::Deny& out) {
  out.set_request(ToField(in.request.span()));
  out.set_reason(in.reason);
}

ledger::Deny Read(const pb::Deny& in, Reader& reader) {
  return {ReadRequestHash(in.request(), reader),
          reader.Text(in.reason(), ledger::kMaxReasonBytes, "deny.reason")};
}

void Write(const ledger::Withdraw& in, pb::Withdraw& out) {
  out.set_request(ToField(in.request.span()));
}

ledger::Withdraw Read(const pb::Withdraw& in, Reader& reader) {
  return {ReadRequestHash(in.request(), reader)};
}

void Write(const ledger::DecryptionShares& in, pb::DecryptionShares& out) {
  out.set_request(ToField(in.request.span()));
  out.set_epoch(in.epoch.value);
  for (const ledger::SentShare& share : in.shares) WriteSentShare(share, *out.add_shares());
}

ledger::DecryptionShares Read(const pb::DecryptionShares& in, Reader& reader) {
  return {ReadRequestHash(in.request(), reader),
          {in.epoch()},
          reader.List(in.shares(), kMaxRecipients * ledger::kMaxItemsPerStatement,
                      "decryption_shares.shares",
                      [&](const auto& x) { return ReadSentShare(x, reader); })};
}

void Write(const ledger::Opened& in, pb::Opened& out) {
  out.set_request(ToField(in.request.span()));
}

ledger::Opened Read(const pb::Opened& in, Reader& reader) {
  return {ReadRequestHash(in.request(), reader)};
}

void Write(const ledger::Alarm& in, pb::Alarm& out) {
  out.set_vault(in.vault.value);
  out.set_account(in.account);
  out.set_reason(in.reason);
}

ledger::Alarm Read(const pb::Alarm& in, Reader& reader) {
  return {{in.vault()},
          reader.Text(in.account(), ledger::kMaxAccountNameBytes, "alarm.account"),
          reader.Text(in.reason(), ledger::kMaxReasonBytes, "alarm.reason")};
}

void Write(const ledger::Lift& in, pb::Lift& out) {
  out.set_vault(in.vault.value);
  out.set_account(in.account);
  for (const LeafHash& alarm : in.alarms) out.add_alarms(ToField(alarm.span()));
  out.set_reason(in.reason);
}

ledger::Lift Read(const pb::Lift& in, Reader& reader) {
  return {
      {in.vault()},
      reader.Text(in.account(), ledger::kMaxAccountNameBytes, "lift.account"),
      reader.List(in.alarms(), 2 * ledger::kMaxOrganisers, "lift.alarms",
                  [&](const std::string& x) { return reader.Fixed<LeafHash>(x, "lift.alarm"); }),
      reader.Text(in.reason(), ledger::kMaxReasonBytes, "lift.reason")};
}

}  // namespace quorate::wire
