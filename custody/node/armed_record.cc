#include "custody/node/armed_record.h"

#include <algorithm>

namespace quorate::node {
namespace {

// armed = request[32] approval[16] shares[16] epoch charter_version rules_version
//         count accept[32]* count ciphertext_hash[32]*, numbers as 8 bytes.
constexpr uint64_t kMaxList = 1024;

void AppendU64(crypto::Bytes& out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

void AppendSpan(crypto::Bytes& out, crypto::ByteSpan bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

class Reader {
 public:
  explicit Reader(crypto::ByteSpan rest) : rest_(rest) {}
  bool Copy(std::span<uint8_t> to) {
    if (rest_.size() < to.size()) return false;
    std::copy_n(rest_.begin(), to.size(), to.begin());
    rest_ = rest_.subspan(to.size());
    return true;
  }
  bool U64(uint64_t& value) {
    std::array<uint8_t, 8> bytes;
    if (!Copy(bytes)) return false;
    value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    return true;
  }
  bool U32(uint32_t& value) {
    uint64_t wide = 0;
    if (!U64(wide) || wide > UINT32_MAX) return false;
    value = static_cast<uint32_t>(wide);
    return true;
  }
  bool Digests(std::vector<crypto::Digest>& list) {
    uint64_t count = 0;
    if (!U64(count) || count > kMaxList) return false;
    list.resize(count);
    return std::all_of(list.begin(), list.end(),
                       [this](crypto::Digest& digest) { return Copy(digest.value); });
  }
  bool done() const { return rest_.empty(); }

 private:
  crypto::ByteSpan rest_;
};

void AppendDigests(crypto::Bytes& out, const std::vector<crypto::Digest>& list) {
  AppendU64(out, list.size());
  for (const crypto::Digest& digest : list) AppendSpan(out, digest.span());
}

}  // namespace

crypto::Bytes EncodeArmed(const Armed& armed) {
  crypto::Bytes out;
  AppendSpan(out, armed.request.span());
  AppendSpan(out, armed.approval.value);
  AppendSpan(out, armed.shares.value);
  AppendU64(out, armed.epoch.value);
  AppendU64(out, armed.charter_version);
  AppendU64(out, armed.rules_version);
  AppendDigests(out, armed.accepts);
  AppendDigests(out, armed.ciphertexts);
  return out;
}

std::optional<Armed> DecodeArmed(crypto::ByteSpan bytes) {
  Reader in(bytes);
  Armed armed;
  if (!in.Copy(armed.request.value) || !in.Copy(armed.approval.value) ||
      !in.Copy(armed.shares.value) || !in.U32(armed.epoch.value) ||
      !in.U32(armed.charter_version) || !in.U32(armed.rules_version) ||
      !in.Digests(armed.accepts) || !in.Digests(armed.ciphertexts) || !in.done()) {
    return std::nullopt;
  }
  return armed;
}

crypto::Bytes EncodeTime(absl::Time time) {
  crypto::Bytes out;
  AppendU64(out, static_cast<uint64_t>(absl::ToUnixMillis(time)));
  return out;
}

std::optional<absl::Time> DecodeTime(crypto::ByteSpan bytes) {
  Reader in(bytes);
  uint64_t millis = 0;
  if (!in.U64(millis) || !in.done()) return std::nullopt;
  return absl::FromUnixMillis(static_cast<int64_t>(millis));
}

// An accept's one-time key is kept under its own statement, so that a second try cannot replace the
// key of a first one that is still on its way.
std::string AcceptName(const ledger::LeafHash& request, const std::string& statement) {
  return "accept/" + crypto::Hex(request.span()) + "/" + statement;
}

std::string ShareName(ledger::VaultNumber vault, ledger::Epoch epoch, uint32_t attempt) {
  return std::to_string(vault.value) + "/" + std::to_string(epoch.value) + "/" +
         std::to_string(attempt);
}

}  // namespace quorate::node
