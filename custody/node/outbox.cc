#include "custody/node/outbox.h"

#include <algorithm>
#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::node {
namespace {

// outbox: statement id -> the signed statement; outbox-blob: statement id and a u16 -> its blobs;
// outbox-duty: statement id -> the duty's name; own: statement id -> nothing.
constexpr char kStatements[] = "outbox";
constexpr char kBlobs[] = "outbox-blob";
constexpr char kDuties[] = "outbox-duty";
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

}  // namespace

absl::Status Outbox::Load() {
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> statements, store_->List(kStatements));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> blobs, store_->List(kBlobs));
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> duties, store_->List(kDuties));
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
    ledger::StatementId id;
    if (stored.key.size() != id.value.size() + 2) continue;
    std::copy_n(stored.key.begin(), id.value.size(), id.value.begin());
    auto item = items_.find(id);
    if (item != items_.end()) item->second.blobs.push_back(std::move(stored.value));
  }
  for (const base::NodeKeyValue& stored : duties) {
    ledger::StatementId id;
    if (stored.key.size() != id.value.size()) continue;
    std::copy_n(stored.key.begin(), id.value.size(), id.value.begin());
    auto item = items_.find(id);
    if (item != items_.end()) item->second.duty = crypto::AsString(stored.value);
  }
  return absl::OkStatus();
}

void Outbox::Put(base::WriteBatch& batch, const Item& item) const {
  const ledger::StatementId& id = item.statement.id;
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
  auto item = items_.find(id);
  if (item == items_.end()) return absl::OkStatus();
  base::WriteBatch batch;
  batch.Delete(kStatements, Key(id));
  for (size_t i = 0; i < item->second.blobs.size(); ++i) batch.Delete(kBlobs, BlobKey(id, i));
  if (!item->second.duty.empty()) batch.Delete(kDuties, Key(id));
  QUORATE_RETURN_IF_ERROR(store_->Commit(batch));
  items_.erase(item);
  return absl::OkStatus();
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
