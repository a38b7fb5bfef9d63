#include "custody/ledger/refusal.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace quorate::ledger {
namespace {

struct Row {
  RefusalCode code;
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view kUnknownName = "UNKNOWN_REFUSAL";
constexpr std::string_view kUnknownReason =
    "Refused for a reason that this version does not know; upgrade to see it.";

using C = RefusalCode;
constexpr std::array kRows = {
    Row{C::kNone, "NONE", "Admitted."},
    Row{C::kMalformedHeader, "MALFORMED_HEADER",
        "The entry's header is not the one encoding of a header within its bounds."},
    Row{C::kWrongOrganisation, "WRONG_ORGANISATION", "The statement is for another organisation."},
    Row{C::kUnknownAuthor, "UNKNOWN_AUTHOR", "The author is not an organiser in the charter."},
    Row{C::kBadSignature, "BAD_SIGNATURE", "The author's signature does not hold."},
    Row{C::kBadDeviceSignature, "BAD_DEVICE_SIGNATURE",
        "The signature of the author's device is missing or does not hold."},
    Row{C::kMalformedBody, "MALFORMED_BODY",
        "The body is not the one encoding of a statement within its bounds."},
    Row{C::kBodyDigestMismatch, "BODY_DIGEST_MISMATCH",
        "The body beside the leaf is not the one that the author signed."},
    Row{C::kUndecryptableBody, "UNDECRYPTABLE_BODY",
        "The body does not open under the organisation key that its header names."},
    Row{C::kUnknownRules, "UNKNOWN_RULES",
        "The statement is not under the rules in force; upgrade where the rules are newer."},
    Row{C::kStaleCharter, "STALE_CHARTER",
        "The statement was made under another version of the charter; make it again."},
    Row{C::kForeignRoot, "FOREIGN_ROOT",
        "The tree that the author says to have verified is not this log's; compare checkpoints."},
    Row{C::kRepeatedStatementId, "REPEATED_STATEMENT_ID",
        "The author has logged a statement under this identifier before."},
    Row{C::kTimeRanBackwards, "TIME_RAN_BACKWARDS",
        "The log gave the entry an earlier time than the entry before; tell whoever runs it."},
    Row{C::kQuotaExceeded, "QUOTA_EXCEEDED",
        "The author has used up a quota; close requests or wait for the next day."},
    Row{C::kBadText, "BAD_TEXT",
        "A name or text has characters that it may not have, or is too long."},
    Row{C::kBodyMustBeSealed, "BODY_MUST_BE_SEALED",
        "A statement of this kind must be encrypted under the organisation key."},
    Row{C::kBodyMustBeClear, "BODY_MUST_BE_CLEAR",
        "A statement of this kind must not be encrypted."},
    Row{C::kBlobsMismatch, "BLOBS_MISMATCH",
        "The blobs listed are not the number or length that the statement needs."},
    Row{C::kAlreadyFounded, "ALREADY_FOUNDED", "The organisation has been founded before."},
    Row{C::kNotFounded, "NOT_FOUNDED",
        "The log's first entry has not founded the organisation; start a new log."},
    Row{C::kBadCharter, "BAD_CHARTER", "The charter breaks a rule; check it and draw it up again."},
    Row{C::kBadEndorsement, "BAD_ENDORSEMENT",
        "An endorsement is out of order, by nobody in the charter, or does not hold."},
    Row{C::kNotEnoughEndorsements, "NOT_ENOUGH_ENDORSEMENTS",
        "Fewer organisers endorse this than must; collect more endorsements."},
    Row{C::kUnknownVault, "UNKNOWN_VAULT", "The charter has no such vault."},
    Row{C::kNotAHolder, "NOT_A_HOLDER", "The author is not one of those whom this is for."},
    Row{C::kWrongSharing, "WRONG_SHARING",
        "The statement names another epoch or attempt than the vault's current one."},
    Row{C::kWrongStage, "WRONG_STAGE", "The sharing is not at the stage for this."},
    Row{C::kReceiversChanged, "RECEIVERS_CHANGED",
        "The list of receivers is not what the log adds up to; make the statement again."},
    Row{C::kTooEarly, "TOO_EARLY",
        "This must wait until everyone has taken part or the stage's time is over."},
    Row{C::kTooFew, "TOO_FEW", "Too few holders have taken part; wait for more of them."},
    Row{C::kRepeated, "REPEATED", "The author has done this before; only the first one counts."},
    Row{C::kBadProof, "BAD_PROOF", "A proof in the statement does not hold."},
    Row{C::kValueSeenBefore, "VALUE_SEEN_BEFORE",
        "A value that must be new is on the log already; make the statement again with a new one."},
    Row{C::kUnknownDealing, "UNKNOWN_DEALING", "The sharing has no dealing by that dealer."},
    Row{C::kWrongQualifiedSet, "WRONG_QUALIFIED_SET",
        "The statement is about other dealings than those that qualify now; make it again."},
    Row{C::kFalseComplaint, "FALSE_COMPLAINT",
        "The complaint is not about the sub-share that the dealer sent."},
    Row{C::kVaultNotReady, "VAULT_NOT_READY",
        "The vault has no key yet; finish its sharing first."},
    Row{C::kAccountInOtherVault, "ACCOUNT_IN_OTHER_VAULT",
        "The account belongs to another vault; name that one."},
    Row{C::kVersionNotNext, "VERSION_NOT_NEXT",
        "The item has newer versions on the log; deposit again as the next one."},
    Row{C::kBadCiphertext, "BAD_CIPHERTEXT",
        "An encrypted item is not for this vault, account and version."},
    Row{C::kUnknownAccount, "UNKNOWN_ACCOUNT", "There is no account of that name."},
    Row{C::kUnknownVersion, "UNKNOWN_VERSION", "The account has no such item or version."},
    Row{C::kOwnVersion, "OWN_VERSION",
        "A version is confirmed by another organiser than the one who deposited it."},
    Row{C::kKnowsExposedVersion, "KNOWS_EXPOSED_VERSION",
        "Whoever received an exposed version of this item may not confirm one; ask another "
        "organiser."},
    Row{C::kAlreadyConfirmed, "ALREADY_CONFIRMED", "The version has been confirmed before."},
    Row{C::kUnknownRequest, "UNKNOWN_REQUEST", "The log has no such request."},
    Row{C::kRequestClosed, "REQUEST_CLOSED", "The request is closed; make a new one."},
    Row{C::kRequestExpired, "REQUEST_EXPIRED", "The request has expired; make a new one."},
    Row{C::kTooFewHolders, "TOO_FEW_HOLDERS",
        "Too few holders besides requester and recipients could approve; name fewer recipients."},
    Row{C::kUnusualVersion, "UNUSUAL_VERSION",
        "The request is for another version than the last confirmed one and does not say so."},
    Row{C::kNotARecipient, "NOT_A_RECIPIENT", "The author is not a recipient who has to do this."},
    Row{C::kAlreadyAccepted, "ALREADY_ACCEPTED", "The recipient has accepted before."},
    Row{C::kTooLateToAccept, "TOO_LATE_TO_ACCEPT",
        "The request was approved without this recipient; make a new one."},
    Row{C::kOwnRequest, "OWN_REQUEST", "Nobody approves or denies their own request."},
    Row{C::kRecipientMayNotApprove, "RECIPIENT_MAY_NOT_APPROVE",
        "A recipient of the request may not approve it."},
    Row{C::kAlreadyApproved, "ALREADY_APPROVED", "The holder's approval stands already."},
    Row{C::kAcceptsMissing, "ACCEPTS_MISSING",
        "Not every recipient has accepted, or the approval does not name every accept."},
    Row{C::kNoShare, "NO_SHARE", "The holder has no share of the vault's current epoch."},
    Row{C::kAlreadySaid, "ALREADY_SAID", "The author's word on this stands already."},
    Row{C::kNothingToWithdraw, "NOTHING_TO_WITHDRAW",
        "The author has neither made this request nor an approval or denial of it that stands."},
    Row{C::kWrongEpoch, "WRONG_EPOCH",
        "The shares are of another epoch than the vault's current one; approve again."},
    Row{C::kSharesIncomplete, "SHARES_INCOMPLETE",
        "The shares are not exactly one for each recipient and item, in order."},
    Row{C::kBadShare, "BAD_SHARE",
        "The proof of a decryption share does not hold; its author cheats or is broken."},
    Row{C::kNotOpenable, "NOT_OPENABLE",
        "Too few shares are on the log to open what the author says to have opened."},
    Row{C::kOvertaken, "OVERTAKEN",
        "The approval was made before its author's last word on the request reached the log; "
        "approve again if it still stands."},
    Row{C::kNotFrozen, "NOT_FROZEN", "No alarm stands for this account: nothing is to be lifted."},
    Row{C::kAlarmsChanged, "ALARMS_CHANGED",
        "Other alarms stand than those that the lift names; read them, then lift again."},
};

const Row* FindRow(RefusalCode code) {
  for (const Row& row : kRows) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view RefusalName(RefusalCode code) {
  const Row* row = FindRow(code);
  return row != nullptr ? row->name : kUnknownName;
}

std::string_view RefusalReason(RefusalCode code) {
  const Row* row = FindRow(code);
  return row != nullptr ? row->reason : kUnknownReason;
}

std::string_view AnomalyText(AnomalyKind kind, RefusalCode refusal) {
  switch (kind) {
    case AnomalyKind::kRefused:
      return RefusalReason(refusal);
    case AnomalyKind::kBadDealing:
      return "Dealt a sub-share that a complaint proved bad; the holder's node cheats or is "
             "broken.";
    case AnomalyKind::kFalseComplaint:
      return "Complained of a dealer without being able to prove it; the holder's node cheats or "
             "is "
             "broken.";
    case AnomalyKind::kPrematureShares:
      return "Sent decryption shares without a quorum of approvals; the holder's node does not "
             "keep "
             "its gate.";
  }
  return kUnknownReason;
}

bool IsProvenByBytes(RefusalCode code) {
  constexpr RefusalCode kProven[] = {
      C::kMalformedBody,   C::kUndecryptableBody, C::kBadText,        C::kBodyMustBeSealed,
      C::kBodyMustBeClear, C::kBadCharter,        C::kBadEndorsement, C::kBadProof,
      C::kFalseComplaint,  C::kBadCiphertext,     C::kBadShare};
  return std::find(std::begin(kProven), std::end(kProven), code) != std::end(kProven);
}

}  // namespace quorate::ledger
