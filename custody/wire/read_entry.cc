#include "custody/wire/read_entry.h"

#include <utility>

#include "absl/status/statusor.h"
#include "crypto/statement_key.h"
#include "custody/log/tree.h"
#include "custody/wire/statement.h"

namespace quorate::wire {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using ledger::RefusalCode;

// The body in clear, or why there is none.
RefusalCode OpenInto(const ledger::Header& header, ByteSpan body, const KeyRing& keys, Bytes& out) {
  if (body.size() > ledger::kMaxBodyBytes) return RefusalCode::kMalformedBody;
  if (crypto::Sha256(body) != header.body_digest) return RefusalCode::kBodyDigestMismatch;
  // The digest shows that the author signed this very body, and another length.
  if (body.size() != header.body_length) return RefusalCode::kMalformedBody;
  if (header.organisation_key_version == 0) {
    out.assign(body.begin(), body.end());
    return RefusalCode::kNone;
  }
  const crypto::Secret* key = keys.Find(header.organisation_key_version);
  if (key == nullptr) return RefusalCode::kUndecryptableBody;
  const crypto::Secret statement_key =
      crypto::StatementKey(*key, header.author.value, header.statement_id.value);
  if (crypto::StatementKeyCommitment(statement_key) != header.key_commitment) {
    return RefusalCode::kUndecryptableBody;
  }
  absl::StatusOr<Bytes> opened =
      crypto::OpenBody(statement_key, *header.nonce, header.organisation.span(), body);
  if (!opened.ok()) return RefusalCode::kUndecryptableBody;
  out = *std::move(opened);
  return RefusalCode::kNone;
}

}  // namespace

ledger::Entry ReadEntry(uint64_t index, ByteSpan leaf_bytes, ByteSpan body, const KeyRing& keys,
                        RootCheck root_is_this_trees) {
  ledger::Entry entry;
  entry.index = index;
  entry.leaf_hash = log::LeafHash(leaf_bytes);
  entry.unreadable = RefusalCode::kMalformedHeader;
  absl::StatusOr<ledger::Leaf> leaf = DecodeLeaf(leaf_bytes);
  if (!leaf.ok()) return entry;
  entry.leaf = *std::move(leaf);
  absl::StatusOr<ledger::Header> header = DecodeHeader(entry.leaf.header);
  if (!header.ok()) return entry;
  entry.header = *std::move(header);
  entry.root_is_this_trees =
      root_is_this_trees(entry.header->verified_size, entry.header->verified_root);

  Bytes clear;
  entry.unreadable = OpenInto(*entry.header, body, keys, clear);
  if (entry.unreadable != RefusalCode::kNone) return entry;
  absl::StatusOr<ledger::Statement> statement = DecodeStatement(clear);
  if (statement.ok()) {
    entry.statement = *std::move(statement);
  } else {
    entry.unreadable = RefusalCode::kMalformedBody;
  }
  return entry;
}

}  // namespace quorate::wire
