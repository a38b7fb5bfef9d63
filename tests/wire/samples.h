#ifndef QUORATE_TESTS_WIRE_SAMPLES_H_
#define QUORATE_TESTS_WIRE_SAMPLES_H_

#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "custody/base/error_info.h"
#include "custody/ledger/types.h"
#include "google/protobuf/message.h"

// One value of every message that wire encodes, with every field set and no two fields alike, and a
// way to decode any of them. What they say need not make sense: wire does not judge.
namespace quorate::wire::testing {

// A point and a scalar for each number, none of them the identity or zero.
crypto::Point SamplePoint(uint64_t number);
crypto::Scalar SampleScalar(uint64_t number);
crypto::Digest SampleDigest(uint64_t number);
crypto::Bytes SampleBytes(uint64_t number, size_t size);

// One of each kind, in the order of the variant.
std::vector<ledger::Statement> SampleStatements();
ledger::Charter SampleCharter();
ledger::Header SampleHeader();
ledger::Leaf SampleLeaf();

// An encoded value together with its message and decoder.
struct Sample {
  std::string name;  // "deposit", "header", ...
  crypto::Bytes bytes;
  const google::protobuf::Message* prototype;
  // Decodes and encodes again.
  absl::StatusOr<crypto::Bytes> (*recode)(crypto::ByteSpan);
};
inline void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name; }
// Every statement, charter, header, leaf and signed statement.
std::vector<Sample> AllSamples();

inline std::string ReasonOf(const absl::Status& status) { return base::GetReason(status); }
template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& result) {
  return base::GetReason(result.status());
}

}  // namespace quorate::wire::testing

#endif  // QUORATE_TESTS_WIRE_SAMPLES_H_
