#include "tests/simulation/log_server.h"

#include <algorithm>

#include "custody/ledger/queries.h"
#include "custody/log/checkpoint.h"
#include "custody/wire/statement.h"
#include "tests/simulation/must.h"

namespace quorate::simulation {

void LogServer::Begin(const ledger::OrganisationId& organisation, const ledger::Charter& charter,
                      const wire::SignedStatement& founding, uint64_t now_ms) {
  organisation_ = organisation;
  note_key_ = Must(log::NoteKey::Create(log::OriginOf(organisation.span()),
                                        log::NoteKeyType::kEd25519, key_.public_key()));
  for (const ledger::Organiser& organiser : charter.organisers) {
    signers_.push_back(organiser.signing_key);
  }
  Push(founding, Must(wire::DecodeHeader(founding.header)), now_ms);
}

absl::Status LogServer::Append(const wire::SignedStatement& statement,
                               const std::vector<crypto::Bytes>& blobs, uint64_t now_ms) {
  absl::StatusOr<ledger::Header> header = wire::DecodeHeader(statement.header);
  if (!header.ok()) return header.status();
  const uint32_t author = header->author.value;
  if (author == 0 || author > signers_.size() || header->organisation != organisation_ ||
      !crypto::VerifySignature(signers_[author - 1], ledger::kStatementLabel, statement.header,
                               statement.signature) ||
      statement.body.empty() || statement.body.size() > ledger::kMaxBodyBytes ||
      statement.body.size() != header->body_length ||
      crypto::Sha256(statement.body) != header->body_digest) {
    return absl::InvalidArgumentError("nobody signed this");
  }
  auto known = known_.find({header->author, header->statement_id});
  if (known != known_.end()) {
    if (known->second == crypto::Sha256(statement.header)) return absl::OkStatus();
    return absl::AlreadyExistsError("another statement has this identifier");
  }
  for (const crypto::Bytes& blob : blobs) {
    if (blob.empty() || blob.size() > ledger::kMaxBlobBytes) {
      return absl::InvalidArgumentError("a blob is empty or too large");
    }
    blobs_.emplace(crypto::Sha256(blob), blob);
  }
  for (const ledger::BlobRef& blob : header->blobs) {
    auto found = blobs_.find(blob.digest);
    if (found == blobs_.end() || found->second.size() != blob.length) {
      return absl::FailedPreconditionError("a blob is missing");
    }
  }
  if (censor && censor(*header)) return absl::OkStatus();
  Push(statement, *header, now_ms);
  return absl::OkStatus();
}

void LogServer::Push(const wire::SignedStatement& statement, const ledger::Header& header,
                     uint64_t now_ms) {
  last_time_ms_ = std::max(last_time_ms_, now_ms);
  const uint64_t dated_ms = date ? date(last_time_ms_) : last_time_ms_;
  // Whoever goes on honestly goes on from here.
  last_time_ms_ = std::max(last_time_ms_, dated_ms);
  PushRaw(wire::EncodeLeaf(
              {dated_ms, statement.header, statement.signature, statement.device_signature}),
          statement.body);
  known_.emplace(std::pair(header.author, header.statement_id), crypto::Sha256(statement.header));
}

void LogServer::PushRaw(const crypto::Bytes& leaf, const crypto::Bytes& body) {
  tree_.Append(leaf);
  entries_.push_back({leaf, body});
}

void LogServer::RollBack(uint64_t size) {
  std::vector<replica::RawEntry> kept(entries_.begin(),
                                      entries_.begin() + static_cast<int64_t>(size));
  entries_.clear();
  tree_ = log::Tree();
  known_.clear();
  for (const replica::RawEntry& entry : kept) {
    PushRaw(entry.leaf, entry.body);
    const ledger::Leaf leaf = Must(wire::DecodeLeaf(entry.leaf));
    const ledger::Header header = Must(wire::DecodeHeader(leaf.header));
    known_.emplace(std::pair(header.author, header.statement_id), crypto::Sha256(leaf.header));
  }
}

void LogServer::CopyFrom(const LogServer& other) {
  note_key_ = other.note_key_;
  organisation_ = other.organisation_;
  signers_ = other.signers_;
  tree_ = other.tree_;
  entries_ = other.entries_;
  known_ = other.known_;
  blobs_ = other.blobs_;
  last_time_ms_ = other.last_time_ms_;
}

LogServer::Page LogServer::Read(uint64_t from, uint64_t max_entries) const {
  Page page = ReadAt(from, size());
  if (page.entries.size() > max_entries) page.entries.resize(max_entries);
  return page;
}

LogServer::Page LogServer::ReadAt(uint64_t from, uint64_t size) const {
  Page page;
  page.from = from;
  page.note = SignNote(size, Must(tree_.RootAt(size)));
  for (uint64_t i = from; i < size; ++i) page.entries.push_back(entries_[i]);
  return page;
}

const crypto::Bytes* LogServer::FindBlob(const crypto::Digest& digest) const {
  auto found = blobs_.find(digest);
  return found == blobs_.end() ? nullptr : &found->second;
}

crypto::Bytes LogServer::SignNote(uint64_t size, const crypto::Digest& root) const {
  return crypto::ToBytes(Must(log::SignedCheckpoint::Sign(size, root, *note_key_, key_)).Format());
}

}  // namespace quorate::simulation
