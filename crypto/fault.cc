#include "crypto/fault.h"

#include <string>

#include "absl/strings/cord.h"

namespace quorate::crypto {
namespace {

constexpr char kType[] = "quorate.crypto.Fault";

}  // namespace

absl::Status FaultStatus(const NamedFault& fault, std::string_view message) {
  absl::Status status =
      absl::InvalidArgumentError(absl::string_view(message.data(), message.size()));
  std::string detail;
  detail.push_back(static_cast<char>(fault.fault));
  detail.push_back(static_cast<char>(static_cast<uint8_t>(fault.culprit.value())));
  status.SetPayload(kType, absl::Cord(detail));
  return status;
}

std::optional<NamedFault> FaultOf(const absl::Status& status) {
  std::optional<NamedFault> fault;
  auto payload = status.GetPayload(kType);
  if (!payload.has_value() || payload->size() != 2) return fault;
  uint8_t kind = static_cast<uint8_t>((*payload)[0]);
  uint8_t culprit = static_cast<uint8_t>((*payload)[1]);
  std::optional<ShareIndex> index = ShareIndex::From(culprit);
  if (kind < 1 || kind > 2 || !index.has_value()) return fault;
  fault = NamedFault{static_cast<Fault>(kind), *index};
  return fault;
}

}  // namespace quorate::crypto
