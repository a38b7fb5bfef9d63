#include "tests/hostile/holder.h"

#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"
#include "custody/wire/key_ring.h"
#include "custody/wire/read_entry.h"
#include "custody/wire/statement.h"

namespace quorate::hostile {
namespace {

constexpr absl::Duration kLogLimit = absl::Seconds(20);

absl::StatusOr<net::Invite> InviteOf(const std::string& text) {
  if (absl::StatusOr<net::DraftLink> link = net::ParseDraftLink(text); link.ok()) {
    return link->invite;
  }
  return net::ParseInvite(text);
}

}  // namespace

Holder::Holder(keystore::Keystore keystore, keystore::PersonKeys person,
               keystore::OrganisationRecord record)
    : keystore_(std::move(keystore)),
      person_(std::move(person)),
      record_(std::move(record)),
      organisation_{record_.organisation.value} {}

absl::StatusOr<std::unique_ptr<Holder>> Holder::Take(const keystore::Home& home,
                                                     const crypto::Secret& passphrase) {
  QUORATE_ASSIGN_OR_RETURN(keystore::Keystore keystore, keystore::Keystore::Open(home));
  QUORATE_ASSIGN_OR_RETURN(keystore::PersonKeys person, keystore.Unlock(passphrase));
  QUORATE_ASSIGN_OR_RETURN(keystore::PersonKeys for_node, keystore.Unlock(passphrase));
  QUORATE_ASSIGN_OR_RETURN(std::optional<keystore::OrganisationRecord> record,
                           keystore::ReadOrganisation(keystore));
  if (!record.has_value()) return absl::FailedPreconditionError("not founded");
  std::unique_ptr<Holder> holder(
      new Holder(std::move(keystore), std::move(person), *std::move(record)));
  QUORATE_ASSIGN_OR_RETURN(net::Invite invite, InviteOf(holder->keystore_.invite()));
  QUORATE_ASSIGN_OR_RETURN(holder->client_, node::ServerClient::Create(
                                                invite, holder->keystore_.tls(), &holder->clock_));
  QUORATE_ASSIGN_OR_RETURN(holder->store_, store::NodeStore::Open(home.database()));
  node::NodeOptions options;
  options.store = holder->store_.get();
  options.clock = &holder->clock_;
  options.random = &holder->random_;
  options.organisation = holder->organisation_;
  options.me.value = holder->record_.me;
  options.device_key = holder->keystore_.card().device;
  options.log_key = holder->record_.log_key;
  options.organisation_key = holder->record_.organisation_key.Clone();
  options.unattended_key = holder->keystore_.unattended_key().Clone();
  QUORATE_ASSIGN_OR_RETURN(holder->node_, node::Node::Open(std::move(options)));
  holder->node_->Unlock(std::move(for_node));
  return holder;
}

// What the core wants said of requests would take back what the cheat says.
bool Holder::IsHeldBack(const node::Submit& submit) const {
  wire::KeyRing keys;
  keys.Add(1, record_.organisation_key.Clone());
  const ledger::Entry entry = wire::ReadEntry(
      0,
      wire::EncodeLeaf({0, submit.statement.header, submit.statement.signature,
                        submit.statement.device_signature}),
      submit.statement.body, keys, [](uint64_t, const crypto::Digest&) { return true; });
  if (!entry.statement.has_value()) return true;
  if (const auto* deal = std::get_if<ledger::Deal>(&*entry.statement)) {
    return deal->sharing.vault.value == 1;
  }
  return std::holds_alternative<ledger::Withdraw>(*entry.statement) ||
         std::holds_alternative<ledger::Deny>(*entry.statement);
}

absl::Status Holder::Carry(const node::Action& action) {
  if (const auto* submit = std::get_if<node::Submit>(&action)) {
    // What the server does not take is handed out again.
    if (!IsHeldBack(*submit)) (void)client_->Append(organisation_, *submit);
  } else if (const auto* wanted = std::get_if<node::FetchBlobs>(&action)) {
    absl::StatusOr<std::vector<crypto::Bytes>> blobs =
        client_->GetBlobs(organisation_, wanted->digests);
    if (blobs.ok()) return node_->Step(node::BlobsArrived{*std::move(blobs)});
  }
  return absl::OkStatus();
}

absl::Status Holder::Step(const node::Event& event) {
  QUORATE_RETURN_IF_ERROR(node_->Step(event));
  for (const node::Action& action : node_->TakeActions()) {
    QUORATE_RETURN_IF_ERROR(Carry(action));
  }
  return absl::OkStatus();
}

absl::Status Holder::Poll() {
  QUORATE_ASSIGN_OR_RETURN(node::LogAdvanced advanced,
                           client_->GetEntries(organisation_, node_->replica().next_index()));
  QUORATE_RETURN_IF_ERROR(Step(std::move(advanced)));
  return Step(node::Tick{});
}

absl::Status Holder::Await(const ledger::StatementId& id, Answer& answer) {
  const absl::Duration deadline = clock_.Monotonic() + kLogLimit;
  while (clock_.Monotonic() < deadline) {
    QUORATE_RETURN_IF_ERROR(Poll());
    const replica::EntryRecord* record = node_->replica().FindStatement(node_->me(), id);
    if (record != nullptr) {
      answer
          .Add("outcome", record->outcome.admitted()
                              ? "admitted"
                              : std::string(ledger::RefusalName(record->outcome.refusal)))
          .Add("index", record->index)
          .Add("leaf_hash", crypto::Hex(record->leaf_hash.span()));
      return absl::OkStatus();
    }
  }
  return absl::DeadlineExceededError("the log does not show it");
}

Answer Holder::Submit(const Said& said) {
  // Else the core would take itself for a restored copy when it reads the log.
  base::WriteBatch batch;
  batch.Put("own", base::NodeBytes(said.statement.id.value.begin(), said.statement.id.value.end()),
            {1});
  if (absl::Status kept = store_->Commit(batch); !kept.ok()) return ErrorAnswer(kept);
  Answer answer;
  answer.Add("id", crypto::Hex(said.statement.id.value));
  const absl::Status appended = client_->Append(organisation_, {said.statement, said.blobs});
  answer.Add("server", appended.ok() ? "OK" : base::GetReason(appended));
  last_id_ = said.statement.id;
  const absl::StatusOr<ledger::Header> header = wire::DecodeHeader(said.statement.header);
  const bool ours = header.ok() && header->author == node_->me();
  if (!appended.ok() || !ours) return answer;
  if (absl::Status seen = Await(said.statement.id, answer); !seen.ok()) return ErrorAnswer(seen);
  return answer;
}

Answer Holder::Report() const {
  Answer answer;
  answer.Add("size", node_->replica().size())
      .Add("state_digest", crypto::Hex(node_->replica().StateDigest().span()))
      .Add("halted", node_->halted_because());
  const auto& vaults = node_->state().vaults;
  const auto first = vaults.find(ledger::VaultNumber{1});
  if (first != vaults.end()) {
    const auto& sharing = first->second.sharing;
    answer.Add("stage", sharing.has_value() ? static_cast<uint64_t>(sharing->stage) : 0)
        .Add("dealings", sharing.has_value() ? sharing->dealings.size() : 0);
  }
  return answer;
}

absl::StatusOr<Answer> Holder::Dispatch(const Line& line) {
  const std::string what = line.Text("do");
  if (what == "status") {
    QUORATE_RETURN_IF_ERROR(Poll());
    return Report();
  }
  QUORATE_RETURN_IF_ERROR(Poll());
  QUORATE_ASSIGN_OR_RETURN(Said said, Make(line));
  return Submit(said);
}

Answer Holder::Do(const Line& line) {
  absl::StatusOr<Answer> answer = Dispatch(line);
  return answer.ok() ? *std::move(answer) : ErrorAnswer(answer.status());
}

}  // namespace quorate::hostile
