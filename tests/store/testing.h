#ifndef QUORATE_TESTS_STORE_TESTING_H_
#define QUORATE_TESTS_STORE_TESTING_H_

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "custody/base/node_store.h"
#include "custody/log/checkpoint.h"
#include "custody/store/store.h"
#include "tests/log/testing.h"

namespace quorate::store {

inline ledger::OrganisationId OrganisationOf(uint8_t fill) {
  ledger::OrganisationId id;
  id.value.fill(fill);
  return id;
}

inline NewEntry EntryOf(uint64_t index, uint32_t author = 1) {
  NewEntry entry;
  entry.author.value = author;
  for (size_t i = 0; i < 8; ++i) entry.statement_id.value[i] = static_cast<uint8_t>(index >> 8 * i);
  entry.leaf = log::LeafOf(index);
  entry.body = crypto::ToBytes("body " + std::to_string(index));
  return entry;
}

// Entries [first, first + count).
inline std::vector<NewEntry> EntriesOf(uint64_t first, uint64_t count) {
  std::vector<NewEntry> entries;
  for (uint64_t i = first; i < first + count; ++i) entries.push_back(EntryOf(i));
  return entries;
}

inline log::NoteKey LogKey() {
  return log::NoteKeyOf(1, "quorate/test-log", log::NoteKeyType::kEd25519);
}

// The log's checkpoint over the leaves of EntriesOf(0, size).
inline log::SignedCheckpoint CheckpointOf(uint64_t size) {
  const crypto::Digest root = log::TreeOf(size).Root();
  return log::SignedCheckpoint::Sign(size, root, LogKey(), log::KeyOf(1)).value();
}
inline std::string NoteOf(uint64_t size) { return CheckpointOf(size).Format(); }

// A node's batch that adds entry `index`, its checkpoint and a value.
inline base::WriteBatch NodeBatchOf(uint64_t index) {
  base::WriteBatch batch;
  batch.Append({index, log::LeafOf(index), crypto::ToBytes("body " + std::to_string(index))});
  batch.SetCheckpoint(crypto::ToBytes("note " + std::to_string(index + 1)));
  batch.Put("state", crypto::ToBytes("size"), crypto::ToBytes(std::to_string(index + 1)));
  return batch;
}

inline std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void SetFileBytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

// Whether the file or its write-ahead log holds `needle`.
inline bool FilesHold(const std::string& path, std::string_view needle) {
  return FileBytes(path).find(needle) != std::string::npos ||
         FileBytes(path + "-wal").find(needle) != std::string::npos;
}

}  // namespace quorate::store

#endif  // QUORATE_TESTS_STORE_TESTING_H_
