#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>

#include "custody/ledger/queries.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {
namespace {

constexpr int64_t kTickMs = 2000;
constexpr int64_t kRestMs = 3600 * 1000;
constexpr uint64_t kPage = 512;

crypto::SigningKey LogKey() {
  crypto::SeededRandom random(uint64_t{2});
  return crypto::SigningKey::Random(random);
}

}  // namespace

Faults Faults::Chaos(Dice& dice) {
  Faults faults;
  // Each kind of trouble is there in about half of the runs, so that none always hides another.
  auto maybe = [&](uint32_t at_most) {
    return dice.Chance(500) ? static_cast<uint32_t>(dice.Below(at_most)) : 0;
  };
  faults.drop = maybe(300);
  faults.duplicate = maybe(200);
  faults.max_delay_ms = dice.Between(1, 4000);
  faults.small_page = maybe(500);
  faults.stale_page = maybe(200);
  faults.misaligned = maybe(100);
  faults.corrupt_blob = maybe(200);
  faults.lose_commit = maybe(30);
  faults.keep_commit = maybe(30);
  faults.refuse_commit = maybe(15);
  faults.crash = maybe(15);
  faults.clock_jump = dice.Chance(200) ? 20 : 0;
  faults.refuse = maybe(20);
  return faults;
}

