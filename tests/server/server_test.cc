#include "custody/server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <chrono>
#include <thread>

#include "custody/net/channel.h"
#include "custody/net/endpoint.h"
#include "custody/server/admin_service.h"
#include "custody/server/backup.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/log.grpc.pb.h"
#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

// Two organisations on a server on a real port, and their members' connections.
class ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { net::PrepareTransport(); }

  void SetUp() override {
    ASSERT_TRUE(InitFolder(data_, "127.0.0.1:0", "").ok());
    Start({});
  }
  void Start(const Limits& limits, bool reflection = false) {
    Stop();
    ServerKeys keys = *ReadKeys(data_);
    certificate_ = std::make_unique<net::Certificate>(std::move(keys.certificate));
    store_ = *store::SqliteStore::Open(data_.database());
    custodian_ = *Custodian::Open(
        {store_.get(), &clock_, std::move(keys.log_seed), certificate_->digest(), limits});
    one_ = std::make_unique<Group>(*custodian_, 1);
    two_ = std::make_unique<Group>(*custodian_, 2);
    ASSERT_TRUE(one_->Found(*custodian_).ok());
    ASSERT_TRUE(two_->Found(*custodian_).ok());
    Server::Options options;
    options.custodian = custodian_.get();
    options.store = store_.get();
    options.clock = &clock_;
    options.certificate = certificate_.get();
    options.listen = "127.0.0.1:0";
    options.limits = limits;
    options.reflection = reflection;
    options.data = &data_;
    auto server = Server::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void Stop() {
    server_.reset();
    custodian_.reset();
    store_.reset();
  }

  std::unique_ptr<net::ServerChannel> Connect(const crypto::SigningKey& key) {
    const auto own = *net::Certificate::Create(key);
    return *net::ServerChannel::Create(*net::ParseEndpoint(server_->address()),
                                       certificate_->digest(), own);
  }
  std::unique_ptr<net::ServerChannel> ConnectAs(Group& group, uint32_t author) {
    return Connect(group.log().tls_key(author));
  }
  static pb::AppendRequest RequestOf(const Group& group, const Submission& submission) {
    pb::AppendRequest request;
    request.set_organisation(Field(group.id().span()));
    request.set_header(Field(submission.header));
    request.set_signature(Field(submission.signature.span()));
    if (submission.device_signature.has_value()) {
      request.set_device_signature(Field(submission.device_signature->span()));
    }
    request.set_body(Field(submission.body));
    return request;
  }
  static absl::Status Append(net::ServerChannel& channel, const pb::AppendRequest& request) {
    grpc::ClientContext context;
    net::SetDeadline(context);
    pb::AppendResponse response;
    return channel.ToStatus(
        pb::Log::NewStub(channel.channel())->Append(&context, request, &response));
  }
  static absl::Status GetStatus(net::ServerChannel& channel) {
    grpc::ClientContext context;
    net::SetDeadline(context);
    pb::GetStatusResponse response;
    return channel.ToStatus(
        pb::Status::NewStub(channel.channel())->GetStatus(&context, {}, &response));
  }
  // The raw answer to a call of a service that has no stub here.
  static grpc::Status CallRaw(net::ServerChannel& channel, const std::string& method,
                              const std::string& request, std::string& answer) {
    grpc::ClientContext context;
    net::SetDeadline(context);
    grpc::GenericStub stub(channel.channel());
    const grpc::Slice slice(request);
    const grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    absl::Mutex mutex;
    bool done = false;
    grpc::Status status;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &in, &out, [&](grpc::Status result) {
      absl::MutexLock lock(&mutex);
      status = std::move(result);
      done = true;
    });
    mutex.LockWhen(absl::Condition(&done));
    mutex.Unlock();
    grpc::Slice flat;
    if (status.ok() && out.TrySingleSlice(&flat).ok()) {
      answer.assign(reinterpret_cast<const char*>(flat.begin()), flat.size());
    }
    return status;
  }

  const log::TemporaryFolder folder_;
  const DataFolder data_ = DataFolder(folder_.File("data"));
  base::SystemClock clock_;
  std::unique_ptr<net::Certificate> certificate_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<Custodian> custodian_;
  std::unique_ptr<Group> one_;
  std::unique_ptr<Group> two_;
  std::unique_ptr<Server> server_;
};

