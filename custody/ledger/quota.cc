#include "custody/ledger/quota.h"

namespace quorate::ledger {
namespace {

Amount Used(const AuthorUsage& usage, bool has_device_signature, uint64_t now_ms) {
  if (usage.day < now_ms / kDayMs) return {};
  return has_device_signature ? usage.with_device : usage.without_device;
}

Amount Limit(bool has_device_signature) {
  return has_device_signature ? kDailyQuota : kDailyQuotaWithoutDevice;
}

}  // namespace

uint64_t StoredBytes(const Header& header) {
  uint64_t sum = header.body_length;
  for (const BlobRef& blob : header.blobs) sum += blob.length;
  return sum;
}

void Charge(AuthorUsage& usage, const Header& header, bool has_device_signature, uint64_t now_ms) {
  if (usage.day < now_ms / kDayMs) {
    usage.day = now_ms / kDayMs;
    usage.with_device = {};
    usage.without_device = {};
  }
  Amount& used = has_device_signature ? usage.with_device : usage.without_device;
  used.statements += 1;
  used.bytes += StoredBytes(header);
}

bool FitsQuota(const AuthorUsage& usage, const Header& header, bool has_device_signature,
               uint64_t now_ms) {
  const Amount used = Used(usage, has_device_signature, now_ms);
  const Amount limit = Limit(has_device_signature);
  return used.statements < limit.statements && used.bytes + StoredBytes(header) <= limit.bytes;
}

bool IsWorthStoring(const AuthorUsage& usage, const Header& header, bool has_device_signature,
                    uint64_t now_ms) {
  if (FitsQuota(usage, header, has_device_signature, now_ms)) return true;
  const Amount used = Used(usage, has_device_signature, now_ms);
  const Amount limit = Limit(has_device_signature);
  return header.blobs.empty() && header.body_length <= kLargestDenial &&
         used.statements < limit.statements + kReservedForDenials &&
         used.bytes <= limit.bytes + kReservedForDenials * kLargestDenial;
}

}  // namespace quorate::ledger
