#include "tests/node/group.h"

#include "custody/ledger/queries.h"
#include "tests/simulation/must.h"

namespace quorate::node {
namespace {

using simulation::Die;
using simulation::Must;

constexpr uint64_t kPage = 1000;
// More rounds than any exchange of a settled organisation takes.
constexpr int kMaxRounds = 50;

}  // namespace

Group::Group(const simulation::OrganisationSpec& spec)
    : world_(11, spec, simulation::Faults::None()) {
  if (!world_.RunUntil([&] { return world_.IsKeyActive() && world_.IsQuiet(); },
                       absl::Minutes(5))) {
    Die("the vault's key is never ready");
  }
  Must(simulation::Deposit(world_.host(kFay), "page").status());
  if (!world_.RunUntil([&] { return !world_.truth().accounts.empty() && world_.IsQuiet(); },
                       absl::Minutes(1))) {
    Die("the deposit is never logged");
  }
  Settle();
}

std::vector<Submit> Group::Take(uint32_t number) {
  std::vector<Submit> submits;
  for (Action& action : node(number).TakeActions()) {
    if (auto* submit = std::get_if<Submit>(&action)) submits.push_back(std::move(*submit));
  }
  return submits;
}

std::vector<Submit> Group::Carry(uint32_t number) {
  std::vector<Submit> submits;
  BlobsArrived blobs;
  for (Action& action : node(number).TakeActions()) {
    if (auto* submit = std::get_if<Submit>(&action)) {
      Must(world_.Inject(submit->statement, submit->blobs));
      submits.push_back(std::move(*submit));
    } else if (const auto* wanted = std::get_if<FetchBlobs>(&action)) {
      for (const crypto::Digest& digest : wanted->digests) {
        if (const crypto::Bytes* blob = world_.server().FindBlob(digest)) {
          blobs.blobs.push_back(*blob);
        }
      }
    }
  }
  if (!blobs.blobs.empty()) Must(node(number).Step(blobs));
  return submits;
}

absl::Status Group::Read(uint32_t number) {
  const simulation::LogServer::Page page =
      world_.server().Read(node(number).replica().next_index(), kPage);
  return node(number).Step(LogAdvanced{page.note, page.entries});
}

void Group::Settle() {
  for (int round = 0; round < kMaxRounds; ++round) {
    bool moved = false;
    for (uint32_t number = 1; number <= simulation::World::kHosts; ++number) {
      Must(Read(number));
      moved = !Carry(number).empty() || moved;
    }
    if (!moved) return;
  }
  Die("the group never settles");
}

void Group::Restart(uint32_t number, bool unlock) {
  world_.host(number).Crash();
  world_.host(number).Start();
  if (!world_.host(number).up()) Die("a node does not start: " + world_.Failure());
  if (unlock) world_.host(number).Unlock();
}

void Group::Restore(uint32_t number, const base::MemoryNodeStore::Image& image) {
  world_.invariants().ExpectRegress(number);
  world_.host(number).Crash();
  store(number).Restore(image);
  world_.host(number).Start();
  if (!world_.host(number).up()) Die("a restored node does not start");
  world_.host(number).Unlock();
}

ledger::LeafHash Group::Ask(uint32_t requester, const std::vector<uint32_t>& recipients) {
  RequestDraft draft;
  draft.account = "page";
  draft.reason = "tonight's call";
  draft.items = {{ledger::ItemKind::kPassword, 0}};
  for (uint32_t recipient : recipients) {
    draft.recipients.push_back(ledger::OrganiserNumber{recipient});
  }
  const ledger::StatementId id = Must(node(requester).CreateRequest(draft));
  Settle();
  return Must(*node(requester).ResultOf(id)).leaf_hash;
}

void Group::Approve(uint32_t number, const ledger::LeafHash& request) {
  Must(node(number).Approve(request, PersonOf(number)).status());
  Settle();
}

const ledger::RequestRecord& Group::Truth(const ledger::LeafHash& request) {
  const ledger::RequestRecord* record = ledger::FindRequest(world_.truth(), request);
  if (record == nullptr) Die("no such request");
  return *record;
}

std::string Group::KindOf(const Submit& submit) {
  const ledger::Entry entry = world_.invariants().Decode(submit.statement);
  return entry.statement.has_value() ? std::string(ledger::StatementName(*entry.statement))
                                     : "unreadable";
}

std::vector<std::string> Group::KindsOf(const std::vector<Submit>& submits) {
  std::vector<std::string> kinds;
  for (const Submit& submit : submits) kinds.push_back(KindOf(submit));
  return kinds;
}

}  // namespace quorate::node
