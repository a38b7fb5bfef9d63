#include "custody/replica/entry_check.h"

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"

namespace quorate::replica {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using crypto::Digest;

std::optional<ledger::Header> HeaderOf(ByteSpan leaf_bytes) {
  const absl::StatusOr<ledger::Leaf> leaf = wire::DecodeLeaf(leaf_bytes);
  if (!leaf.ok()) return std::nullopt;
  absl::StatusOr<ledger::Header> header = wire::DecodeHeader(leaf->header);
  if (!header.ok()) return std::nullopt;
  return *std::move(header);
}

}  // namespace

absl::Status ServerError(absl::StatusCode code, std::string_view reason, std::string_view what,
                         std::string_view next) {
  return base::WithCulprit(base::MakeError(code, reason, what, next), "server");
}

absl::Status CheckSizes(std::span<const RawEntry> entries) {
  constexpr char kNext[] = "the server is broken or hostile: ask whoever runs it";
  constexpr auto kCode = absl::StatusCode::kInvalidArgument;
  if (entries.size() > kMaxBatchEntries) {
    return ServerError(kCode, "BAD_BATCH", "more entries at once than a replica takes", kNext);
  }
  size_t bytes = 0;
  for (const RawEntry& entry : entries) {
    if (entry.leaf.empty() || entry.leaf.size() > wire::kMaxLeafBytes) {
      return ServerError(kCode, "BAD_ENTRY", "an empty or oversized leaf", kNext);
    }
    if (entry.body.size() > ledger::kMaxBodyBytes) {
      return ServerError(kCode, "BAD_ENTRY", "an oversized body", kNext);
    }
    bytes += entry.leaf.size() + entry.body.size();
    if (bytes > kMaxBatchBytes) {
      return ServerError(kCode, "BAD_BATCH", "more bytes at once than a replica takes", kNext);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Digest>> SettleBody(ByteSpan leaf, Bytes& body) {
  const std::optional<ledger::Header> header = HeaderOf(leaf);
  if (!header.has_value() || header->body_digest == crypto::Sha256({})) {
    body.clear();
  } else if (crypto::Sha256(body) != header->body_digest) {
    return ServerError(absl::StatusCode::kUnavailable, "BODY_MISSING",
                       "a body is absent or not the one that its author signed",
                       "fetch it again, from another member if the server does not have it");
  }
  if (!header.has_value()) return std::optional<Digest>();
  return std::optional<Digest>(header->body_digest);
}

Bytes ToStoredBody(const Bytes& body) { return body.empty() ? Bytes{0} : body; }

absl::StatusOr<crypto::PublicSigningKey> FoundingLogKey(
    const RawEntry& first, const ledger::OrganisationId& organisation,
    const std::optional<crypto::PublicSigningKey>& pinned) {
  const absl::StatusOr<ledger::Found> found = wire::DecodeFound(first.body);
  if (!found.ok() || ledger::OrganisationIdOf(found->charter_bytes) != organisation) {
    return ServerError(absl::StatusCode::kInvalidArgument, "WRONG_FOUNDING",
                       "the first entry is not the founding of this organisation",
                       "compare the organisation's identifier with another member's");
  }
  if (pinned.has_value() && *pinned != found->charter.log_key) {
    return ServerError(absl::StatusCode::kInvalidArgument, "LOG_KEY_MISMATCH",
                       "the charter names another log key than the server gave at founding",
                       "do not go on; compare the server's invitation with another member's");
  }
  return found->charter.log_key;
}

}  // namespace quorate::replica
