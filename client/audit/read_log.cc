#include "client/audit/read_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "custody/base/status_macros.h"
#include "custody/log/checkpoint.h"
#include "custody/wire/statement.h"

namespace quorate::audit {
namespace {

constexpr char kAskOperator[] = "ask whoever runs the server; tell the others if it stays so";

Fault Incomplete(std::string_view reason, std::string_view what, uint64_t index) {
  return {Verdict::kIncomplete, std::string(reason), std::string(what), kAskOperator, index, {}};
}

Fault Tampered(std::string_view reason, std::string_view what, uint64_t index) {
  return {Verdict::kTampered,
          std::string(reason),
          std::string(what),
          "stop using this server and show this to every organiser",
          index,
          {}};
}

class Reader {
 public:
  Reader(LogSource& source, const Trust& trust, const base::Clock& clock, const ReadLimits& limits)
      : source_(source), trust_(trust), clock_(clock), limits_(limits) {}

  LogCopy Read() && {
    const absl::Duration start = clock_.Monotonic();
    do {
      if (clock_.Monotonic() - start > limits_.max_time) {
        copy_.stopped =
            Incomplete("READING_TOO_SLOW",
                       "the server hands out the log more slowly than a reader waits", next());
        break;
      }
      absl::StatusOr<LogPage> page = source_.Read(next());
      copy_.stopped = page.ok() ? Take(*std::move(page)) : FaultOf(page.status());
    } while (!copy_.stopped.has_value() && next() < copy_.head.size);
    return std::move(copy_);
  }

 private:
  uint64_t next() const { return copy_.entries.size(); }

  std::optional<Fault> TakeHead(const crypto::Bytes& note, TreeHead& head) {
    absl::StatusOr<TreeHead> opened = OpenHead(trust_, note);
    if (!opened.ok()) {
      return Fault{Verdict::kTampered,
                   "BAD_CHECKPOINT",
                   "the checkpoint is not one of this log, or not signed by the log's key",
                   "check that the server is the one of the charter, and tell every organiser",
                   {},
                   {}};
    }
    head = *opened;
    if (copy_.checkpoint.empty()) {
      copy_.checkpoint = note;
      copy_.head = head;
      if (head.size == 0) return Incomplete("LOG_EMPTY", "the server shows an empty log", 0);
      if (head.size > limits_.max_entries) return TooLarge();
      return std::nullopt;
    }
    auto& others = copy_.other_heads;
    if (head == copy_.head || std::find(others.begin(), others.end(), head) != others.end() ||
        others.size() >= limits_.max_other_heads) {
      return std::nullopt;
    }
    others.push_back(head);
    return std::nullopt;
  }

  std::optional<Fault> Take(LogPage page) {
    TreeHead newest;
    std::optional<Fault> fault = TakeHead(page.checkpoint, newest);
    if (fault.has_value()) return fault;
    if (page.entries.empty()) {
      return Incomplete("ENTRIES_WITHHELD",
                        "the server withholds entries that its checkpoint covers", next());
    }
    // The log may have shrunk or grown since the first page, but a page never outruns the
    // checkpoint that comes with it.
    if (page.entries.size() > newest.size || next() > newest.size - page.entries.size()) {
      return Tampered("UNSIGNED_ENTRIES",
                      "the server shows entries beyond the checkpoint that it signed",
                      std::max(next(), newest.size));
    }
    for (replica::RawEntry& entry : page.entries) {
      if (next() == copy_.head.size) break;
      if (entry.leaf.empty() || entry.leaf.size() > wire::kMaxLeafBytes ||
          entry.body.size() > ledger::kMaxBodyBytes) {
        return Incomplete("BAD_ENTRY",
                          "the server sends something that is too large or too small "
                          "for an entry",
                          next());
      }
      bytes_ += entry.leaf.size() + entry.body.size();
      if (bytes_ > limits_.max_bytes) return TooLarge();
      copy_.entries.push_back(std::move(entry));
    }
    return std::nullopt;
  }

  Fault TooLarge() const {
    return {Verdict::kIncomplete,
            "LOG_TOO_LARGE",
            "the log is larger than this reader takes",
            "ask whether the organisation really has this many entries; upgrade if it has",
            next(),
            {}};
  }

  LogSource& source_;
  const Trust& trust_;
  const base::Clock& clock_;
  const ReadLimits& limits_;
  LogCopy copy_;
  size_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<TreeHead> OpenHead(const Trust& trust, crypto::ByteSpan note) {
  QUORATE_ASSIGN_OR_RETURN(const log::NoteKey key,
                           log::NoteKey::Create(log::OriginOf(trust.organisation.span()),
                                                log::NoteKeyType::kEd25519, trust.log_key));
  QUORATE_ASSIGN_OR_RETURN(const log::SignedCheckpoint opened,
                           log::SignedCheckpoint::Open(crypto::AsText(note), key));
  return TreeHead{opened.size(), opened.root()};
}

LogCopy ReadLog(LogSource& source, const Trust& trust, const base::Clock& clock,
                const ReadLimits& limits) {
  return Reader(source, trust, clock, limits).Read();
}

}  // namespace quorate::audit
