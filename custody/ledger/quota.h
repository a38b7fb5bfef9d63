#ifndef QUORATE_CUSTODY_LEDGER_QUOTA_H_
#define QUORATE_CUSTODY_LEDGER_QUOTA_H_

#include <cstdint>

#include "custody/ledger/state.h"

// How much an author may have logged on a day: functions of headers, signatures and times alone, so
// that the server, which reads no body, can hold everybody to what Apply will. Pure.
namespace quorate::ledger {

inline constexpr uint64_t kDayMs = 24ull * 3600 * 1000;
inline constexpr uint64_t kMaxOpenRequestsPerAuthor = 32;
// With a good device signature.
inline constexpr Amount kDailyQuota = {5000, 64ull << 20};
// Without: what a restored, or a stolen, kit can make.
inline constexpr Amount kDailyQuotaWithoutDevice = {256, 1ull << 20};
// A denial is never refused for a quota, nor an alarm for these. The server cannot tell either, so
// it takes so much more of statements that are no larger than one of them can be.
inline constexpr uint64_t kReservedForDenials = 256;
inline constexpr uint32_t kLargestDenial = 2048;
// Of an author, for one account, on a day; with a good device signature and without, each. Enough
// to say it anew after a lift; k holders can still outlast whoever never stops.
inline constexpr uint32_t kMaxDailyAlarms = 3;

// The bytes that an entry makes everyone store beside its leaf.
[[nodiscard]] uint64_t StoredBytes(const Header& header);

// Adds an entry. `now_ms` is the highest log_time so far; a new day begins at nothing.
void Charge(AuthorUsage& usage, const Header& header, bool has_device_signature, uint64_t now_ms);

// Whether `usage`, the author's before this entry, leaves room for it. Not asked of denials and
// alarms.
[[nodiscard]] bool FitsQuota(const AuthorUsage& usage, const Header& header,
                             bool has_device_signature, uint64_t now_ms);
// The same for whoever stores entries that it cannot read: lets through all that Apply lets
// through, but for a day's denials and alarms beyond kReservedForDenials.
[[nodiscard]] bool IsWorthStoring(const AuthorUsage& usage, const Header& header,
                                  bool has_device_signature, uint64_t now_ms);

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_QUOTA_H_