// A stream that a test reads.
class Watching {
 public:
  Watching(net::ServerChannel& channel, const Group& group, uint64_t start)
      : channel_(channel), stub_(pb::Log::NewStub(channel.channel())) {
    pb::WatchRequest request;
    request.set_organisation(Field(group.id().span()));
    request.set_start(start);
    net::SetDeadline(context_, absl::Seconds(60));
    reader_ = stub_->Watch(&context_, request);
  }
  ~Watching() {
    context_.TryCancel();
    if (reader_ != nullptr) Finish().IgnoreError();
  }
  bool Read(pb::WatchResponse& message) { return reader_->Read(&message); }
  absl::Status Finish() {
    pb::WatchResponse ignored;
    while (reader_->Read(&ignored)) {
    }
    absl::Status status = channel_.ToStatus(reader_->Finish());
    reader_.reset();
    return status;
  }

 private:
  net::ServerChannel& channel_;
  std::unique_ptr<pb::Log::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<pb::WatchResponse>> reader_;
};

TEST_F(ServerTest, LetsAMemberAppendAndAnotherFollow) {
  auto ana = ConnectAs(*one_, 1);
  auto ben = ConnectAs(*one_, 2);
  Watching watching(*ben, *one_, 0);
  pb::WatchResponse message;
  ASSERT_TRUE(watching.Read(message));
  EXPECT_EQ(message.start(), 0u);
  EXPECT_EQ(message.entries_size(), 1);
  for (uint64_t i = 1; i <= 3; ++i) {
    ASSERT_EQ(Append(*ana, RequestOf(*one_, one_->Say(3))), absl::OkStatus());
    ASSERT_TRUE(watching.Read(message));
    EXPECT_EQ(message.start(), i);
    EXPECT_EQ(message.entries_size(), 1);
    EXPECT_EQ(message.checkpoint(), custodian_->GetTip(one_->id())->checkpoint);
  }
}

TEST_F(ServerTest, RefusesAStrangersKey) {
  auto stranger = Connect(log::KeyOf(77));
  const absl::Status refused = Append(*stranger, RequestOf(*one_, one_->Say()));
  EXPECT_EQ(refused.code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(Reason(refused), "NOT_A_MEMBER");
  Watching watching(*stranger, *one_, 0);
  EXPECT_EQ(Reason(watching.Finish()), "NOT_A_MEMBER");
  EXPECT_EQ(custodian_->GetTip(one_->id())->size, 1u);
  // But may ask which server this is, and found.
  EXPECT_EQ(GetStatus(*stranger), absl::OkStatus());
}

TEST_F(ServerTest, RefusesAMemberOfAnotherOrganisation) {
  auto other = ConnectAs(*two_, 1);
  EXPECT_EQ(Reason(Append(*other, RequestOf(*one_, one_->Say()))), "NOT_A_MEMBER");
  Watching watching(*other, *one_, 0);
  EXPECT_EQ(Reason(watching.Finish()), "NOT_A_MEMBER");
  EXPECT_EQ(Append(*other, RequestOf(*two_, two_->Say())), absl::OkStatus());
}

TEST_F(ServerTest, RefusesAClientWithoutACertificate) {
  class BelieveAnything final : public grpc::experimental::ExternalCertificateVerifier {
    bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest*,
                std::function<void(grpc::Status)>, grpc::Status* status) override {
      *status = grpc::Status::OK;
      return true;
    }
    void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}
  };
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<BelieveAnything>());
  auto channel =
      grpc::CreateChannel(server_->address(), grpc::experimental::TlsCredentials(options));
  grpc::ClientContext context;
  net::SetDeadline(context);
  pb::GetStatusResponse response;
  EXPECT_EQ(pb::Status::NewStub(channel)->GetStatus(&context, {}, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  auto ana = ConnectAs(*one_, 1);
  EXPECT_EQ(GetStatus(*ana), absl::OkStatus());
}

TEST_F(ServerTest, RefusesAMessageThatIsTooLarge) {
  auto ana = ConnectAs(*one_, 1);
  pb::AppendRequest request = RequestOf(*one_, one_->Say());
  request.set_body(std::string(net::kMaxMessageBytes + 1, 'x'));
  EXPECT_EQ(Append(*ana, request).code(), StatusCode::kResourceExhausted);
  request.set_body(std::string(ledger::kMaxBodyBytes + 1, 'x'));
  EXPECT_EQ(Reason(Append(*ana, request)), "TOO_LARGE");
  EXPECT_EQ(Append(*ana, RequestOf(*one_, one_->Say())), absl::OkStatus());
}

TEST_F(ServerTest, RefusesACallWithFieldsOfAnotherSize) {
  auto ana = ConnectAs(*one_, 1);
  pb::AppendRequest request = RequestOf(*one_, one_->Say());
  request.mutable_organisation()->pop_back();
  EXPECT_EQ(Reason(Append(*ana, request)), "MALFORMED");
  request = RequestOf(*one_, one_->Say());
  request.mutable_signature()->pop_back();
  EXPECT_EQ(Reason(Append(*ana, request)), "MALFORMED");
  request = RequestOf(*one_, one_->Say());
  request.set_device_signature("x");
  EXPECT_EQ(Reason(Append(*ana, request)), "MALFORMED");
}

TEST_F(ServerTest, BoundsACallersCallsAndStreams) {
  Limits limits;
  limits.call_burst = 4;
  limits.calls_per_second = 0.001;
  limits.streams_per_caller = 1;
  Start(limits);
  auto ana = ConnectAs(*one_, 1);
  auto ben = ConnectAs(*one_, 2);
  {
    Watching first(*ana, *one_, 0);
    pb::WatchResponse message;
    ASSERT_TRUE(first.Read(message));
    Watching second(*ana, *one_, 0);
    EXPECT_EQ(Reason(second.Finish()), "TOO_MANY_STREAMS");
  }
  EXPECT_EQ(GetStatus(*ana), absl::OkStatus());
  EXPECT_EQ(GetStatus(*ana), absl::OkStatus());
  const absl::Status refused = GetStatus(*ana);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(refused), "TOO_MANY_CALLS");
  EXPECT_EQ(GetStatus(*ben), absl::OkStatus());
}

