#include "client/audit/fault.h"

#include "client/import/name.h"
#include "custody/base/error_info.h"

namespace quorate::audit {
namespace {

constexpr size_t kShownBytes = 400;

std::string Text(const absl::Status& status) {
  return client::SafeText(std::string(status.message()), kShownBytes);
}

std::string Or(std::string text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kVerified:
      return "VERIFIED";
    case Verdict::kTampered:
      return "TAMPERED";
    case Verdict::kIncomplete:
      return "INCOMPLETE";
    case Verdict::kUnreachable:
      return "UNREACHABLE";
  }
  return "UNREACHABLE";
}

int VerdictExitCode(Verdict verdict) {
  switch (verdict) {
    case Verdict::kVerified:
      return 0;
    case Verdict::kTampered:
      return 5;
    case Verdict::kIncomplete:
      return 6;
    case Verdict::kUnreachable:
      return 4;
  }
  return 1;
}

absl::Status AsStatus(const Fault& fault) {
  const auto code = fault.verdict == Verdict::kTampered ? absl::StatusCode::kDataLoss
                                                        : absl::StatusCode::kUnavailable;
  return base::MakeError(code, fault.reason, fault.what, fault.next);
}

Fault FaultOf(const absl::Status& status) {
  const std::string reason = base::GetReason(status);
  const std::string next = client::SafeText(base::GetNext(status), kShownBytes);
  if (reason == "WRONG_SERVER_CERTIFICATE") {
    return {Verdict::kTampered, reason, Text(status), next, {}, {}};
  }
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return {Verdict::kUnreachable,
            Or(reason, "SERVER_UNREACHABLE"),
            "the server does not answer: " + Text(status),
            Or(next, "check the network and whether the server runs; then try again"),
            {},
            {}};
  }
  return {Verdict::kIncomplete,
          Or(reason, "SERVER_REFUSES"),
          "the server does not hand out the log: " + Text(status),
          Or(next, "ask whoever runs the server"),
          {},
          {}};
}

}  // namespace quorate::audit
