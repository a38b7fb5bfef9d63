#include "tests/simulation/memo_sodium.h"

#include <dlfcn.h>
#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>

// libsodium's slow functions, in front of libsodium's own: this program is searched first. Each is
// a function of its inputs alone, so that what seven readers of one log all verify is computed once
// and remembered. What they answer is what libsodium answered.
namespace quorate::simulation {
namespace {

struct Answer {
  int status = 0;
  std::string out;
};

std::unordered_map<std::string, Answer>& Memory() {
  static thread_local std::unordered_map<std::string, Answer> memory;
  return memory;
}

template <typename Function>
Function Original(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

void Add(std::string& key, const unsigned char* bytes, size_t size) {
  key.append(reinterpret_cast<const char*>(bytes), size);
}

// `out` is what the caller's buffer holds before: a function that fails may leave it.
template <typename Compute>
int Remember(std::string key, unsigned char* out, size_t size, Compute compute) {
  auto [known, is_new] = Memory().try_emplace(std::move(key));
  if (is_new) {
    known->second.status = compute();
    if (size > 0) known->second.out.assign(reinterpret_cast<const char*>(out), size);
  } else if (size > 0) {
    std::copy_n(known->second.out.begin(), size, out);
  }
  return known->second.status;
}

}  // namespace

void ForgetSodium() { Memory().clear(); }

}  // namespace quorate::simulation

using quorate::simulation::Add;
using quorate::simulation::Original;
using quorate::simulation::Remember;

extern "C" {

int crypto_sign_ed25519_verify_detached(const unsigned char* signature,
                                        const unsigned char* message, unsigned long long size,
                                        const unsigned char* public_key) {
  static const auto original = Original<decltype(&crypto_sign_ed25519_verify_detached)>(
      "crypto_sign_ed25519_verify_detached");
  std::string key = "v";
  Add(key, signature, crypto_sign_ed25519_BYTES);
  Add(key, public_key, crypto_sign_ed25519_PUBLICKEYBYTES);
  Add(key, message, static_cast<size_t>(size));
  return Remember(std::move(key), nullptr, 0,
                  [&] { return original(signature, message, size, public_key); });
}

int crypto_scalarmult_ristretto255(unsigned char* out, const unsigned char* scalar,
                                   const unsigned char* point) {
  static const auto original =
      Original<decltype(&crypto_scalarmult_ristretto255)>("crypto_scalarmult_ristretto255");
  std::string key = "m";
  Add(key, scalar, crypto_scalarmult_ristretto255_SCALARBYTES);
  Add(key, point, crypto_scalarmult_ristretto255_BYTES);
  return Remember(std::move(key), out, crypto_scalarmult_ristretto255_BYTES,
                  [&] { return original(out, scalar, point); });
}

int crypto_scalarmult_ristretto255_base(unsigned char* out, const unsigned char* scalar) {
  static const auto original = Original<decltype(&crypto_scalarmult_ristretto255_base)>(
      "crypto_scalarmult_ristretto255_base");
  std::string key = "b";
  Add(key, scalar, crypto_scalarmult_ristretto255_SCALARBYTES);
  return Remember(std::move(key), out, crypto_scalarmult_ristretto255_BYTES,
                  [&] { return original(out, scalar); });
}

int crypto_core_ristretto255_is_valid_point(const unsigned char* point) {
  static const auto original = Original<decltype(&crypto_core_ristretto255_is_valid_point)>(
      "crypto_core_ristretto255_is_valid_point");
  std::string key = "p";
  Add(key, point, crypto_core_ristretto255_BYTES);
  return Remember(std::move(key), nullptr, 0, [&] { return original(point); });
}

int crypto_core_ed25519_is_valid_point(const unsigned char* point) {
  static const auto original =
      Original<decltype(&crypto_core_ed25519_is_valid_point)>("crypto_core_ed25519_is_valid_point");
  std::string key = "e";
  Add(key, point, crypto_core_ed25519_BYTES);
  return Remember(std::move(key), nullptr, 0, [&] { return original(point); });
}

int crypto_core_ristretto255_from_hash(unsigned char* out, const unsigned char* hash) {
  static const auto original =
      Original<decltype(&crypto_core_ristretto255_from_hash)>("crypto_core_ristretto255_from_hash");
  std::string key = "h";
  Add(key, hash, crypto_core_ristretto255_HASHBYTES);
  return Remember(std::move(key), out, crypto_core_ristretto255_BYTES,
                  [&] { return original(out, hash); });
}

int crypto_sign_ed25519_seed_keypair(unsigned char* public_key, unsigned char* secret_key,
                                     const unsigned char* seed) {
  static const auto original =
      Original<decltype(&crypto_sign_ed25519_seed_keypair)>("crypto_sign_ed25519_seed_keypair");
  std::string key = "k";
  Add(key, seed, crypto_sign_ed25519_SEEDBYTES);
  const int status = Remember(std::move(key), secret_key, crypto_sign_ed25519_SECRETKEYBYTES,
                              [&] { return original(public_key, secret_key, seed); });
  // The second half of a secret key is its public key.
  std::copy_n(secret_key + crypto_sign_ed25519_SEEDBYTES, crypto_sign_ed25519_PUBLICKEYBYTES,
              public_key);
  return status;
}

int crypto_core_ristretto255_add(unsigned char* out, const unsigned char* a,
                                 const unsigned char* b) {
  static const auto original =
      Original<decltype(&crypto_core_ristretto255_add)>("crypto_core_ristretto255_add");
  std::string key = "+";
  Add(key, a, crypto_core_ristretto255_BYTES);
  Add(key, b, crypto_core_ristretto255_BYTES);
  return Remember(std::move(key), out, crypto_core_ristretto255_BYTES,
                  [&] { return original(out, a, b); });
}

int crypto_core_ristretto255_sub(unsigned char* out, const unsigned char* a,
                                 const unsigned char* b) {
  static const auto original =
      Original<decltype(&crypto_core_ristretto255_sub)>("crypto_core_ristretto255_sub");
  std::string key = "-";
  Add(key, a, crypto_core_ristretto255_BYTES);
  Add(key, b, crypto_core_ristretto255_BYTES);
  return Remember(std::move(key), out, crypto_core_ristretto255_BYTES,
                  [&] { return original(out, a, b); });
}

int crypto_sign_ed25519_detached(unsigned char* signature, unsigned long long* length,
                                 const unsigned char* message, unsigned long long size,
                                 const unsigned char* secret_key) {
  static const auto original =
      Original<decltype(&crypto_sign_ed25519_detached)>("crypto_sign_ed25519_detached");
  std::string key = "s";
  Add(key, secret_key, crypto_sign_ed25519_SECRETKEYBYTES);
  Add(key, message, static_cast<size_t>(size));
  if (length != nullptr) *length = crypto_sign_ed25519_BYTES;
  return Remember(std::move(key), signature, crypto_sign_ed25519_BYTES,
                  [&] { return original(signature, length, message, size, secret_key); });
}

// Guard pages cost more than what most secrets of a simulation are used for. Unlike libsodium's,
// this memory is one that sanitisers watch.
void* sodium_malloc(size_t size) {
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory != nullptr) std::memset(memory, 0xdb, size);
  return memory;
}
void sodium_free(void* memory) { std::free(memory); }
int sodium_mprotect_noaccess(void*) { return 0; }
int sodium_mprotect_readonly(void*) { return 0; }
int sodium_mprotect_readwrite(void*) { return 0; }

}  // extern "C"
