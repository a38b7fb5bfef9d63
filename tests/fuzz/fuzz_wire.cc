// Every decoder of statements, headers, leaves, drafts and cards: what is taken has one encoding.
#include <google/protobuf/stubs/logging.h>

#include "custody/wire/draft.h"
#include "custody/wire/statement.h"
#include "custody/wire/statement_seal.h"
#include "tests/fuzz/fuzz.h"

namespace quorate::fuzz {
namespace {

template <typename Value>
void Check(const absl::StatusOr<Value>& decoded, crypto::Bytes (*encode)(const Value&),
           crypto::ByteSpan bytes) {
  if (!decoded.ok()) return;
  const crypto::Bytes again = encode(*decoded);
  Promise(crypto::AsText(again) == crypto::AsText(bytes), "one encoding for each value");
}

}  // namespace
}  // namespace quorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  // Refused texts are not worth a line each.
  google::protobuf::SetLogHandler(nullptr);
  fuzz::Input input(data, size);
  const uint8_t which = input.Byte();
  const crypto::ByteSpan bytes = input.Rest();
  switch (which % 10) {
    case 0:
      fuzz::Check(wire::DecodeStatement(bytes), &wire::EncodeStatement, bytes);
      break;
    case 1:
      fuzz::Check(wire::DecodeHeader(bytes), &wire::EncodeHeader, bytes);
      break;
    case 2:
      fuzz::Check(wire::DecodeLeaf(bytes), &wire::EncodeLeaf, bytes);
      break;
    case 3:
      fuzz::Check(wire::DecodeCharter(bytes), &wire::EncodeCharter, bytes);
      break;
    case 4:
      fuzz::Check(wire::DecodeSigned(bytes), &wire::EncodeSigned, bytes);
      break;
    case 5:
      fuzz::Check(wire::DecodeDraft(bytes), &wire::EncodeDraft, bytes);
      break;
    case 6:
      fuzz::Check(wire::DecodeCard(bytes), &wire::EncodeCard, bytes);
      break;
    case 7:
      fuzz::Check(wire::DecodeFounding(bytes), &wire::EncodeFounding, bytes);
      break;
    case 8:
      fuzz::Check(wire::DecodeFounderSignature(bytes), &wire::EncodeFounderSignature, bytes);
      break;
    default:
      if (absl::StatusOr<ledger::Found> found = wire::DecodeFound(bytes); found.ok()) {
        fuzz::Check<ledger::Statement>(ledger::Statement(*found), &wire::EncodeStatement, bytes);
      }
  }
  return 0;
}
