#ifndef QUORATE_CUSTODY_WIRE_CODEC_H_
#define QUORATE_CUSTODY_WIRE_CODEC_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/point.h"
#include "crypto/scalar.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/repeated_ptr_field.h"

// What all encoders and decoders of this folder are made of. Not for other folders.
namespace quorate::wire {

// A value that is not what it must be: reasons are those of statement.h.
[[nodiscard]] absl::Status WireError(std::string_view reason, std::string_view field,
                                     std::string_view what);

// The one encoding of a message.
[[nodiscard]] crypto::Bytes Serialise(const google::protobuf::Message& message);

// TOO_LARGE, NOT_A_MESSAGE or NOT_CANONICAL unless `bytes` are the one encoding of `message`.
[[nodiscard]] absl::Status ParseCanonical(crypto::ByteSpan bytes, size_t max_bytes,
                                          google::protobuf::Message& message);

// Bytes into a message's field.
inline std::string ToField(crypto::ByteSpan bytes) { return crypto::AsString(bytes); }

// Takes the fields of a message one by one and remembers the first that is wrong; what it returns
// for such a field is a default that Finish keeps from getting out. `field` names fields in the
// error, as text of ours.
class Reader {
 public:
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  void Fail(std::string_view reason, std::string_view field, std::string_view what);

  // Something of a fixed size that FromBytes takes or leaves: digests, keys, signatures.
  template <typename T>
  T Fixed(const std::string& in, std::string_view field) {
    auto value = T::FromBytes(crypto::AsBytes(in));
    if (value.has_value()) return *value;
    FailLength(field);
    return T();
  }
  template <size_t N>
  std::array<uint8_t, N> FixedArray(const std::string& in, std::string_view field) {
    std::array<uint8_t, N> out{};
    if (in.size() != N) {
      FailLength(field);
    } else {
      std::copy(in.begin(), in.end(), out.begin());
    }
    return out;
  }
  crypto::Bytes Sized(const std::string& in, size_t min_bytes, size_t max_bytes,
                      std::string_view field);
  std::string Text(const std::string& in, size_t max_bytes, std::string_view field);
  // Never the identity.
  crypto::Point Element(const std::string& in, std::string_view field);
  crypto::Scalar Number(const std::string& in, std::string_view field);

  // Each element as `read` gives it. `read` is not called for a list that is too long.
  template <typename In, typename Read>
  auto List(const google::protobuf::RepeatedPtrField<In>& in, size_t max_count,
            std::string_view field, Read read) {
    std::vector<decltype(read(in.Get(0)))> out;
    if (!CheckCount(in.size(), max_count, field)) return out;
    out.reserve(static_cast<size_t>(in.size()));
    for (const In& element : in) out.push_back(read(element));
    return out;
  }
  // Numbers of a ledger::Number type.
  template <typename T>
  std::vector<T> Numbers(const google::protobuf::RepeatedField<uint32_t>& in, size_t max_count,
                         std::string_view field) {
    std::vector<T> out;
    if (!CheckCount(in.size(), max_count, field)) return out;
    out.reserve(static_cast<size_t>(in.size()));
    for (const uint32_t value : in) out.push_back(T{value});
    return out;
  }
  // A nested message; MISSING_FIELD where it is absent.
  void Need(bool present, std::string_view field);

  template <typename T>
  absl::StatusOr<T> Finish(T value) && {
    if (!status_.ok()) return std::move(status_);
    return value;
  }

 private:
  void FailLength(std::string_view field);
  bool CheckCount(int count, size_t max_count, std::string_view field);

  absl::Status status_;
};

}  // namespace quorate::wire

#endif  // QUORATE_CUSTODY_WIRE_CODEC_H_
