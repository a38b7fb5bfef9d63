#include "custody/wire/grpc_status.h"

#include <gtest/gtest.h>

#include "custody/base/error_info.h"
#include "quorate/ledger/v1/error.pb.h"

namespace quorate::wire::testing {
namespace {

grpc::Status FromPeer(const std::string& message, const ledger::v1::ErrorInfo& info) {
  return grpc::Status(grpc::StatusCode::ABORTED, message, info.SerializeAsString());
}

TEST(GrpcStatus, CarriesCodeMessageAndDetailsThereAndBack) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status = base::WithCulprit(
        base::MakeError(static_cast<absl::StatusCode>(code), "STATEMENT_ID_USED",
                        "this id is used: pick another", "send it again under a new id"),
        "server");
    const grpc::Status sent = ToGrpcStatus(status);
    EXPECT_EQ(static_cast<int>(sent.error_code()), code);
    EXPECT_EQ(FromGrpcStatus(sent), status);
  }
}

TEST(GrpcStatus, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(GrpcStatus, AStatusWithoutDetailsHasNone) {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "connection refused");
  EXPECT_EQ(base::GetReason(status), "");
}

TEST(GrpcStatus, CodesThatNobodyDefinedAreUnknown) {
  for (const int code : {17, 99, -1}) {
    const grpc::Status sent(static_cast<grpc::StatusCode>(code), "x");
    EXPECT_EQ(FromGrpcStatus(sent).code(), absl::StatusCode::kUnknown) << code;
  }
  EXPECT_EQ(ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(50), "x")).error_code(),
            grpc::StatusCode::UNKNOWN);
}

TEST(GrpcStatus, APeersTextLosesWhatCouldFoolATerminal) {
  ledger::v1::ErrorInfo info;
  info.set_next("do\x1b[2J this");
  const absl::Status status =
      FromGrpcStatus(FromPeer("a\nb\tc\x1b[31md\x7f\xE2\x80\xAE"
                              "e\xC2\x85\xFF\xC3\xA9",
                              info));
  EXPECT_EQ(status.message(), "a b c[31mde\xC3\xA9");
  EXPECT_EQ(base::GetNext(status), "do[2J this");
}

TEST(GrpcStatus, APeersTextIsCutBetweenCharacters) {
  std::string text;
  while (text.size() <= kMaxPeerTextBytes) text += "\xE2\x82\xAC";
  text = "x" + text;
  const absl::Status status = FromGrpcStatus(FromPeer(text, {}));
  EXPECT_EQ(status.message().size(), 298u);  // x and 99 signs of three bytes.
  EXPECT_EQ(FromGrpcStatus(FromPeer(std::string(5000, ' '), {})).message().size(),
            kMaxPeerTextBytes);
}

TEST(GrpcStatus, AReasonThatIsNoneIsDropped) {
  for (const std::string reason : {"lower", "WITH SPACE", "A\x1b", ""}) {
    ledger::v1::ErrorInfo info;
    info.set_reason(reason);
    EXPECT_EQ(base::GetReason(FromGrpcStatus(FromPeer("m", info))), "") << reason;
  }
  ledger::v1::ErrorInfo info;
  info.set_reason(std::string(kMaxPeerReasonBytes, 'A'));
  EXPECT_NE(base::GetReason(FromGrpcStatus(FromPeer("m", info))), "");
  info.set_reason(std::string(kMaxPeerReasonBytes + 1, 'A'));
  EXPECT_EQ(base::GetReason(FromGrpcStatus(FromPeer("m", info))), "");
}

TEST(GrpcStatus, ACulpritThatIsNoneIsDropped) {
  ledger::v1::ErrorInfo info;
  info.set_culprit("organiser 7");
  EXPECT_EQ(base::GetCulprit(FromGrpcStatus(FromPeer("m", info))), "organiser 7");
  for (const std::string& culprit : {std::string("<b>"), std::string(65, 'a')}) {
    info.set_culprit(culprit);
    EXPECT_EQ(base::GetCulprit(FromGrpcStatus(FromPeer("m", info))), "");
  }
}

TEST(GrpcStatus, DetailsThatAreNoErrorInfoAreDropped) {
  const grpc::Status broken(grpc::StatusCode::ABORTED, "m", "\x0A\xFF");
  EXPECT_EQ(base::GetReason(FromGrpcStatus(broken)), "");
  ledger::v1::ErrorInfo info;
  info.set_reason("GOOD");
  const grpc::Status large(grpc::StatusCode::ABORTED, "m",
                           info.SerializeAsString() + "\xC2\x3E\x80\x40" + std::string(8192, 'x'));
  EXPECT_EQ(base::GetReason(FromGrpcStatus(large)), "");
}

}  // namespace
}  // namespace quorate::wire::testing
