#include "custody/node/outbox.h"

#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::node {
namespace {

// outbox: statement id -> the signed statement; outbox-blob: statement id and a u16 -> its blobs;
// outbox-duty: statement id -> the duty's name; outbox-order: statement id -> its place, 8 bytes,
// big-endian; own: statement id -> nothing.
constexpr char kStatements[] = "outbox";
constexpr char kBlobs[] = "outbox-blob";
constexpr char kDuties[] = "outbox-duty";
constexpr char kOrders[] = "outbox-order";
constexpr char kOwn[] = "own";

base::NodeBytes Key(const ledger::StatementId& id) {
  return base::NodeBytes(id.value.begin(), id.value.end());
}

base::NodeBytes BlobKey(const ledger::StatementId& id, size_t index) {
  base::NodeBytes key = Key(id);
  key.push_back(static_cast<uint8_t>(index >> 8));
  key.push_back(static_cast<uint8_t>(index));
  return key;
}

base::NodeBytes EncodeOrder(uint64_t order) {
  base::NodeBytes bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<uint8_t>(order >> shift));
  return bytes;
}

uint64_t DecodeOrder(const base::NodeBytes& bytes) {
  uint64_t order = 0;
  for (uint8_t byte : bytes) order = order << 8 | byte;
  return order;
}

// The statement that a key of this space is about; null where there is none.
Outbox::Item* ItemAt(std::map<ledger::StatementId, Outbox::Item>& items,
                     const base::NodeBytes& key) {
  ledger::StatementId id;
  if (key.size() < id.value.size()) return nullptr;
  std::copy_n(key.begin(), id.value.size(), id.value.begin());
  auto item = items.find(id);
  return item == items.end() ? nullptr : &item->second;
}

}  // namespace

absl::Status Outbox::Load() {
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> statements, store_->List(kStatements));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> blobs, store_->List(kBlobs));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> duties, store_->List(kDuties));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> orders, store_->List(kOrders));
  for (const base::NodeKeyValue& stored : statements) {
    absl::StatusOr<wire::SignedStatement> statement = wire::DecodeSigned(stored.value);
    if (!statement.ok() || Key(statement->id) != stored.key) {
      return base::MakeError(absl::StatusCode::kDataLoss, "STORE_DAMAGED",
                             "a statement that waits to be sent is damaged",
                             "restore this node's folder, or start again on a new device");
    }
    Item item;
    item.statement = *std::move(statement);
    items_.emplace(item.statement.id, std::move(item));
  }
  // Both lists come in the order of their keys, so blobs come in the order they were given.
  for (base::NodeKeyValue& stored : blobs) {
    Item* item = ItemAt(items_, stored.key);
    if (item != nullptr) item->blobs.push_back(std::move(stored.value));
  }
  for (const base::NodeKeyValue& stored : duties) {
    Item* item = ItemAt(items_, stored.key);
    if (item != nullptr) item->duty = crypto::AsString(stored.value);
  }
  for (const base::NodeKeyValue& stored : orders) {
    Item* item = ItemAt(items_, stored.key);
    if (item != nullptr) item->order = DecodeOrder(stored.value);
  }
  return absl::OkStatus();
}

void Outbox::Put(base::WriteBatch& batch, Item& item) const {
  const ledger::StatementId& id = item.statement.id;
  for (const auto& [other, waiting] : items_) item.order = std::max(item.order, waiting.order + 1);
  batch.Put(kOrders, Key(id), EncodeOrder(item.order));
  batch.Put(kStatements, Key(id), wire::EncodeSigned(item.statement));
  for (size_t i = 0; i < item.blobs.size(); ++i) batch.Put(kBlobs, BlobKey(id, i), item.blobs[i]);
  if (!item.duty.empty()) batch.Put(kDuties, Key(id), crypto::ToBytes(item.duty));
  RememberOwn(batch, id);
}

void Outbox::Added(Item item) {
  ledger::StatementId id = item.statement.id;
  items_.insert_or_assign(id, std::move(item));
}

absl::Status Outbox::Done(const ledger::StatementId& id) {
  if (!Contains(id)) return absl::OkStatus();
  base::WriteBatch batch;
  Remove(batch, id);
  QUORATE_RETURN_IF_ERROR(store_->Commit(batch));
  Removed(id);
  return absl::OkStatus();
}

void Outbox::Remove(base::WriteBatch& batch, const ledger::StatementId& id) const {
  auto item = items_.find(id);
  if (item == items_.end()) return;
  batch.Delete(kStatements, Key(id));
  batch.Delete(kOrders, Key(id));
  for (size_t i = 0; i < item->second.blobs.size(); ++i) batch.Delete(kBlobs, BlobKey(id, i));
  if (!item->second.duty.empty()) batch.Delete(kDuties, Key(id));
}

std::vector<Outbox::Item*> Outbox::InOrder() {
  std::vector<Item*> all;
  for (auto& [id, item] : items_) all.push_back(&item);
  std::sort(all.begin(), all.end(),
            [](const Item* a, const Item* b) { return a->order < b->order; });
  return all;
}

void Outbox::RememberOwn(base::WriteBatch& batch, const ledger::StatementId& id) const {
  batch.Put(kOwn, Key(id), {1});
}

bool Outbox::MadeHere(const ledger::StatementId& id) const {
  absl::StatusOr<std::optional<base::NodeBytes>> own = store_->Get(kOwn, Key(id));
  return own.ok() && own->has_value();
}

bool Outbox::ContainsDuty(const std::string& duty) const {
  return std::any_of(items_.begin(), items_.end(),
                     [&](const auto& item) { return item.second.duty == duty; });
}

}  // namespace quorate::node