TEST_F(ServerTest, DoesNotLetASlowFollowerHoldUpAnyone) {
  auto slow_channel = ConnectAs(*one_, 1);
  auto quick_channel = ConnectAs(*one_, 2);
  Watching slow(*slow_channel, *one_, 1);
  Watching quick(*quick_channel, *one_, 1);
  // More than the network between us and somebody who reads nothing can hold.
  constexpr uint64_t kEntries = 100;
  for (uint64_t i = 0; i < kEntries; ++i) {
    ASSERT_TRUE(custodian_->Append(one_->id(), one_->SayLarge(200 * 1024)).ok());
  }
  auto read_all = [](Watching& watching) {
    uint64_t messages = 0;
    uint64_t next = 1;
    pb::WatchResponse message;
    while (next <= kEntries && watching.Read(message)) {
      EXPECT_EQ(message.start(), next);
      // Its memory here is one page.
      EXPECT_LE(message.ByteSizeLong(), kFollowerPageBytes + 300 * 1024);
      next += static_cast<uint64_t>(message.entries_size());
      ++messages;
    }
    EXPECT_EQ(next, kEntries + 1);
    return messages;
  };
  read_all(quick);
  read_all(slow);
}

TEST_F(ServerTest, StopsAtOnceWhileFollowersHoldStreams) {
  auto ana = ConnectAs(*one_, 1);
  auto eve = ConnectAs(*two_, 1);
  Watching waiting(*eve, *two_, 0);
  Watching stuck(*ana, *one_, 1);
  pb::WatchResponse message;
  ASSERT_TRUE(waiting.Read(message));
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(custodian_->Append(one_->id(), one_->SayLarge(200 * 1024)).ok());
  }
  const auto before = std::chrono::steady_clock::now();
  server_->Stop();
  // Far below the grace that calls under way are given.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(2500));
  const absl::Status ended = waiting.Finish();
  EXPECT_EQ(ended.code(), StatusCode::kUnavailable);
  EXPECT_EQ(Reason(ended), "STOPPING");
  EXPECT_FALSE(stuck.Finish().ok());
}

