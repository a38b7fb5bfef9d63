#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/import/csv.h"

namespace quorate::client {
namespace {

using testing::ElementsAre;

struct ReadRow {
  size_t line;
  std::vector<std::string> fields;
  bool operator==(const ReadRow&) const = default;
};

struct ReadText {
  std::vector<ReadRow> rows;
  absl::Status status;
  size_t broken_line = 0;
};

ReadText Read(std::string text) {
  const std::span<uint8_t> buffer(reinterpret_cast<uint8_t*>(text.data()), text.size());
  CsvReader reader(buffer);
  ReadText out;
  CsvRow row;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(row);
    if (!more.ok()) {
      out.status = more.status();
      out.broken_line = row.line;
      const absl::StatusOr<bool> after = reader.Next(row);
      EXPECT_TRUE(after.ok() && !*after) << "the reader went on after an error";
      return out;
    }
    if (!*more) return out;
    ReadRow copy{row.line, {}};
    for (crypto::ByteSpan field : row.fields) {
      EXPECT_TRUE(field.empty() || (field.data() >= buffer.data() &&
                                    field.data() + field.size() <= buffer.data() + buffer.size()));
      copy.fields.push_back(crypto::AsString(field));
    }
    out.rows.push_back(std::move(copy));
  }
}

TEST(Csv, ReadsPlainAndQuotedFields) {
  const ReadText read = Read("a,\"b\",\n\"\",\"x\"\"y\"\"\",\"1,2\"\n");
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_THAT(read.rows,
              ElementsAre(ReadRow{1, {"a", "b", ""}}, ReadRow{2, {"", "x\"y\"", "1,2"}}));
}

TEST(Csv, ReadsCrlfAndAMissingLastLineEnd) {
  EXPECT_THAT(Read("a,b\r\n\"c\",d").rows,
              ElementsAre(ReadRow{1, {"a", "b"}}, ReadRow{2, {"c", "d"}}));
  EXPECT_THAT(Read("a,\r\n").rows, ElementsAre(ReadRow{1, {"a", ""}}));
  EXPECT_THAT(Read("a,").rows, ElementsAre(ReadRow{1, {"a", ""}}));
}

TEST(Csv, CountsTheLinesOfMultiLineFields) {
  EXPECT_THAT(Read("\"a\r\nb\n\",c\n\n\r\nd,e\n").rows,
              ElementsAre(ReadRow{1, {"a\r\nb\n", "c"}}, ReadRow{6, {"d", "e"}}));
}

TEST(Csv, SkipsTheByteOrderMarkOnceAndAtTheStart) {
  EXPECT_THAT(Read("\xEF\xBB\xBF\"a\",b").rows, ElementsAre(ReadRow{1, {"a", "b"}}));
  EXPECT_THAT(Read("a,\xEF\xBB\xBF").rows, ElementsAre(ReadRow{1, {"a", "\xEF\xBB\xBF"}}));
}

TEST(Csv, HasNoRowsInEmptyText) {
  for (const char* text : {"", "\n", "\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\r\n"}) {
    const ReadText read = Read(text);
    EXPECT_TRUE(read.status.ok());
    EXPECT_TRUE(read.rows.empty());
  }
}

TEST(Csv, RefusesAQuoteThatNeverCloses) {
  for (const char* text : {"a,b\n\"c,d\ne,f\n", "a\n\"", "a\n\"x\"\"", "a\nb,\"\"\""}) {
    const ReadText read = Read(text);
    EXPECT_EQ(read.status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(read.broken_line, 2u) << text;
    EXPECT_EQ(read.rows.size(), 1u) << text;
  }
}

TEST(Csv, RefusesTextAfterAClosingQuote) {
  for (const char* text : {"\"a\"b,c", "\"a\" ,c", "\"a\"\rb", "\"a\"\r"}) {
    EXPECT_EQ(Read(text).status.code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Csv, RefusesAQuoteInAPlainField) {
  EXPECT_EQ(Read("a\"b,c").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read("a, \"b\"").status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(Csv, RefusesALoneCarriageReturn) {
  EXPECT_EQ(Read("a\rb").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read("a\r").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read("\r").status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(Csv, BoundsTheColumns) {
  EXPECT_EQ(Read(std::string(kMaxCsvColumns - 1, ',')).rows.at(0).fields.size(), kMaxCsvColumns);
  EXPECT_EQ(Read(std::string(kMaxCsvColumns, ',')).status.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Csv, ErrorsCarryNothingOfTheText) {
  for (const char* text : {"hunter2\"", "\"hunter2\"hunter2", "\"hunter2", "hunter2\r"}) {
    const absl::Status status = Read(text).status;
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.ToString().find("hunter2"), std::string::npos);
  }
}

TEST(Csv, SurvivesEveryCutAndEveryChangedByte) {
  const std::string text = "a,\"b\"\"c\"\r\n\"d\ne\",\r\n,f\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Read(text.substr(0, cut));
    for (const char c : {'"', ',', '\r', '\n', 'x', '\0'}) {
      std::string changed = text;
      if (cut < text.size()) changed[cut] = c;
      EXPECT_LE(Read(changed).rows.size(), 4u);
    }
  }
}

absl::StatusOr<CsvHeader> Header(std::vector<std::string>& names) {
  CsvRow row;
  for (const std::string& name : names) row.fields.push_back(crypto::AsBytes(name));
  return CsvHeader::Create(row);
}

TEST(CsvHeader, FindsColumnsByNameWhateverTheirOrderAndCase) {
  std::vector<std::string> names = {"URL", "password", "Title"};
  const auto header = Header(names);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->columns(), 3u);
  EXPECT_EQ(header->Find("Password"), 1u);
  EXPECT_EQ(header->Find("title"), 2u);
  EXPECT_EQ(header->Find("Titl"), std::nullopt);
}

TEST(CsvHeader, RefusesTwoColumnsOfOneName) {
  std::vector<std::string> names = {"Password", "Title", "PASSWORD"};
  EXPECT_EQ(Header(names).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CsvHeader, IsRecognisedQuotedOrNotWithoutReadingOn) {
  const auto has = [](std::string_view text) {
    return HasCsvColumns(crypto::AsBytes(text), {"Title", "Password"});
  };
  EXPECT_TRUE(has("Title,Password\n"));
  EXPECT_TRUE(has("\xEF\xBB\xBF\"title\",x,\"PASSWORD\"\r\nrow"));
  EXPECT_FALSE(has("Title,x\nPassword,Title"));
  EXPECT_FALSE(has(""));
  EXPECT_FALSE(has("Title Password"));
}

}  // namespace
}  // namespace quorate::client
