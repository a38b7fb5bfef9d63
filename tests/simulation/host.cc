#include "tests/simulation/host.h"

#include "custody/wire/statement.h"
#include "tests/simulation/must.h"
#include "tests/simulation/world.h"

namespace quorate::simulation {

using Fault = base::MemoryNodeStore::CommitFault;

Host::Host(World& world, uint32_t number, uint64_t seed)
    : world_(world), number_(number), random_(seed) {}

void Host::Start() {
  ++boots_;
  store_.Restart();
  MaybeFailNextCommit();
  absl::StatusOr<std::unique_ptr<node::Node>> opened = node::Node::Open(world_.OptionsFor(*this));
  if (opened.ok() && !store_.crashed()) {
    node_ = *std::move(opened);
    world_.invariants().OnStep(*node_);
    return;
  }
  if (!store_.crashed() && opened.status().code() != absl::StatusCode::kResourceExhausted) {
    world_.invariants().Violate("node " + std::to_string(number_) +
                                " does not open: " + std::string(opened.status().message()));
    return;
  }
  Crash();
}

void Host::Crash() {
  world_.Trace("machine " + std::to_string(number_) + " dies");
  node_.reset();
  store_.Crash();
  ++boots_;
  world_.Schedule(world_.dice().Between(100, 8000), [this, boot = boots_] {
    if (boot != boots_ || up()) return;
    Start();
    if (!up()) return;
    world_.Trace("machine " + std::to_string(number_) + " is back");
    // Its person comes some time later, or was there.
    world_.Schedule(world_.dice().Between(0, 15000), [this, later = boots_] {
      if (later == boots_) Unlock();
    });
  });
}

void Host::Unlock() {
  if (up()) node_->Unlock(People::Get().Unlock(number_));
}

void Host::MaybeFailNextCommit() {
  const Faults& faults = world_.faults();
  Fault fault = Fault::kNone;
  if (world_.dice().Chance(faults.lose_commit)) fault = Fault::kLoseBatch;
  if (world_.dice().Chance(faults.keep_commit)) fault = Fault::kKeepBatch;
  if (world_.dice().Chance(faults.refuse_commit)) fault = Fault::kRefuseOnce;
  store_.FailNextCommit(fault);
}

void Host::Deliver(const node::Event& event, uint32_t boot) {
  if (!up() || boot != boots_ || world_.failed()) return;
  MaybeFailNextCommit();
  AfterStep(node_->Step(event), "step");
}

void Host::AfterStep(const absl::Status& status, const char* what) {
  const bool full = status.code() == absl::StatusCode::kResourceExhausted;
  world_.invariants().OnStep(*node_);
  // A node that has stopped for a reason says so each time; whether it has one was judged above.
  if (!status.ok() && !full && !store_.crashed() && node_->halted_because().empty() &&
      world_.invariants().IsHonest(number_)) {
    world_.invariants().Violate("node " + std::to_string(number_) + " cannot go on after a " +
                                what + ": " + std::string(status.message()));
    return;
  }
  if (!store_.crashed()) store_.FailNextCommit(Fault::kNone);
  // A program that cannot write gives up and is started again.
  if (store_.crashed() || full || world_.dice().Chance(world_.faults().crash)) return Crash();
  SendActions();
}

void Host::SendActions() {
  std::vector<node::Action> actions = node_->TakeActions();
  if (tamper) tamper(*this, actions);
  for (const node::Action& action : actions) {
    if (const auto* submit = std::get_if<node::Submit>(&action)) {
      world_.AddToTrace(wire::EncodeSigned(submit->statement));
      world_.Submit(*this, *submit);
    } else if (const auto* blobs = std::get_if<node::FetchBlobs>(&action)) {
      for (const crypto::Digest& digest : blobs->digests) world_.AddToTrace(digest.span());
      world_.FetchBlobs(*this, blobs->digests);
    } else if (std::holds_alternative<node::FetchEntries>(action)) {
      world_.AddToTrace(crypto::AsBytes("entries"));
      world_.Poll(*this);
    } else if (const auto* notice = std::get_if<node::Notice>(&action)) {
      world_.AddToTrace(crypto::AsBytes(notice->kind + notice->subject + notice->text));
      world_.Trace("node " + std::to_string(number_) + " [" + notice->kind + "] " +
                   notice->subject + " " + notice->text);
    }
  }
}

void Host::PutBack(base::MemoryNodeStore::Image image) {
  world_.Trace("the disk of " + std::to_string(number_) + " is put back");
  node_.reset();
  store_.Restart();
  store_.Restore(std::move(image));
  world_.invariants().ExpectRegress(number_);
  Start();
}

// Else the node would take itself for a restored copy when it reads the log.
void Host::Own(const ledger::StatementId& id) {
  base::WriteBatch batch;
  batch.Put("own", base::NodeBytes(id.value.begin(), id.value.end()), {1});
  store_.FailNextCommit(Fault::kNone);
  Must(store_.Commit(batch));
}

wire::SignedStatement Host::Forge(const ledger::Statement& statement,
                                  const std::vector<crypto::Bytes>& blobs) {
  const ledger::StatementId id = wire::RandomStatementId(random_);
  Own(id);
  const keystore::PersonKeys person = People::Get().Unlock(number_);
  return ForgerOn(store_, person).Seal(statement, id, blobs);
}

wire::SignedStatement Host::ForgeBytes(const crypto::Bytes& clear, const ledger::StatementId& id,
                                       const std::vector<ledger::BlobRef>& blobs) {
  Own(id);
  const keystore::PersonKeys person = People::Get().Unlock(number_);
  return ForgerOn(store_, person).SealBytes(clear, id, blobs);
}

Forger Host::ForgerOn(base::NodeStoreInterface& store, const keystore::PersonKeys& person) {
  return {*node_, store,  world_.organisation().id, world_.organisation().organisation_key,
          person, random_};
}

std::optional<ledger::DecryptionShares> Host::ForgeShares(const ledger::RequestRecord& request,
                                                          bool to_own_key) {
  base::MemoryNodeStore copy;
  copy.Restore(store_.Snapshot());
  const keystore::PersonKeys person = People::Get().Unlock(number_);
  return ForgerOn(copy, person).Shares(request, to_own_key);
}

std::optional<crypto::SecretScalar> Host::StealReceivingKey(const ledger::SharingRef& sharing) {
  base::MemoryNodeStore copy;
  copy.Restore(store_.Snapshot());
  const keystore::PersonKeys person = People::Get().Unlock(number_);
  return ForgerOn(copy, person).OwnReceivingKey(sharing);
}

}  // namespace quorate::simulation
