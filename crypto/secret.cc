#include "crypto/secret.h"

#include <sodium.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "crypto/random.h"
#include "crypto/require.h"

namespace quorate::crypto {
namespace {

// Wiped blocks of the commonest sizes, kept by each thread: mapping, guarding and locking a page
// takes as long as half a scalar multiplication, and a proof needs several short-lived secrets.
class BlockCache {
 public:
  BlockCache() = default;
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;
  ~BlockCache() {
    for (SizeClass& blocks : classes_) {
      while (blocks.count > 0) sodium_free(blocks.block[--blocks.count]);
    }
    gone_ = true;
  }

  static uint8_t* Take(size_t size) {
    SizeClass* blocks = ClassOf(size);
    if (blocks == nullptr || blocks->count == 0) return nullptr;
    return blocks->block[--blocks->count];
  }

  // Whether the block was kept. It has been wiped.
  static bool Keep(uint8_t* block, size_t size) {
    SizeClass* blocks = ClassOf(size);
    if (blocks == nullptr || blocks->count == kKept) return false;
    blocks->block[blocks->count++] = block;
    return true;
  }

 private:
  static constexpr size_t kKept = 8;
  struct SizeClass {
    std::array<uint8_t*, kKept> block{};
    size_t count = 0;
  };

  static SizeClass* ClassOf(size_t size) {
    // A secret may outlive its thread's cache.
    if (gone_) return nullptr;
    static thread_local BlockCache cache;
    if (size == 32) return &cache.classes_[0];
    if (size == 64) return &cache.classes_[1];
    if (size == 56) return &cache.classes_[2];
    return nullptr;
  }

  static thread_local bool gone_;
  std::array<SizeClass, 3> classes_;
};

thread_local bool BlockCache::gone_ = false;

}  // namespace

Secret::Secret(size_t size) : size_(size) {
  if (size == 0) return;
  data_ = BlockCache::Take(size);
  if (data_ != nullptr) return;
  data_ = static_cast<uint8_t*>(sodium_malloc(size));
  Require(data_ != nullptr);
  sodium_memzero(data_, size);
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Secret taken(std::move(other));
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

Secret::~Secret() {
  if (data_ == nullptr) return;
  sodium_memzero(data_, size_);
  if (!BlockCache::Keep(data_, size_)) sodium_free(data_);
}

Secret Secret::Random(size_t size, RandomSource& random) {
  Secret secret(size);
  random.Fill(secret.RevealMutable());
  return secret;
}

Secret Secret::Zero(size_t size) { return Secret(size); }

Secret Secret::Copy(ByteSpan bytes) {
  Secret secret(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) secret.data_[i] = bytes[i];
  return secret;
}

bool SecretsEqual(const Secret& a, const Secret& b) {
  if (a.size() != b.size()) return false;
  return a.empty() || sodium_memcmp(a.Reveal().data(), b.Reveal().data(), a.size()) == 0;
}

bool SecretMemoryIsLocked() {
  constexpr size_t kPage = 4096;
  std::unique_ptr<void, decltype(&std::free)> page(std::aligned_alloc(kPage, kPage), &std::free);
  if (page == nullptr || sodium_mlock(page.get(), kPage) != 0) return false;
  sodium_munlock(page.get(), kPage);
  return true;
}

}  // namespace quorate::crypto
