// quorate-audit: reads the whole log from the server and believes nothing of it unchecked.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "client/import/name.h"
#include "crypto/init.h"
#include "crypto/words.h"
#include "custody/base/error_info.h"
#include "custody/base/memory_node_store.h"
#include "custody/base/process_memory.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/organisation_record.h"
#include "custody/ledger/queries.h"
#include "custody/net/certificate.h"
#include "custody/net/channel.h"
#include "custody/net/endpoint.h"
#include "custody/net/transport.h"
#include "custody/replica/replica.h"
#include "custody/wire/sealed_name.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::client {
namespace {

namespace pb = ::quorate::log::v1;

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUnreachable = 4;
constexpr int kTampered = 5;
constexpr int kIncomplete = 6;
constexpr size_t kWords = 12;

struct Flags {
  std::string home;
  std::string charter_words;
  bool json = false;
};

// A log as it was read: all that was applied, and what stopped the reading, if anything did.
struct Reading {
  std::vector<replica::AppliedEntry> entries;
  std::vector<std::string> names;  // Of organisers, from number 1.
  std::vector<std::string> words;
  crypto::Digest root;
  absl::Status status;
};

absl::Status ReadAll(const keystore::Keystore& keystore, const keystore::OrganisationRecord& record,
                     Reading& out) {
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(record.server));
  QUORATE_ASSIGN_OR_RETURN(net::Certificate own, net::Certificate::Create(keystore.tls()));
  QUORATE_ASSIGN_OR_RETURN(
      std::unique_ptr<net::ServerChannel> channel,
      net::ServerChannel::Create(endpoint, record.server_certificate_digest, own));
  std::unique_ptr<pb::Log::Stub> log = pb::Log::NewStub(channel->channel());
  base::MemoryNodeStore store;
  replica::ReplicaOptions options;
  options.organisation = ledger::OrganisationId{record.organisation.value};
  options.keys.Add(1, record.organisation_key.Clone());
  options.pinned_log_key = record.log_key;
  QUORATE_ASSIGN_OR_RETURN(replica::Replica replica,
                           replica::Replica::Open(&store, std::move(options)));
  uint64_t log_size = 1;
  while (replica.next_index() < log_size) {
    pb::GetEntriesRequest request;
    request.set_organisation(crypto::AsString(record.organisation.span()));
    request.set_start(replica.next_index());
    pb::GetEntriesResponse response;
    grpc::ClientContext context;
    net::SetDeadline(context);
    QUORATE_RETURN_IF_ERROR(channel->ToStatus(log->GetEntries(&context, request, &response)));
    if (response.entries().empty()) {
      return base::MakeError(absl::StatusCode::kUnavailable, "ENTRIES_MISSING",
                             "the server withholds entries that its checkpoint covers",
                             "try again; if it stays so, tell the others");
    }
    std::vector<replica::RawEntry> entries;
    for (const pb::Entry& entry : response.entries()) {
      entries.push_back({crypto::ToBytes(entry.leaf()), crypto::ToBytes(entry.body())});
    }
    QUORATE_ASSIGN_OR_RETURN(replica::ExtendResult result,
                             replica.Extend(crypto::AsBytes(response.checkpoint()), entries));
    log_size = result.log_size;
    for (replica::AppliedEntry& applied : result.applied) {
      out.entries.push_back(std::move(applied));
    }
  }
  out.root = replica.root();
  const std::optional<ledger::Charter>& charter = replica.state().charter;
  for (uint32_t i = 0; charter.has_value() && i < charter->organisers.size(); ++i) {
    absl::StatusOr<std::string> name = wire::OpenName(record.organisation_key, wire::kOrganiserRole,
                                                      i + 1, charter->organisers[i].name_sealed);
    out.names.push_back(name.ok() ? *name : "organiser " + std::to_string(i + 1));
  }
  if (!out.entries.empty() && out.entries.front().entry.statement.has_value()) {
    if (const auto* found = std::get_if<ledger::Found>(&*out.entries.front().entry.statement)) {
      out.words = crypto::FingerprintWords(
          ledger::FoundingDigest(found->charter_bytes, found->wraps), kWords);
    }
  }
  return absl::OkStatus();
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Author(const Reading& reading, const ledger::Entry& entry) {
  if (!entry.header.has_value()) return "nobody";
  const uint32_t number = entry.header->author.value;
  if (number == 0 || number > reading.names.size()) return "organiser " + std::to_string(number);
  return reading.names[number - 1];
}

std::string Time(const ledger::Entry& entry) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S",
                          absl::FromUnixMillis(static_cast<int64_t>(entry.leaf.log_time_ms)),
                          absl::UTCTimeZone());
}

// TAMPERED where what was read contradicts itself or the log's key, INCOMPLETE where something is
// missing: the two are never mixed.
int Verdict(const absl::Status& status, const char** word) {
  if (status.ok()) {
    *word = "VERIFIED";
    return kDone;
  }
  const bool missing = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  *word = missing ? "INCOMPLETE" : "TAMPERED";
  const std::string reason = base::GetReason(status);
  if (missing && reason != "BODY_MISSING" && reason != "ENTRIES_MISSING") return kUnreachable;
  return missing ? kIncomplete : kTampered;
}

