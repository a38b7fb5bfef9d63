#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/node_client.h"
#include "client/cli/open_item.h"
#include "crypto/init.h"
#include "crypto/passphrase.h"
#include "crypto/random.h"
#include "crypto/wrap.h"
#include "custody/net/channel.h"
#include "custody/net/listener.h"
#include "custody/net/transport.h"
#include "quorate/log/v1/log.grpc.pb.h"
#include "tests/bench/timing.h"

// How long a release takes over real processes, against a bare call over the same TLS.
//
//   release_bench echo                       serves a bare call; prints "PORT CERTIFICATE-DIGEST",
//                                            ends when its standard input does
//   release_bench measure FOLDER ADDRESS DIGEST ROUNDS KIB
//                                            FOLDER has the homes of ana, ben, chloe and dan
//
// Timed: from the moment that the third approver's program hands the sealed passphrase to its node
// until the requester's program, which waits in OpenRequest, has decrypted the item. In between lie
// the passphrase's Argon2id (KIB, one pass; also timed apart), the approval's way to the
// log and back to all nodes, three gates, three decryption shares on the log, and their
// combination.
namespace quorate::bench {
namespace {

namespace log_pb = ::quorate::log::v1;
namespace node_pb = ::quorate::node::v1;

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr int kEchoesPerRound = 100;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::cerr << result.status() << "\n";
    std::exit(1);
  }
  return *std::move(result);
}

class EchoService final : public log_pb::Status::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext*, const log_pb::GetStatusRequest*,
                         log_pb::GetStatusResponse* response) override {
    response->set_time_ms(1);
    return grpc::Status::OK;
  }
};

net::Certificate NewCertificate() {
  crypto::SystemRandom random;
  return Must(net::Certificate::Create(crypto::SigningKey::Random(random)));
}

int ServeEcho() {
  const net::Certificate certificate = NewCertificate();
  EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", net::PinnedServerCredentials(certificate), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << port << " " << crypto::Hex(certificate.digest().span()) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server->Shutdown();
  return 0;
}

class EchoClient {
 public:
  EchoClient(const std::string& address, const std::string& digest)
      : channel_(Must(net::ServerChannel::Create(
            Must(net::ParseEndpoint(address)),
            *crypto::Digest::FromBytes(crypto::FromHex(digest).value_or(crypto::Bytes())),
            NewCertificate()))),
        stub_(log_pb::Status::NewStub(channel_->channel())) {}

  double Seconds() {
    grpc::ClientContext context;
    log_pb::GetStatusResponse response;
    grpc::Status status;
    const double seconds = SecondsOf([&] { status = stub_->GetStatus(&context, {}, &response); });
    if (!status.ok()) std::exit(1);
    return seconds;
  }

 private:
  std::unique_ptr<net::ServerChannel> channel_;
  std::unique_ptr<log_pb::Status::Stub> stub_;
};

// Asks again until the answer fits, or ends the program.
template <typename T>
T Until(const std::function<absl::StatusOr<T>()>& ask, const std::function<bool(const T&)>& fits) {
  const absl::Time deadline = absl::Now() + kLimit;
  while (absl::Now() < deadline) {
    absl::StatusOr<T> answer = ask();
    if (answer.ok() && fits(*answer)) return *std::move(answer);
  }
  std::cerr << "nothing fitted in time\n";
  std::exit(1);
}

class Group {
 public:
  Group(const std::string& folder, crypto::Secret passphrase) : passphrase_(std::move(passphrase)) {
    for (const char* name : {"ana", "ben", "chloe", "dan"}) {
      nodes_.push_back(cli::ConnectToNode(folder + "/" + name + "/node.sock"));
    }
    second_ = cli::ConnectToNode(folder + "/ana/node.sock");
  }

