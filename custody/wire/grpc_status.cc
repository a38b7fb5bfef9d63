#include "custody/wire/grpc_status.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"
#include "quorate/ledger/v1/error.pb.h"

namespace quorate::wire {
namespace {

constexpr size_t kMaxCulpritBytes = 64;
constexpr size_t kMaxDetailBytes = 4096;
constexpr int kLastCode = 16;  // UNAUTHENTICATED; both sides share the numbers.

bool IsReason(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPeerReasonBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool IsCulprit(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCulpritBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
         });
}

}  // namespace

std::string SanitisePeerText(std::string_view text, size_t max_bytes) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\n' || text[at] == '\t') {
      if (out.size() >= max_bytes) break;
      out += ' ';
      ++at;
      continue;
    }
    size_t length = 1;
    while (length <= 4 && at + length <= text.size() &&
           !ledger::IsValidText(text.substr(at, length), 4)) {
      ++length;
    }
    if (length > 4 || at + length > text.size()) {
      ++at;
      continue;
    }
    if (out.size() + length > max_bytes) break;
    out += text.substr(at, length);
    at += length;
  }
  return out;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto raw = static_cast<int>(status.raw_code());
  const auto code =
      raw >= 0 && raw <= kLastCode ? static_cast<grpc::StatusCode>(raw) : grpc::StatusCode::UNKNOWN;
  ledger::v1::ErrorInfo info;
  info.set_reason(base::GetReason(status));
  info.set_culprit(base::GetCulprit(status));
  info.set_next(base::GetNext(status));
  return grpc::Status(code, std::string(status.message()), info.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto raw = static_cast<int>(status.error_code());
  const auto code =
      raw > 0 && raw <= kLastCode ? static_cast<absl::StatusCode>(raw) : absl::StatusCode::kUnknown;
  ledger::v1::ErrorInfo info;
  const std::string details = status.error_details();
  if (details.size() > kMaxDetailBytes || !info.ParseFromString(details)) info.Clear();
  absl::Status out = base::MakeError(code, IsReason(info.reason()) ? info.reason() : "",
                                     SanitisePeerText(status.error_message(), kMaxPeerTextBytes),
                                     SanitisePeerText(info.next(), kMaxPeerTextBytes));
  if (IsCulprit(info.culprit())) out = base::WithCulprit(std::move(out), info.culprit());
  return out;
}

}  // namespace quorate::wire