int Verify(const Flags& flags, Reading& reading) {
  if (reading.status.ok() && !flags.charter_words.empty() &&
      flags.charter_words != Joined(reading.words)) {
    reading.status = base::MakeError(absl::StatusCode::kDataLoss, "WRONG_CHARTER",
                                     "the charter's words are not the ones that were given",
                                     "compare them with another founder's");
  }
  const char* word = "";
  const int code = Verdict(reading.status, &word);
  size_t refused = 0;
  for (const replica::AppliedEntry& applied : reading.entries) {
    refused += applied.outcome.admitted() ? 0 : 1;
  }
  const std::string ends = reading.entries.empty() ? "" : Time(reading.entries.back().entry);
  const std::string next_bad = reading.status.ok() ? "" : std::to_string(reading.entries.size());
  if (flags.json) {
    std::printf(
        "{\"verdict\":\"%s\",\"entries\":%zu,\"refused\":%zu,\"root\":\"%s\",\"ends\":\"%s\","
        "\"words\":\"%s\"%s}\n",
        word, reading.entries.size(), refused, crypto::Hex(reading.root.span()).c_str(),
        ends.c_str(), Joined(reading.words).c_str(),
        next_bad.empty() ? "" : (",\"stopped_at\":" + next_bad).c_str());
  } else {
    std::printf("%s  %zu entries, %zu of them refused; the log ends %s UTC\n", word,
                reading.entries.size(), refused, ends.c_str());
    std::printf("charter   %s\n", Joined(reading.words).c_str());
    if (!next_bad.empty()) std::printf("stopped   at entry %s\n", next_bad.c_str());
  }
  if (!reading.status.ok()) {
    if (flags.json) {
      std::fprintf(stderr, "%s\n", base::ErrorJson(reading.status).c_str());
    } else {
      std::fprintf(stderr, "quorate-audit: %s\n", std::string(reading.status.message()).c_str());
    }
  }
  return code;
}

int Show(const Flags& flags, const Reading& reading) {
  for (const replica::AppliedEntry& applied : reading.entries) {
    const ledger::Entry& entry = applied.entry;
    const std::string what = entry.statement.has_value()
                                 ? std::string(ledger::StatementName(*entry.statement))
                                 : "unreadable";
    const std::string outcome = applied.outcome.admitted()
                                    ? "admitted"
                                    : std::string(ledger::RefusalName(applied.outcome.refusal));
    const std::string author = SafeText(Author(reading, entry), ledger::kMaxNameBytes);
    if (flags.json) {
      std::printf(
          "{\"index\":%llu,\"time_ms\":%llu,\"author\":\"%s\",\"statement\":\"%s\","
          "\"outcome\":\"%s\",\"leaf_hash\":\"%s\"}\n",
          static_cast<unsigned long long>(entry.index),
          static_cast<unsigned long long>(entry.leaf.log_time_ms), author.c_str(), what.c_str(),
          outcome.c_str(), crypto::Hex(entry.leaf_hash.span()).c_str());
    } else {
      std::printf("%6llu  %s  %-12s  %-18s  %s\n", static_cast<unsigned long long>(entry.index),
                  Time(entry).c_str(), author.c_str(), what.c_str(), outcome.c_str());
    }
  }
  const char* word = "";
  return Verdict(reading.status, &word);
}

int Main(int argc, char** argv) {
  CLI::App app{
      "quorate-audit: fetches the organisation's log, verifies all of it and says what it holds."};
  Flags flags;
  app.require_subcommand(1);
  auto command = [&](const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("--home", flags.home, "the folder of keys; default $QUORATE_HOME");
    sub->add_flag("--json", flags.json, "for scripts");
    sub->add_option("--charter-words", flags.charter_words, "the twelve words of the founding");
    return sub;
  };
  CLI::App* verify = command("verify", "VERIFIED, TAMPERED (exit 5) or INCOMPLETE (exit 6)");
  command("show", "one line for each statement");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  base::HideProcessMemory();
  net::PrepareTransport();
  absl::Status ready = crypto::InitCrypto();
  absl::StatusOr<keystore::Home> home = keystore::FindHome(flags.home);
  absl::StatusOr<keystore::Keystore> keystore =
      home.ok() ? keystore::Keystore::Open(*home) : home.status();
  absl::StatusOr<std::optional<keystore::OrganisationRecord>> record =
      keystore.ok() ? keystore::ReadOrganisation(*keystore) : keystore.status();
  if (!ready.ok() || !record.ok() || !record->has_value()) {
    const absl::Status why = !ready.ok() ? ready : record.status();
    std::fprintf(stderr, "quorate-audit: %s\n",
                 why.ok() ? "this person belongs to no organisation yet"
                          : std::string(why.message()).c_str());
    return kFailed;
  }
  Reading reading;
  reading.status = ReadAll(*keystore, **record, reading);
  return verify->parsed() ? Verify(flags, reading) : Show(flags, reading);
}

}  // namespace
}  // namespace quorate::client

int main(int argc, char** argv) { return quorate::client::Main(argc, argv); }
