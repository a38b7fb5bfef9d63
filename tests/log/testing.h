#ifndef QUORATE_TESTS_LOG_TESTING_H_
#define QUORATE_TESTS_LOG_TESTING_H_

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "crypto/identity.h"
#include "custody/log/note_key.h"
#include "custody/log/tree.h"

namespace quorate::log {

// The Ed25519 key whose seed is 32 times `fill`.
inline crypto::SigningKey KeyOf(uint8_t fill) {
  const crypto::Bytes seed(32, fill);
  return crypto::SigningKey::FromSeed(crypto::Secret::Copy(seed)).value();
}

inline NoteKey NoteKeyOf(uint8_t fill, const std::string& name, NoteKeyType type) {
  return NoteKey::Create(name, type, KeyOf(fill).public_key()).value();
}

inline crypto::Bytes LeafOf(uint64_t index) {
  return crypto::ToBytes("leaf " + std::to_string(index));
}

inline Tree TreeOf(uint64_t size) {
  Tree tree;
  for (uint64_t i = 0; i < size; ++i) tree.Append(LeafOf(i));
  return tree;
}

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "quorate-XXXXXX").string();
    path_ = mkdtemp(path.data()) == nullptr ? "" : path;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace quorate::log

#endif  // QUORATE_TESTS_LOG_TESTING_H_
