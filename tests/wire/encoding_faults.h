#ifndef QUORATE_TESTS_WIRE_ENCODING_FAULTS_H_
#define QUORATE_TESTS_WIRE_ENCODING_FAULTS_H_

#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "google/protobuf/descriptor.h"

namespace quorate::wire::testing {

struct Fault {
  std::string what;
  crypto::Bytes bytes;
};

// Bytes that a lenient reader would take for the same message, or nearly: a field twice, out of
// order, packed otherwise, with a longer varint than it needs, of another wire type; a field that
// the message does not have; an explicit zero. One fault each, at every place of the message and of
// those nested in it.
std::vector<Fault> EncodingFaults(const google::protobuf::Descriptor& type, crypto::ByteSpan bytes);

}  // namespace quorate::wire::testing

#endif  // QUORATE_TESTS_WIRE_ENCODING_FAULTS_H_
