#ifndef QUORATE_CLIENT_AUDIT_FAULT_H_
#define QUORATE_CLIENT_AUDIT_FAULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace quorate::audit {

// What reading a log comes to: one of these, never a mixture.
enum class Verdict {
  kVerified,
  // What was read contradicts itself, a signature, or what this person's node saw.
  kTampered,
  // Nothing contradicts, but something that should be there is missing or cannot be used.
  kIncomplete,
  // Nobody answered.
  kUnreachable,
};

// "VERIFIED", "TAMPERED", "INCOMPLETE" or "UNREACHABLE"; and the program's exit code: 0, 5, 6, 4.
[[nodiscard]] std::string_view VerdictName(Verdict verdict);
[[nodiscard]] int VerdictExitCode(Verdict verdict);

// Why a log is not verified.
struct Fault {
  Verdict verdict = Verdict::kTampered;
  std::string reason;  // UPPER_SNAKE_CASE, stable, for scripts.
  std::string what;    // A sentence of ours, never a peer's bytes.
  std::string next;    // What the person does now.
  // The first bad or missing entry, where the fault is of an entry.
  std::optional<uint64_t> index;
  // Where it could not be narrowed down to one: the fault lies in [index, until).
  std::optional<uint64_t> until;
};

// As a status, for printing: DataLoss or Unavailable, with reason and next step.
[[nodiscard]] absl::Status AsStatus(const Fault& fault);

// The fault that a source's error is. Its text is the source's own, cleaned.
[[nodiscard]] Fault FaultOf(const absl::Status& status);

}  // namespace quorate::audit

#endif  // QUORATE_CLIENT_AUDIT_FAULT_H_
