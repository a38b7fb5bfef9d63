#include "custody/node/outbox.h"

#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::node {
namespace {

// outbox: statement id -> order[8] purpose[1] subject-length[2] subject signed-statement, numbers
// big-endian; outbox-blob: statement id and a u16 -> its blobs; own: statement id -> nothing.
constexpr char kStatements[] = "outbox";
constexpr char kBlobs[] = "outbox-blob";
constexpr char kOwn[] = "own";
constexpr size_t kHeadBytes = 11;

base::NodeBytes Key(const ledger::StatementId& id) {
  return base::NodeBytes(id.value.begin(), id.value.end());
}

base::NodeBytes BlobKey(const ledger::StatementId& id, size_t index) {
  base::NodeBytes key = Key(id);
  key.push_back(static_cast<uint8_t>(index >> 8));
  key.push_back(static_cast<uint8_t>(index));
  return key;
}

crypto::Bytes Encode(const Outbox::Item& item) {
  crypto::Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<uint8_t>(item.order >> shift));
  }
  out.push_back(static_cast<uint8_t>(item.purpose));
  out.push_back(static_cast<uint8_t>(item.subject.size() >> 8));
  out.push_back(static_cast<uint8_t>(item.subject.size()));
  out.insert(out.end(), item.subject.begin(), item.subject.end());
  const crypto::Bytes statement = wire::EncodeSigned(item.statement);
  out.insert(out.end(), statement.begin(), statement.end());
  return out;
}

std::optional<Outbox::Item> Decode(crypto::ByteSpan bytes) {
  if (bytes.size() < kHeadBytes) return std::nullopt;
  Outbox::Item item;
  for (size_t i = 0; i < 8; ++i) item.order = item.order << 8 | bytes[i];
  if (bytes[8] > static_cast<uint8_t>(Outbox::Purpose::kLift)) return std::nullopt;
  item.purpose = static_cast<Outbox::Purpose>(bytes[8]);
  const size_t length = size_t{bytes[9]} << 8 | bytes[10];
  bytes = bytes.subspan(kHeadBytes);
  if (bytes.size() < length) return std::nullopt;
  item.subject = crypto::AsString(bytes.first(length));
  absl::StatusOr<wire::SignedStatement> statement = wire::DecodeSigned(bytes.subspan(length));
  if (!statement.ok()) return std::nullopt;
  item.statement = *std::move(statement);
  return item;
}

}  // namespace

absl::Status Outbox::Load() {
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> statements, store_->List(kStatements));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> blobs, store_->List(kBlobs));
  for (const base::NodeKeyValue& stored : statements) {
    std::optional<Item> item = Decode(stored.value);
    if (!item.has_value() || Key(item->statement.id) != stored.key) {
      return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
                             "a statement that waits to be sent is damaged",
                             "restore this node's folder, or start again on a new device");
    }
    next_order_ = std::max(next_order_, item->order + 1);
    const ledger::StatementId id = item->statement.id;
    items_.emplace(id, *std::move(item));
  }
  // The list comes in the order of its keys, so blobs come in the order they were given.
  for (base::NodeKeyValue& stored : blobs) {
    ledger::StatementId id;
    if (stored.key.size() != id.value.size() + 2) continue;
    std::copy_n(stored.key.begin(), id.value.size(), id.value.begin());
    auto item = items_.find(id);
    if (item != items_.end()) item->second.blobs.push_back(std::move(stored.value));
  }
  return absl::OkStatus();
}

void Outbox::Put(base::WriteBatch& batch, Item& item) {
  const ledger::StatementId& id = item.statement.id;
  item.order = next_order_++;
  batch.Put(kStatements, Key(id), Encode(item));
  for (size_t i = 0; i < item.blobs.size(); ++i) batch.Put(kBlobs, BlobKey(id, i), item.blobs[i]);
  RememberOwn(batch, id);
}

void Outbox::Added(Item item) {
  ledger::StatementId id = item.statement.id;
  items_.insert_or_assign(id, std::move(item));
}

void Outbox::Remove(base::WriteBatch& batch, const ledger::StatementId& id) const {
  auto item = items_.find(id);
  if (item == items_.end()) return;
  batch.Delete(kStatements, Key(id));
  for (size_t i = 0; i < item->second.blobs.size(); ++i) batch.Delete(kBlobs, BlobKey(id, i));
}

absl::Status Outbox::Done(const ledger::StatementId& id) {
  if (!Contains(id)) return absl::OkStatus();
  base::WriteBatch batch;
  Remove(batch, id);
  QUORATE_RETURN_IF_ERROR(store_->Commit(batch));
  Removed(id);
  return absl::OkStatus();
}

void Outbox::RememberOwn(base::WriteBatch& batch, const ledger::StatementId& id) const {
  batch.Put(kOwn, Key(id), {1});
}

bool Outbox::MadeHere(const ledger::StatementId& id) const {
  absl::StatusOr<std::optional<base::NodeBytes>> own = store_->Get(kOwn, Key(id));
  return !own.ok() || own->has_value();
}

const Outbox::Item* Outbox::Find(const ledger::StatementId& id) const {
  auto item = items_.find(id);
  return item == items_.end() ? nullptr : &item->second;
}

const Outbox::Item* Outbox::Find(Purpose purpose, const std::string& subject) const {
  auto item = std::find_if(items_.begin(), items_.end(), [&](const auto& known) {
    return known.second.purpose == purpose && known.second.subject == subject;
  });
  return item == items_.end() ? nullptr : &item->second;
}

std::vector<ledger::StatementId> Outbox::InOrder() const {
  std::vector<const Item*> sorted;
  for (const auto& [id, item] : items_) sorted.push_back(&item);
  std::sort(sorted.begin(), sorted.end(), [](const Item* a, const Item* b) {
    const bool a_first = a->purpose == Purpose::kRefusal;
    const bool b_first = b->purpose == Purpose::kRefusal;
    return a_first != b_first ? a_first : a->order < b->order;
  });
  std::vector<ledger::StatementId> ids;
  ids.reserve(sorted.size());
  for (const Item* item : sorted) ids.push_back(item->statement.id);
  return ids;
}

}  // namespace quorate::node
