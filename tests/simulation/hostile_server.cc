#include "tests/simulation/hostile_server.h"

#include <algorithm>

#include "custody/wire/statement.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

// Changes a byte somewhere.
void Damage(Dice& dice, crypto::Bytes& bytes) {
  if (bytes.empty()) return;
  bytes[dice.Below(bytes.size())] ^= static_cast<uint8_t>(1 + dice.Below(255));
}

}  // namespace

HostileServer::HostileServer(World& world, Dice dice) : world_(world), dice_(dice) {
  const auto maybe = [&](uint32_t at_most) {
    return dice_.Chance(500) ? static_cast<uint32_t>(dice_.Below(at_most)) : 0;
  };
  drop_ = maybe(300);
  hold_ = maybe(400);
  lie_ = maybe(200);
  alter_ = maybe(300);
  cut_ = maybe(300);
  foreign_ = maybe(100);
  back_date_ = maybe(100);
  forward_date_ = maybe(50);
  if (dice_.Chance(300)) unwanted_.insert(static_cast<uint32_t>(1 + dice_.Below(World::kHosts)));
  world_.on_submit = [this](Host& host, const node::Submit& submit) {
    return OnSubmit(host, submit);
  };
  world_.on_page = [this](Host&, LogServer::Page& page) { OnPage(page); };
  world_.on_blobs = [this](node::BlobsArrived& arrived) {
    for (crypto::Bytes& blob : arrived.blobs) {
      if (dice_.Chance(alter_)) Damage(dice_, blob);
    }
    if (dice_.Chance(cut_) && !arrived.blobs.empty()) arrived.blobs.pop_back();
  };
  world_.server().date = [this](uint64_t now_ms) {
    if (dice_.Chance(back_date_)) return now_ms - dice_.Below(7'200'000);
    // Not ahead of what it dated ahead before: the healed world waits for it.
    if (dice_.Chance(forward_date_)) {
      return std::max(now_ms, world_.now_ms() + dice_.Below(600'000));
    }
    return now_ms;
  };
}

std::optional<absl::Status> HostileServer::OnSubmit(Host& host, const node::Submit& submit) {
  if (dice_.Chance(foreign_)) LogSomethingForeign();
  if (dice_.Chance(300)) ReleaseOneHeld();
  if (unwanted_.contains(host.number())) return absl::PermissionDeniedError("not you");
  if (dice_.Chance(drop_)) return absl::OkStatus();
  if (dice_.Chance(hold_)) {
    held_.emplace_back(host.number(), submit);
    return absl::OkStatus();
  }
  if (dice_.Chance(lie_)) {
    (void)world_.Inject(host, submit.statement, submit.blobs);
    return absl::InvalidArgumentError("did not like it");
  }
  return std::nullopt;
}

// In any order, and long after it was sent.
void HostileServer::ReleaseOneHeld() {
  if (held_.empty()) return;
  const uint64_t which = dice_.Below(held_.size());
  const auto [number, submit] = held_[which];
  held_.erase(held_.begin() + static_cast<int64_t>(which));
  (void)world_.Inject(world_.host(number), submit.statement, submit.blobs);
}

void HostileServer::OnPage(LogServer::Page& page) {
  if (dice_.Chance(cut_) && !page.entries.empty()) {
    page.entries.resize(dice_.Below(page.entries.size()));
  }
  if (!dice_.Chance(alter_)) return;
  switch (dice_.Below(4)) {
    case 0:
      return Damage(dice_, page.note);
    case 1:
      if (!page.entries.empty()) page.entries.erase(page.entries.begin());
      return;
    case 2:
      if (!page.entries.empty()) Damage(dice_, page.entries.back().leaf);
      return;
    default:
      if (!page.entries.empty()) Damage(dice_, page.entries.back().body);
  }
}

// An entry that is there already, or one in somebody's name that they never signed.
void HostileServer::LogSomethingForeign() {
  const uint64_t index = 1 + dice_.Below(world_.server().size());
  if (index >= world_.server().size()) return;
  replica::RawEntry entry = world_.server().entry(index);
  const absl::StatusOr<ledger::Leaf> logged = wire::DecodeLeaf(entry.leaf);
  if (!logged.ok()) return;
  ledger::Leaf leaf = *logged;
  absl::StatusOr<ledger::Header> header = wire::DecodeHeader(leaf.header);
  if (!header.ok()) return;
  switch (dice_.Below(4)) {
    case 0:
      break;  // The same again.
    case 1:
      leaf.device_signature.reset();
      break;
    default:
      // A body that means nothing, under an identifier that may yet be used.
      header->statement_id.value[0] ^= 1;
      header->author.value = static_cast<uint32_t>(1 + dice_.Below(World::kHosts));
      Damage(dice_, entry.body);
      header->body_digest = crypto::Sha256(entry.body);
      header->body_length = static_cast<uint32_t>(entry.body.size());
      leaf.header = wire::EncodeHeader(*header);
      break;
  }
  leaf.log_time_ms = world_.now_ms();
  world_.server().PushRaw(wire::EncodeLeaf(leaf), entry.body);
  world_.ReadTruth();
}

}  // namespace quorate::simulation
