#ifndef QUORATE_TESTS_HOSTILE_MISCHIEF_H_
#define QUORATE_TESTS_HOSTILE_MISCHIEF_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "quorate/log/v1/log.pb.h"
#include "tests/hostile/answer.h"

namespace quorate::hostile {

// What a server does to its answers, and to whom. The manners:
//   of entries      drop, swap, repeat, cut-body, no-body, cut-leaf, flip-leaf, flip-body,
//   back-date;
//                   each at "index", or the last entry of what is sent
//   of checkpoints  flip-checkpoint; old-state (as it was when this began), withhold (no entry
//                   since then, but the newest checkpoint)
//   of statements   swallow (says yes and does nothing), refuse (with the reason BAD_SIGNATURE),
//                   twice
//   of blobs        flip-blob, no-blob
struct Mischief {
  std::string manner;  // Empty: honest.
  std::optional<uint64_t> index;
  uint64_t size = 0;  // Of the log when this began, and its checkpoint.
  std::string checkpoint;
  uint64_t done = 0;  // How often an answer was changed since.

  bool KeepsBack() const { return manner == "withhold" || manner == "old-state"; }
};

// Who is cheated how. Shared by all calls. Thread-safe.
class Plan {
 public:
  // `caller` is a TLS key in hexadecimal; empty: whoever has no plan of their own.
  void Set(const std::string& caller, Mischief mischief);
  void Clear();
  std::map<std::string, Mischief> Get() const;
  // Whether this caller is cheated in this manner, once more.
  bool Is(const std::string& caller, const std::string& manner);
  // Changes entries that begin at `start`, and their checkpoint.
  void Bend(const std::string& caller, uint64_t start,
            google::protobuf::RepeatedPtrField<quorate::log::v1::Entry>& entries,
            std::string& checkpoint);
  void Bend(const std::string& caller, quorate::log::v1::GetBlobsResponse& response);

 private:
  Mischief& For(const std::string& caller);

  mutable std::mutex mutex_;
  std::map<std::string, Mischief> mischiefs_;
};

}  // namespace quorate::hostile

#endif  // QUORATE_TESTS_HOSTILE_MISCHIEF_H_
