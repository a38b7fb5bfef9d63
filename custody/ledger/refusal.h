#ifndef QUORATE_CUSTODY_LEDGER_REFUSAL_H_
#define QUORATE_CUSTODY_LEDGER_REFUSAL_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace quorate::ledger {

// Why a statement changed nothing. The same for every reader: part of the rules, so a number is
// never used for another reason.
enum class RefusalCode : uint16_t {
  kNone = 0,
  // What the bytes are.
  kMalformedHeader = 1,
  kWrongOrganisation = 2,
  kUnknownAuthor = 3,
  kBadSignature = 4,
  kBadDeviceSignature = 5,
  kMalformedBody = 6,
  kBodyDigestMismatch = 7,
  kUndecryptableBody = 8,
  kUnknownRules = 9,
  kStaleCharter = 10,
  kForeignRoot = 11,
  kRepeatedStatementId = 12,
  kTimeRanBackwards = 13,
  kQuotaExceeded = 14,
  kBadText = 15,
  kBodyMustBeSealed = 16,
  kBodyMustBeClear = 17,
  kBlobsMismatch = 18,
  // Charter.
  kAlreadyFounded = 30,
  kNotFounded = 31,
  kBadCharter = 32,
  kBadEndorsement = 33,
  kNotEnoughEndorsements = 34,
  // Sharing.
  kUnknownVault = 50,
  kNotAHolder = 51,
  kWrongSharing = 52,
  kWrongStage = 53,
  kReceiversChanged = 54,
  kTooEarly = 55,
  kTooFew = 56,
  kRepeated = 57,
  kBadProof = 58,
  kValueSeenBefore = 59,
  kUnknownDealing = 60,
  kWrongQualifiedSet = 61,
  kFalseComplaint = 62,
  // Accounts.
  kVaultNotReady = 80,
  kAccountInOtherVault = 81,
  kVersionNotNext = 82,
  kBadCiphertext = 83,
  kUnknownAccount = 84,
  kUnknownVersion = 85,
  kOwnVersion = 86,
  kKnowsExposedVersion = 87,
  kAlreadyConfirmed = 88,
  // Requests.
  kUnknownRequest = 100,
  kRequestClosed = 101,
  kRequestExpired = 102,
  kTooFewHolders = 103,
  kUnusualVersion = 104,
  kNotARecipient = 105,
  kAlreadyAccepted = 106,
  kTooLateToAccept = 107,
  kOwnRequest = 108,
  kRecipientMayNotApprove = 109,
  kAlreadyApproved = 110,
  kAcceptsMissing = 111,
  kNoShare = 112,
  kAlreadySaid = 113,
  kNothingToWithdraw = 114,
  kWrongEpoch = 115,
  kSharesIncomplete = 116,
  kBadShare = 117,
  kNotOpenable = 118,
  kOvertaken = 119,
  // Alarms.
  kNotFrozen = 130,
  kAlarmsChanged = 131,
};

// What an anomaly is. In every state digest, like the codes above: do not renumber.
enum class AnomalyKind : uint8_t {
  kRefused = 1,  // A signed statement was refused.
  kBadDealing = 2,
  kFalseComplaint = 3,
  kPrematureShares = 4,
};

// UPPER_SNAKE_CASE, stable, for scripts.
[[nodiscard]] std::string_view RefusalName(RefusalCode code);
// A sentence for people, with what to do next where there is something.
[[nodiscard]] std::string_view RefusalReason(RefusalCode code);
// A sentence for people; `refusal` is looked at where the kind is kRefused.
[[nodiscard]] std::string_view AnomalyText(AnomalyKind kind, RefusalCode refusal);
// Whether the statement's own bytes prove that its author or their node is to blame. Whatever else
// a statement is refused for, whoever orders the log could have brought about.
[[nodiscard]] bool IsProvenByBytes(RefusalCode code);

}  // namespace quorate::ledger

#endif  // QUORATE_CUSTODY_LEDGER_REFUSAL_H_