TEST_F(ServerTest, TellsFollowersOfADraft) {
  auto ana = ConnectAs(*one_, 1);
  auto stub = pb::Founding::NewStub(ana->channel());
  grpc::ClientContext context;
  net::SetDeadline(context);
  pb::WatchDraftRequest request;
  request.set_draft_id(Field(one_->draft_id().span()));
  auto reader = stub->WatchDraft(&context, request);
  pb::WatchDraftResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.organisation(), Field(one_->id().span()));
  const uint64_t revision = message.revision();
  pb::PutCardRequest card;
  card.set_draft_id(request.draft_id());
  card.set_write_token(one_->token());
  card.mutable_card()->set_tag("t");
  card.mutable_card()->set_sealed("x");
  ASSERT_TRUE(custodian_->drafts().PutCard(card).ok());
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.revision(), revision + 1);
  context.TryCancel();
  while (reader->Read(&message)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ServerTest, GivesTheLargestBlobsInOneAnswer) {
  std::vector<crypto::Bytes> blobs;
  std::vector<crypto::ByteSpan> spans;
  pb::GetBlobsRequest request;
  request.set_organisation(Field(one_->id().span()));
  for (size_t i = 0; i < 256; ++i) {
    blobs.emplace_back(33 * 1024, static_cast<uint8_t>(i));
    request.add_digests(Field(crypto::Sha256(blobs.back()).span()));
  }
  for (const crypto::Bytes& blob : blobs) spans.emplace_back(blob);
  ASSERT_TRUE(custodian_->PutBlobs(one_->id(), one_->tls(1), spans).ok());
  auto ben = ConnectAs(*one_, 2);
  auto stub = pb::Blob::NewStub(ben->channel());
  pb::GetBlobsResponse response;
  {
    grpc::ClientContext context;
    net::SetDeadline(context);
    ASSERT_TRUE(stub->GetBlobs(&context, request, &response).ok());
  }
  ASSERT_EQ(response.blobs_size(), 256);
  EXPECT_EQ(response.blobs(255).content(), Field(blobs[255]));
  request.add_digests(Field(crypto::Sha256(crypto::Bytes{1}).span()));
  grpc::ClientContext context;
  net::SetDeadline(context);
  EXPECT_EQ(Reason(ben->ToStatus(stub->GetBlobs(&context, request, &response))), "TOO_MANY");
}

TEST_F(ServerTest, SaysThatItServes) {
  auto ana = ConnectAs(*one_, 1);
  std::string answer;
  const grpc::Status status = CallRaw(*ana, "/grpc.health.v1.Health/Check", "", answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "\x08\x01");  // SERVING.
}

TEST_F(ServerTest, AnswersItsOperator) {
  auto ana = ConnectAs(*one_, 1);
  Watching watching(*ana, *one_, 0);
  pb::WatchResponse message;
  ASSERT_TRUE(watching.Read(message));
  const auto status = AskForStatus(data_);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_TRUE(status->running());
  EXPECT_EQ(status->listening(), server_->address());
  EXPECT_EQ(status->organisations_size(), 2);
  EXPECT_EQ(status->drafts(), 2u);
  EXPECT_EQ(status->streams(), 1u);
  EXPECT_EQ(status->callers(), 1u);
  EXPECT_GT(status->store_bytes(), 0u);
  EXPECT_GT(status->disk_free_bytes(), 0u);

  const std::string backup = folder_.File("backup");
  uint64_t done = 0;
  ASSERT_EQ(AskForBackup(data_, backup, [&](uint64_t bytes, uint64_t) { done = bytes; }),
            absl::OkStatus());
  EXPECT_GT(done, 0u);
  EXPECT_EQ(Reason(AskForBackup(data_, backup, [](uint64_t, uint64_t) {})), "TARGET_EXISTS");
  EXPECT_EQ(Reason(AskForBackup(data_, "here", [](uint64_t, uint64_t) {})), "PATH_NOT_ABSOLUTE");
  const auto restored = RestoreBackup(backup, DataFolder(folder_.File("again")));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->organisations, 2u);
  Stop();
  EXPECT_EQ(Reason(AskForStatus(data_)), "NOT_RUNNING");
}

TEST_F(ServerTest, DoesNotShareItsPort) {
  Server::Options options;
  options.custodian = custodian_.get();
  options.store = store_.get();
  options.clock = &clock_;
  options.certificate = certificate_.get();
  options.listen = server_->address();
  EXPECT_EQ(Reason(Server::Start(options)), "CANNOT_LISTEN");
}

// Last: the library stays loaded.
TEST_F(ServerTest, ZDescribesItsServicesOnlyWhereItWasTold) {
  constexpr char kMethod[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  const std::string list_services("\x3a\x00", 2);
  std::string answer;
  {
    auto ana = ConnectAs(*one_, 1);
    EXPECT_EQ(CallRaw(*ana, kMethod, list_services, answer).error_code(),
              grpc::StatusCode::UNIMPLEMENTED);
  }
  Start({}, true);
  auto ana = ConnectAs(*one_, 1);
  const grpc::Status status = CallRaw(*ana, kMethod, list_services, answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(answer, HasSubstr("quorate.log.v1.Log"));
}

}  // namespace
}  // namespace quorate::server::testing