World::World(uint64_t seed, const OrganisationSpec& spec, const Faults& faults)
    : people_(People::Get()),
      spec_(spec),
      dice_(seed),
      faults_(faults),
      random_(seed),
      log_(LogKey()),
      now_(absl::FromUnixSeconds(1'750'000'000)),
      organisation_(FoundOrganisation(
          spec, node::ServerKeys{log_.server.log_key(), crypto::Sha256({})}, random_)),
      invariants_(organisation_.id, organisation_.organisation_key) {
  log_.server.Begin(organisation_.id, organisation_.charter, organisation_.founding, now_ms());
  OpenTruth(log_);
  for (uint32_t number = 1; number <= kHosts; ++number) {
    hosts_.push_back(std::make_unique<Host>(*this, number, dice_.Next()));
    Host& host = *hosts_.back();
    host.clock().SetNow(now_);
    host.Start();
    if (host.up()) host.Unlock();
    Schedule(dice_.Between(0, kTickMs), [this, &host] { Tick(host); });
  }
}

void World::OpenTruth(Log& log) {
  log.truth_store.Restore({});
  replica::ReplicaOptions options;
  options.organisation = organisation_.id;
  options.keys.Add(1, organisation_.organisation_key.Clone());
  log.truth = std::make_unique<replica::Replica>(
      Must(replica::Replica::Open(&log.truth_store, std::move(options))));
  ReadTruth(log);
}

void World::ReadTruth() {
  ReadTruth(log_);
  if (fork_ != nullptr) ReadTruth(*fork_);
}

// One entry at a time: a node may stop at any size.
void World::ReadTruth(Log& log) {
  while (log.truth->size() < log.server.size()) {
    const LogServer::Page page = log.server.ReadAt(log.truth->size(), log.truth->size() + 1);
    const replica::ExtendResult result = Must(log.truth->Extend(page.note, page.entries));
    for (const replica::AppliedEntry& entry : result.applied) {
      invariants_.OnLogged(entry, *log.truth);
      if (verbose) TraceEntry(entry);
    }
  }
}

void World::TraceEntry(const replica::AppliedEntry& entry) {
  const std::string what = entry.entry.statement.has_value()
                               ? std::string(ledger::StatementName(*entry.entry.statement))
                               : "unreadable";
  const std::string author =
      entry.entry.header.has_value() ? std::to_string(entry.entry.header->author.value) : "?";
  std::string refused;
  if (!entry.outcome.admitted()) {
    refused = " REFUSED " + std::string(ledger::RefusalName(entry.outcome.refusal));
  }
  Trace("log " + std::to_string(entry.entry.index) + ": " + what + " by " + author + refused);
}

Log& World::LogOf(const Host& host) {
  return fork_ != nullptr && !healed_ && host.number() > kHosts / 2 ? *fork_ : log_;
}

void World::Fork() {
  Trace("the server shows two logs");
  fork_ = std::make_unique<Log>(LogKey());
  fork_->server.CopyFrom(log_.server);
  OpenTruth(*fork_);
  invariants_.ExpectForks();
}

void World::RollBackServer(uint64_t size) {
  Trace("the server's disk is put back to " + std::to_string(size) + " entries");
  log_.server.RollBack(size);
  invariants_.ExpectForks();
  OpenTruth(log_);
}

void World::ShowHistory(Host& host) {
  if (!host.up()) return;
  const uint64_t size = std::min(host.node().replica().size(), log_.server.size());
  if (size == 0) return;
  host.Deliver(node::LogAdvanced{log_.server.ReadAt(size, size).note, {}}, host.boots());
}

void World::AddToTrace(crypto::ByteSpan bytes) {
  for (uint8_t byte : bytes) trace_ = (trace_ ^ byte) * 0x100000001b3ull;  // FNV-1a.
}

void World::Trace(const std::string& line) {
  if (!verbose) return;
  std::printf("%10.3f  %s\n", absl::ToDoubleSeconds(now_ - absl::FromUnixSeconds(1'750'000'000)),
              line.c_str());
}

void World::Schedule(int64_t delay_ms, std::function<void()> what) {
  queue_.emplace(Pending{now_ + absl::Milliseconds(delay_ms), scheduled_++}, std::move(what));
}

void World::Advance(absl::Duration span) {
  now_ += span;
  for (const auto& host : hosts_) host->clock().Advance(span);
}

bool World::RunUntil(const std::function<bool()>& done, absl::Duration at_most) {
  const absl::Time end = now_ + at_most;
  while (!failed()) {
    if (done()) return true;
    if (queue_.empty() || queue_.begin()->first.at > end) {
      Advance(end - now_);
      return done();
    }
    auto next = queue_.extract(queue_.begin());
    Advance(std::max(absl::ZeroDuration(), next.key().at - now_));
    next.mapped()();
  }
  return true;
}

void World::Run(absl::Duration span) {
  RunUntil([] { return false; }, span);
}

void World::Sleep(absl::Duration span) {
  Trace("everybody sleeps for " + absl::FormatDuration(span));
  Advance(span);
}

void World::LoseServer(absl::Duration span) {
  Trace("the server is away for " + absl::FormatDuration(span));
  away_until_ = now_ + span;
  Run(span);
}

void World::Heal() {
  Trace("the world is healed");
  faults_ = Faults::None();
  healed_ = true;
  on_submit = {};
  on_page = {};
  on_blobs = {};
  log_.server.date = {};
  for (const auto& host : hosts_) {
    host->clock().SetNow(now_);
    if (!host->up()) host->Start();
    host->Unlock();
  }
}

void World::Tick(Host& host) {
  if (host.up()) {
    if (dice_.Chance(faults_.clock_jump)) {
      host.clock().SetNow(host.clock().Now() + absl::Seconds(dice_.Between(-7200, 7200)));
      Trace("the clock of " + std::to_string(host.number()) + " jumps");
    }
    host.Deliver(node::Tick{}, host.boots());
  }
  if (host.up()) Poll(host);
  if (host.up() && person_) person_(host);
  int64_t pause_ms = kTickMs + dice_.Between(-500, 500);
  if (now_ < away_until_) {
    pause_ms += std::min(absl::ToInt64Milliseconds(away_until_ - now_), dice_.Between(0, kRestMs));
  }
  Schedule(pause_ms, [this, &host] { Tick(host); });
}

void World::Send(std::function<void()> deliver) {
  if (now_ < away_until_ || dice_.Chance(faults_.drop)) return;
  if (dice_.Chance(faults_.duplicate)) Schedule(dice_.Between(0, faults_.max_delay_ms), deliver);
  Schedule(dice_.Between(0, faults_.max_delay_ms), std::move(deliver));
}

void World::Submit(Host& from, const node::Submit& submit) {
  invariants_.OnSubmit(from.node(), submit, from.clock().Now());
  Send([this, &from, submit, boot = from.boots()] {
    absl::Status status;
    std::optional<absl::Status> answer;
    if (on_submit) answer = on_submit(from, submit);
    if (answer.has_value()) {
      status = *answer;
    } else if (dice_.Chance(faults_.refuse) &&
               !server().Has(ledger::OrganiserNumber{from.number()}, submit.statement.id)) {
      status = absl::ResourceExhaustedError("not today");
    } else {
      status = Inject(from, submit.statement, submit.blobs);
    }
    if (status.ok()) return;
    Trace("the server refuses a statement of " + std::to_string(from.number()));
    Send([&from, id = submit.statement.id, status, boot] {
      from.Deliver(node::SubmissionRefused{id, status}, boot);
    });
  });
}

absl::Status World::Inject(Log& log, const wire::SignedStatement& statement,
                           const std::vector<crypto::Bytes>& blobs) {
  const uint64_t before = log.server.size();
  const absl::Status status = log.server.Append(statement, blobs, now_ms());
  if (log.server.size() == before) return status;
  ReadTruth();
  for (const auto& host : hosts_) {
    if (host->up()) Poll(*host);
  }
  return status;
}

void World::Poll(Host& from) {
  Send([this, &from, boot = from.boots()] {
    if (!from.up() || from.boots() != boot) return;
    const LogServer& server = LogOf(from).server;
    const uint64_t next = from.node().replica().next_index();
    const uint64_t count = dice_.Chance(faults_.small_page) ? dice_.Below(4) : kPage;
    LogServer::Page page = dice_.Chance(faults_.stale_page)
                               ? server.ReadAt(next, 1 + dice_.Below(server.size()))
                               : server.Read(next, count);
    if (on_page) on_page(from, page);
    Send([this, &from, boot, page = std::move(page)] {
      if (!from.up() || from.boots() != boot) return;
      const bool fits = page.from == from.node().replica().next_index();
      if (!fits && !dice_.Chance(faults_.misaligned)) return;
      from.Deliver(node::LogAdvanced{page.note, page.entries}, boot);
    });
  });
}

void World::FetchBlobs(Host& from, const std::vector<crypto::Digest>& digests) {
  Send([this, &from, digests, boot = from.boots()] {
    node::BlobsArrived arrived;
    for (const crypto::Digest& digest : digests) {
      const crypto::Bytes* blob = LogOf(from).server.FindBlob(digest);
      if (blob == nullptr) continue;
      arrived.blobs.push_back(*blob);
      if (dice_.Chance(faults_.corrupt_blob)) arrived.blobs.back()[0] ^= 1;
    }
    if (on_blobs) on_blobs(arrived);
    Send([&from, boot, arrived = std::move(arrived)] { from.Deliver(arrived, boot); });
  });
}

node::NodeOptions World::OptionsFor(Host& host) {
  node::NodeOptions options;
  options.store = &host.store();
  options.clock = &host.clock();
  options.random = &host.random();
  options.organisation = organisation_.id;
  options.me = ledger::OrganiserNumber{host.number()};
  options.device_key = host.device_key.value_or(people_.keystore(host.number()).card().device);
  options.log_key = log_.server.log_key();
  options.organisation_key = organisation_.organisation_key.Clone();
  if (host.wrong_organisation_key) {
    options.organisation_key = crypto::Secret::Zero(crypto::kOrganisationKeySize);
  }
  options.unattended_key = people_.keystore(host.number()).unattended_key().Clone();
  return options;
}

bool World::IsQuiet() {
  return std::all_of(hosts_.begin(), hosts_.end(), [this](const auto& host) {
    if (!invariants_.IsHonest(host->number())) return true;
    return host->up() && host->node().unsent() == 0 &&
           host->node().replica().size() == log_.server.size();
  });
}

bool World::IsKeyActive() const {
  const auto& vaults = truth().vaults;
  return !vaults.empty() && std::all_of(vaults.begin(), vaults.end(), [](const auto& vault) {
    return vault.second.active.has_value();
  });
}

}  // namespace quorate::simulation
