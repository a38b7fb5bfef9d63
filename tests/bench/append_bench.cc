#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "crypto/init.h"
#include "custody/ledger/queries.h"
#include "custody/store/sqlite_store.h"
#include "custody/wire/statement.h"
#include "tests/bench/timing.h"
#include "tests/log/testing.h"
#include "tests/server/testing.h"

// Durable appends at the server, against rows of the same size put straight into SQLite.
//
//   append_bench ROUNDS
//
// Timed is what a call costs behind the door, without TLS: both signatures checked, the place
// found, leaf, body, tree and checkpoint made and signed, everything durable. The bare insert has
// the same pragmas (WAL, synchronous=FULL), one table, one row a statement. Both lie in the folder
// for temporary files, and take turns.
namespace quorate::bench {
namespace {

using server::Submission;

constexpr size_t kSingle = 50;
constexpr size_t kBatch = 256;
constexpr size_t kBodyBytes = 400;

void Require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "append_bench: %s\n", what);
  std::exit(1);
}

class BareTable {
 public:
  explicit BareTable(const std::string& path) {
    Require(sqlite3_open(path.c_str(), &connection_) == SQLITE_OK, "cannot open the bare database");
    Execute("PRAGMA journal_mode=WAL");
    Execute("PRAGMA synchronous=FULL");
    Execute("CREATE TABLE entry(id INTEGER PRIMARY KEY, leaf BLOB, body BLOB)");
    Require(sqlite3_prepare_v2(connection_, "INSERT INTO entry(leaf, body) VALUES(?, ?)", -1,
                               &insert_, nullptr) == SQLITE_OK,
            "cannot prepare");
  }
  ~BareTable() {
    sqlite3_finalize(insert_);
    sqlite3_close(connection_);
  }
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  void Execute(const char* sql) {
    Require(sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  // As many bytes as a statement's leaf (its header, two signatures and a time) and body.
  void Insert(const Submission& submission) {
    leaf_.assign(submission.header.size() + 140, 1);
    sqlite3_bind_blob64(insert_, 1, leaf_.data(), leaf_.size(), SQLITE_STATIC);
    sqlite3_bind_blob64(insert_, 2, submission.body.data(), submission.body.size(), SQLITE_STATIC);
    Require(sqlite3_step(insert_) == SQLITE_DONE, "cannot insert");
    sqlite3_reset(insert_);
  }

 private:
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  crypto::Bytes leaf_;
};

class Bench {
 public:
  Bench() : bare_(folder_.File("bare.db")) {
    auto store = store::SqliteStore::Open(folder_.File("server.db"));
    Require(store.ok(), "cannot open the store");
    store_ = *std::move(store);
    auto custodian = server::Custodian::Open(
        {store_.get(), &clock_, server::testing::LogSeed(), crypto::Sha256(crypto::Bytes{1}), {}});
    Require(custodian.ok(), "cannot open the custodian");
    custodian_ = *std::move(custodian);
    group_ = std::make_unique<server::testing::Group>(*custodian_, 1);
    Require(group_->Found(*custodian_).ok(), "cannot found");
  }

  // Seconds a statement.
  double Single() {
    const std::vector<Submission> statements = Statements(kSingle);
    return SecondsOf([&] {
             for (const Submission& statement : statements) {
               Require(custodian_->Append(group_->id(), statement).ok(), "an append failed");
             }
           }) /
           kSingle;
  }
  double BareSingle() {
    const std::vector<Submission> statements = Statements(kSingle);
    return SecondsOf([&] {
             for (const Submission& statement : statements) bare_.Insert(statement);
           }) /
           kSingle;
  }
  double Batched() {
    const std::vector<Submission> statements = Statements(kBatch);
    return SecondsOf([&] {
             absl::BlockingCounter left(kBatch);
             for (const Submission& statement : statements) {
               custodian_->Append(group_->id(), statement, [&](auto answer) {
                 Require(answer.ok(), "an append failed");
                 left.DecrementCount();
               });
             }
             left.Wait();
           }) /
           kBatch;
  }
  double BareBatched() {
    const std::vector<Submission> statements = Statements(kBatch);
    return SecondsOf([&] {
             bare_.Execute("BEGIN");
             for (const Submission& statement : statements) bare_.Insert(statement);
             bare_.Execute("COMMIT");
           }) /
           kBatch;
  }
  // One Ed25519 check, as each statement's signature takes.
  double Verify() {
    const Submission statement = group_->SayLarge(kBodyBytes);
    const crypto::PublicSigningKey key = group_->log().signing_key(1).public_key();
    return SecondsOf([&] {
             for (size_t i = 0; i < kBatch; ++i) {
               Require(crypto::VerifySignature(key, ledger::kStatementLabel, statement.header,
                                               statement.signature),
                       "a signature does not verify");
             }
           }) /
           kBatch;
  }

 private:
  std::vector<Submission> Statements(size_t count) {
    // Nobody's quota is measured here.
    clock_.Advance(absl::Hours(48));
    std::vector<Submission> statements;
    for (size_t i = 0; i < count; ++i) statements.push_back(group_->SayLarge(kBodyBytes));
    return statements;
  }

  log::TemporaryFolder folder_;
  base::FakeClock clock_;
  BareTable bare_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<server::Custodian> custodian_;
  std::unique_ptr<server::testing::Group> group_;
};

int Measure(int rounds) {
  Bench bench;
  std::vector<double> single;
  std::vector<double> bare_single;
  std::vector<double> batched;
  std::vector<double> bare_batched;
  std::vector<double> verify;
  for (int round = 0; round < rounds; ++round) {
    bare_single.push_back(bench.BareSingle());
    single.push_back(bench.Single());
    bare_batched.push_back(bench.BareBatched());
    batched.push_back(bench.Batched());
    verify.push_back(bench.Verify());
  }
  std::printf(
      "{\"single_us\": %.2f, \"bare_single_us\": %.2f, \"batched_us\": %.2f, "
      "\"bare_batched_us\": %.2f, \"verify_us\": %.2f}\n",
      Median(single) * 1e6, Median(bare_single) * 1e6, Median(batched) * 1e6,
      Median(bare_batched) * 1e6, Median(verify) * 1e6);
  return 0;
}

}  // namespace
}  // namespace quorate::bench

int main(int argc, char** argv) {
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  if (argc != 2) {
    std::fputs("append_bench ROUNDS\n", stderr);
    return 2;
  }
  return quorate::bench::Measure(std::atoi(argv[1]));
}