  // Seconds from the third approval to the plaintext.
  double Release() {
    node_pb::CreateRequestRequest create;
    create.set_account("bluesky");
    create.set_reason("measuring");
    const node_pb::Request request = Must(nodes_[0]->CreateRequest(create));
    for (size_t i : {1u, 2u}) {
      WaitForApprovals(i, request, 0);
      (void)Must(nodes_[i]->ApproveRequest(Approval(i, request)));
    }
    for (size_t i : {0u, 1u, 2u, 3u}) WaitForApprovals(i, request, 2);
    const node_pb::ApproveRequestRequest approval = Approval(3, request);

    const crypto::WrapKey key = crypto::WrapKey::Random(random_);
    node_pb::OpenRequestRequest open;
    open.set_id(request.leaf_hash());
    open.set_public_key(crypto::AsString(key.public_key.span()));
    open.set_wait(true);
    absl::Time done;
    std::thread requester([&] {
      const node_pb::OpenedRequest opened = Must(second_->OpenRequest(open));
      if (Must(cli::OpenItems(key, request, opened)).empty()) std::exit(1);
      done = absl::Now();
    });
    const absl::Time start = absl::Now();
    (void)Must(nodes_[3]->ApproveRequest(approval));
    requester.join();
    node_pb::CloseRequestRequest close;
    close.set_id(request.leaf_hash());
    (void)Must(nodes_[0]->CloseRequest(close));
    return absl::ToDoubleSeconds(done - start);
  }

 private:
  void WaitForApprovals(size_t node, const node_pb::Request& request, uint32_t approvals) {
    node_pb::GetRequestRequest get;
    get.set_id(request.leaf_hash());
    (void)Until<node_pb::Request>(
        [&] { return nodes_[node]->GetRequest(get); },
        [&](const node_pb::Request& seen) { return seen.approvals() >= approvals; });
  }

  node_pb::ApproveRequestRequest Approval(size_t node, const node_pb::Request& request) {
    const node_pb::Session session = Must(nodes_[node]->CreateSession({}));
    const auto key = crypto::Point::FromBytes(crypto::AsBytes(session.public_key()));
    if (!key.has_value()) std::exit(1);
    node_pb::ApproveRequestRequest approve;
    approve.set_id(request.leaf_hash());
    approve.mutable_passphrase()->set_session_id(session.session_id());
    approve.mutable_passphrase()->set_sealed(crypto::AsString(Must(crypto::Seal(
        *key, crypto::Sha256(crypto::AsBytes(session.session_id())), passphrase_, random_))));
    return approve;
  }

  crypto::SystemRandom random_;
  crypto::Secret passphrase_;
  std::vector<std::unique_ptr<cli::NodeApi>> nodes_;
  std::unique_ptr<cli::NodeApi> second_;
};

double PassphraseSeconds(const crypto::Secret& passphrase, uint32_t memory_kib) {
  return SecondsOf([&] {
    (void)Must(crypto::DerivePassphraseKey(passphrase, {}, {1, memory_kib}));
  });
}

int MeasureReleases(const std::string& folder, const std::string& address,
                    const std::string& digest, int rounds, uint32_t memory_kib) {
  const crypto::Secret passphrase =
      crypto::Secret::Copy(crypto::AsBytes("five people one kettle a lot of tea"));
  EchoClient echo(address, digest);
  (void)echo.Seconds();
  Group group(folder, passphrase.Clone());
  (void)group.Release();
  std::vector<double> releases;
  std::vector<double> echoes;
  std::vector<double> passphrases;
  for (int round = 0; round < rounds; ++round) {
    releases.push_back(group.Release());
    passphrases.push_back(PassphraseSeconds(passphrase, memory_kib));
    for (int i = 0; i < kEchoesPerRound; ++i) echoes.push_back(echo.Seconds());
  }
  std::sort(releases.begin(), releases.end());
  std::printf(
      "{\"release_ms\": %.3f, \"release_p90_ms\": %.3f, \"echo_ms\": %.4f, \"argon2id_ms\": "
      "%.4f}\n",
      Median(releases) * 1e3, releases[releases.size() * 9 / 10] * 1e3, Median(echoes) * 1e3,
      Median(passphrases) * 1e3);
  std::fflush(stdout);
  // The bare server's memory is read while this client is connected.
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}

}  // namespace
}  // namespace quorate::bench

int main(int argc, char** argv) {
  quorate::net::PrepareTransport();
  if (!quorate::crypto::InitCrypto().ok()) return 1;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "echo") return quorate::bench::ServeEcho();
  if (arguments.size() == 6 && arguments[0] == "measure") {
    return quorate::bench::MeasureReleases(arguments[1], arguments[2], arguments[3],
                                           std::atoi(arguments[4].c_str()),
                                           static_cast<uint32_t>(std::atoi(arguments[5].c_str())));
  }
  std::fputs("release_bench echo | measure FOLDER ADDRESS DIGEST ROUNDS KIB\n", stderr);
  return 2;
}
