#ifndef QUORATE_CUSTODY_WIRE_DRAFT_H_
#define QUORATE_CUSTODY_WIRE_DRAFT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "crypto/point.h"
#include "custody/ledger/types.h"

// What founders exchange before there is a log. As strict as statements: one encoding, bounded
// lists, errors with the reasons of statement.h. Names are checked by whoever uses them.
namespace quorate::wire {

struct DraftVault {
  std::string name;
  uint32_t threshold = 0;
  std::vector<std::string> holders;
  uint64_t cooling_off_seconds = 0;
  uint64_t request_lifetime_seconds = 0;
  uint32_t denials_to_block = 0;
  bool operator==(const DraftVault&) const = default;
};

struct Draft {
  std::string author;
  std::string organisation;
  uint32_t governance_threshold = 0;
  std::vector<std::string> organisers;
  std::vector<DraftVault> vaults;
  std::vector<std::string> witnesses;
  bool operator==(const Draft&) const = default;
};

struct Card {
  std::string name;
  crypto::PublicSigningKey signing_key;
  crypto::PublicSigningKey tls_key;
  crypto::Point wrap_key;
  crypto::PublicSigningKey device_key;
  crypto::PublicSigningKey witness_key;
  crypto::Signature signature;
  crypto::Signature device_signature;
  crypto::Signature witness_signature;
  bool operator==(const Card&) const = default;
};

struct FoundingDocument {
  crypto::Bytes charter;
  std::vector<crypto::Bytes> wraps;
  bool operator==(const FoundingDocument&) const = default;
};

inline constexpr size_t kMaxDraftDocumentBytes = 256 * 1024;

[[nodiscard]] crypto::Bytes EncodeDraft(const Draft& draft);
[[nodiscard]] absl::StatusOr<Draft> DecodeDraft(crypto::ByteSpan bytes);
[[nodiscard]] crypto::Bytes EncodeCard(const Card& card);
[[nodiscard]] absl::StatusOr<Card> DecodeCard(crypto::ByteSpan bytes);
[[nodiscard]] crypto::Bytes EncodeFounding(const FoundingDocument& founding);
[[nodiscard]] absl::StatusOr<FoundingDocument> DecodeFounding(crypto::ByteSpan bytes);
[[nodiscard]] crypto::Bytes EncodeFounderSignature(const ledger::Endorsement& endorsement);
[[nodiscard]] absl::StatusOr<ledger::Endorsement> DecodeFounderSignature(crypto::ByteSpan bytes);

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_DRAFT_H_
