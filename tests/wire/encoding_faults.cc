#include "tests/wire/encoding_faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

namespace quorate::wire::testing {
namespace {

using crypto::Bytes;
using crypto::ByteSpan;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr uint64_t kVarint = 0;
constexpr uint64_t kDelimited = 2;

void PutVarint(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

// The same number in one byte more than it needs.
void PutLongVarint(Bytes& out, uint64_t value) {
  PutVarint(out, value);
  out.back() |= 0x80;
  out.push_back(0);
}

uint64_t TakeVarint(ByteSpan& in) {
  uint64_t value = 0;
  for (unsigned shift = 0; !in.empty(); shift += 7) {
    const uint8_t byte = in.front();
    in = in.subspan(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

// One occurrence of a field.
struct Piece {
  uint64_t tag = 0;
  uint64_t value = 0;  // Of a varint.
  Bytes payload;       // Of a delimited field.
  const FieldDescriptor* field = nullptr;

  bool delimited() const { return (tag & 7) == kDelimited; }
  Bytes Encode() const {
    Bytes out;
    PutVarint(out, tag);
    if (delimited()) {
      PutVarint(out, payload.size());
      out.insert(out.end(), payload.begin(), payload.end());
    } else {
      PutVarint(out, value);
    }
    return out;
  }
};

std::vector<Piece> Split(const Descriptor& type, ByteSpan in) {
  std::vector<Piece> out;
  while (!in.empty()) {
    Piece piece;
    piece.tag = TakeVarint(in);
    piece.field = type.FindFieldByNumber(static_cast<int>(piece.tag >> 3));
    EXPECT_NE(piece.field, nullptr);
    if (piece.delimited()) {
      const size_t size = TakeVarint(in);
      piece.payload.assign(in.begin(), in.begin() + static_cast<ptrdiff_t>(size));
      in = in.subspan(size);
    } else {
      EXPECT_EQ(piece.tag & 7, kVarint) << "wire types that the statements do not use";
      piece.value = TakeVarint(in);
    }
    out.push_back(std::move(piece));
  }
  return out;
}

// All pieces, but with `replacement` in place of the pieces [at, at + count).
Bytes Replaced(std::span<const Piece> pieces, size_t at, size_t count, ByteSpan replacement) {
  Bytes out;
  for (size_t i = 0; i <= pieces.size(); ++i) {
    if (i == at) out.insert(out.end(), replacement.begin(), replacement.end());
    if (i == pieces.size() || (i >= at && i < at + count)) continue;
    const Bytes piece = pieces[i].Encode();
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

Bytes Joined(const Bytes& first, const Bytes& second) {
  Bytes out = first;
  out.insert(out.end(), second.begin(), second.end());
  return out;
}

// Other encodings of one piece.
std::vector<Fault> PieceFaults(const Piece& piece) {
  std::vector<Fault> out;
  const Bytes encoded = piece.Encode();
  if (!piece.field->is_repeated()) out.push_back({"twice", Joined(encoded, encoded)});

  Bytes long_tag;
  PutLongVarint(long_tag, piece.tag);
  Bytes tag;
  PutVarint(tag, piece.tag);
  const Bytes rest(encoded.begin() + static_cast<ptrdiff_t>(tag.size()), encoded.end());
  out.push_back({"long tag", Joined(long_tag, rest)});

  Bytes other_type;
  PutVarint(other_type, (piece.tag & ~uint64_t{7}) | 5);
  out.push_back({"another wire type", Joined(other_type, {1, 2, 3, 4})});

  Bytes long_value = tag;
  PutLongVarint(long_value, piece.delimited() ? piece.payload.size() : piece.value);
  if (piece.delimited()) long_value = Joined(long_value, piece.payload);
  out.push_back({"long varint", long_value});

  if (!piece.delimited()) {
    Bytes wide = tag;
    PutVarint(wide, piece.value | (uint64_t{1} << 63));
    if (piece.field->cpp_type() != FieldDescriptor::CPPTYPE_UINT64) {
      out.push_back({"a number wider than its field", wide});
    }
    Piece zero = piece;
    zero.value = 0;
    out.push_back({"an explicit zero", zero.Encode()});
  } else if (piece.field->is_packed()) {
    Bytes unpacked;
    for (ByteSpan numbers = piece.payload; !numbers.empty();) {
      PutVarint(unpacked, (piece.tag & ~uint64_t{7}) | kVarint);
      PutVarint(unpacked, TakeVarint(numbers));
    }
    out.push_back({"unpacked", unpacked});
  } else if (!piece.field->is_repeated() && piece.field->message_type() == nullptr) {
    Piece empty = piece;
    empty.payload.clear();
    out.push_back({"an explicit empty value", empty.Encode()});
  }
  return out;
}

}  // namespace

std::vector<Fault> EncodingFaults(const Descriptor& type, ByteSpan bytes) {
  const std::vector<Piece> pieces = Split(type, bytes);
  EXPECT_EQ(Replaced(pieces, 0, 0, {}), Bytes(bytes.begin(), bytes.end()));
  std::vector<Fault> out;
  const Bytes unknown_number = {0xC0, 0x3E, 0x01};             // Field 1000, varint.
  const Bytes unknown_bytes = {0xC2, 0x3E, 0x02, 0x08, 0x01};  // Field 1000, delimited.
  out.push_back({"an unknown number in front", Replaced(pieces, 0, 0, unknown_number)});
  out.push_back({"an unknown number behind", Replaced(pieces, pieces.size(), 0, unknown_number)});
  out.push_back({"unknown bytes behind", Replaced(pieces, pieces.size(), 0, unknown_bytes)});
  out.push_back({"a byte behind", Replaced(pieces, pieces.size(), 0, Bytes{0})});
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    const std::string name = piece.field->full_name() + ": ";
    for (const Fault& fault : PieceFaults(piece)) {
      out.push_back({name + fault.what, Replaced(pieces, i, 1, fault.bytes)});
    }
    if (i + 1 < pieces.size() && pieces[i + 1].field != piece.field) {
      out.push_back({name + "after the next field",
                     Replaced(pieces, i, 2, Joined(pieces[i + 1].Encode(), piece.Encode()))});
    }
    if (piece.field->message_type() == nullptr) continue;
    for (const Fault& fault : EncodingFaults(*piece.field->message_type(), piece.payload)) {
      Piece changed = piece;
      changed.payload = fault.bytes;
      out.push_back({name + fault.what, Replaced(pieces, i, 1, changed.Encode())});
    }
  }
  return out;
}

}  // namespace quorate::wire::testing
