#include "custody/wire/bounded_message.h"

#include <gtest/gtest.h>

#include <string>

#include "custody/base/error_info.h"
#include "quorate/log/v1/log.pb.h"

namespace quorate::wire {
namespace {

namespace pb = ::quorate::log::v1;

grpc::ByteBuffer Buffer(const std::string& bytes) {
  // In two slices, as the network may bring it.
  const grpc::Slice slices[2] = {grpc::Slice(bytes.substr(0, bytes.size() / 2)),
                                 grpc::Slice(bytes.substr(bytes.size() / 2))};
  return grpc::ByteBuffer(slices, 2);
}

template <typename Message>
std::string ReasonOf(const std::string& bytes) {
  Message message;
  return base::GetReason(ReadMessage(Buffer(bytes), message));
}

std::string Times(size_t count, const std::string& text) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(BoundedMessage, ReadsWhatIsWritten) {
  pb::GetEntriesResponse page;
  page.set_checkpoint("checkpoint");
  for (int i = 0; i < 512; ++i) {
    page.add_entries()->set_leaf(std::string(300, 'l'));
    page.mutable_entries(i)->set_body(std::string(1000, 'b'));
  }
  grpc::ByteBuffer bytes;
  // Twice into one buffer: a stream writes again and again.
  ASSERT_TRUE(WriteMessage(page, bytes).ok());
  ASSERT_TRUE(WriteMessage(page, bytes).ok());
  pb::GetEntriesResponse read;
  ASSERT_TRUE(ReadMessage(bytes, read).ok());
  EXPECT_EQ(read.SerializeAsString(), page.SerializeAsString());
  // The bytes may be read once more.
  EXPECT_TRUE(ReadMessage(bytes, read).ok());
}

TEST(BoundedMessage, ReadsAnEmptyMessage) {
  pb::GetStatusRequest read;
  read.set_organisation("before");
  EXPECT_TRUE(ReadMessage(grpc::ByteBuffer(), read).ok());
  EXPECT_EQ(read.organisation(), "");
  EXPECT_EQ(ReasonOf<pb::GetStatusRequest>(""), "");
}

TEST(BoundedMessage, TakesAsManyFieldsAsThereMayBeAndNotOneMore) {
  const std::string blob("\x12\0", 2);
  EXPECT_EQ(ReasonOf<pb::PutBlobsRequest>(Times(kMaxMessageFields, blob)), "");
  EXPECT_EQ(ReasonOf<pb::PutBlobsRequest>(Times(kMaxMessageFields + 1, blob)), "TOO_MANY_FIELDS");
}

TEST(BoundedMessage, CountsFieldsInsideOfFieldsAndUnknownOnes) {
  // One entry with many fields that nobody knows.
  const std::string many = Times(kMaxMessageFields, std::string("\x78\x01", 2));
  std::string size;
  for (size_t rest = many.size(); rest != 0; rest >>= 7) {
    size += static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  EXPECT_EQ(ReasonOf<pb::WatchResponse>("\x12" + size + many), "TOO_MANY_FIELDS");
  EXPECT_EQ(ReasonOf<pb::WatchResponse>(many), "");
  EXPECT_EQ(ReasonOf<pb::WatchResponse>(many + std::string("\x78\x01", 2)), "TOO_MANY_FIELDS");
}

TEST(BoundedMessage, RefusesWhatIsNoMessage) {
  for (const char* bytes :
       {"\x12\x05"
        "ab",
        "\x12", "\x0b\x0c", "\x78", "\x07", "\x12\xff\xff\xff\xff\x7f", "\x12\x02\x0a\x05"}) {
    EXPECT_EQ(ReasonOf<pb::WatchResponse>(bytes), "MALFORMED") << bytes;
  }
}

}  // namespace
}  // namespace quorate::wire
