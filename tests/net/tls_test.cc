#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/net/certificate.h"
#include "custody/net/channel.h"
#include "custody/net/listener.h"
#include "custody/net/transport.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/log.grpc.pb.h"

// Pinned TLS over real connections on the loopback.
namespace quorate::net {
namespace {

namespace pb = ::quorate::log::v1;

class Environment : public ::testing::Environment {
 public:
  void SetUp() override {
    PrepareTransport();
    ASSERT_TRUE(crypto::InitCrypto().ok());
  }
};
const ::testing::Environment* const environment =
    ::testing::AddGlobalTestEnvironment(new Environment);

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO, BIO_vfree>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;

// A certificate such as Quorate would never make.
struct Foreign {
  std::string pem;
  std::string key_pem;
  crypto::Digest digest;
};

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

Foreign MakeForeign(Key key, const char* name, const char* from, const char* to) {
  X509Pointer x509(X509_new());
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 7);
  ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), from);
  ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), to);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get()));
  X509_set_pubkey(x509.get(), key.get());
  const bool is_rsa = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA;
  EXPECT_GT(X509_sign(x509.get(), key.get(), is_rsa ? EVP_sha256() : nullptr), 0);
  Bio pem(BIO_new(BIO_s_mem())), key_pem(BIO_new(BIO_s_mem())), der(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), x509.get());
  PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  i2d_X509_bio(der.get(), x509.get());
  return {Text(pem.get()), Text(key_pem.get()), crypto::Sha256(crypto::AsBytes(Text(der.get())))};
}

Foreign Rsa() {
  return MakeForeign(Key(EVP_RSA_gen(2048)), "quorate", "20000101000000Z", "99991231235959Z");
}
Foreign Expired() {
  return MakeForeign(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), "somebody-else.example",
                     "20000101000000Z", "20010101000000Z");
}

Certificate Own(uint64_t seed) {
  crypto::SeededRandom random(seed);
  absl::StatusOr<Certificate> own = Certificate::Create(crypto::SigningKey::Random(random));
  if (!own.ok()) std::abort();
  return *std::move(own);
}

// Says who called.
class WhoService final : public pb::Status::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext* context, const pb::GetStatusRequest*,
                         pb::GetStatusResponse*) override {
    ++calls;
    absl::StatusOr<crypto::PublicSigningKey> key = PeerKey(*context->auth_context());
    if (!key.ok()) return wire::ToGrpcStatus(key.status());
    caller = *key;
    return grpc::Status::OK;
  }
  std::atomic<int> calls = 0;
  crypto::PublicSigningKey caller;
};

class TlsTest : public ::testing::Test {
 protected:
  void StartWith(std::shared_ptr<grpc::ServerCredentials> credentials) {
    grpc::ServerBuilder builder;
    BoundServer(builder);
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Start() { StartWith(PinnedServerCredentials(own_)); }
  void StartForeign(const Foreign& foreign) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    options.pem_key_cert_pairs.push_back({foreign.key_pem, foreign.pem});
    StartWith(grpc::SslServerCredentials(options));
  }
  ~TlsTest() override {
    if (server_ != nullptr) server_->Shutdown();
  }

  absl::Status CallPinned(const crypto::Digest& pin, const Certificate& client) {
    auto channel = ServerChannel::Create({"127.0.0.1", static_cast<uint16_t>(port_)}, pin, client);
    if (!channel.ok()) return channel.status();
    pb::Status::Stub stub((*channel)->channel());
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(10));
    pb::GetStatusResponse response;
    return (*channel)->ToStatus(stub.GetStatus(&context, {}, &response));
  }

  // A client that checks nothing and shows whatever it is given.
  absl::Status CallWith(const Foreign& client) {
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(
        std::make_shared<grpc::experimental::StaticDataCertificateProvider>(
            std::vector<grpc::experimental::IdentityKeyCertPair>{{client.key_pem, client.pem}}));
    options.watch_identity_key_cert_pairs();
    options.set_verify_server_certs(false);
    options.set_check_call_host(false);
    options.set_certificate_verifier(
        std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
    auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port_),
                                       grpc::experimental::TlsCredentials(options));
    pb::Status::Stub stub(channel);
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(10));
    pb::GetStatusResponse response;
    return wire::FromGrpcStatus(stub.GetStatus(&context, {}, &response));
  }

  // What a plain OpenSSL client gets: the version that was agreed on, "refused" where none was or
  // where the server ends the connection after the handshake.
  std::string Handshake(int version, const Certificate* client) {
    Context context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    if (client != nullptr) {
      const std::string key_pem = crypto::AsString(client->private_key_pem().Reveal());
      Bio pem(BIO_new_mem_buf(client->pem().data(), -1));
      Bio key_bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
      X509Pointer x509(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
      Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
      SSL_CTX_use_certificate(context.get(), x509.get());
      SSL_CTX_use_PrivateKey(context.get(), key.get());
    }
    Connection ssl(SSL_new(context.get()));
    const unsigned char kAlpn[] = "\x02h2";
    SSL_set_alpn_protos(ssl.get(), kAlpn, 3);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    SSL_set_fd(ssl.get(), fd);
    std::string result = "refused";
    char byte = 0;
    // A server that takes the connection speaks first: its HTTP/2 settings.
    if (SSL_connect(ssl.get()) == 1 && SSL_read(ssl.get(), &byte, 1) == 1) {
      result = SSL_get_version(ssl.get());
    }
    close(fd);
    ERR_clear_error();
    return result;
  }

  const Certificate own_ = Own(1);
  const Certificate client_ = Own(2);
  WhoService service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// First of all: a program has few lines a minute for what gRPC complains of.
TEST_F(TlsTest, TheHandshakeNamesNoAddressAndTheServerDoesNotComplainOfIt) {
  absl::Mutex mutex;
  std::vector<std::string> lines;
  PrepareTransport([&](std::string_view line) {
    absl::MutexLock lock(&mutex);
    lines.emplace_back(line);
  });
  Start();
  EXPECT_TRUE(CallPinned(own_.digest(), client_).ok());
  {
    absl::MutexLock lock(&mutex);
    EXPECT_THAT(lines, testing::IsEmpty());
  }
  // A client of gRPC's own making names the address.
  EXPECT_TRUE(CallWith(Expired()).ok());
  server_->Shutdown();
  server_.reset();
  PrepareTransport();
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(lines, testing::Contains(testing::HasSubstr("server name: 127.0.0.1")));
}

TEST_F(TlsTest, TheServerLearnsTheCallersKeyAndNothingElseMatters) {
  Start();
  const absl::Status status = CallPinned(own_.digest(), client_);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(service_.caller == client_.public_key());
}

TEST_F(TlsTest, Tls13WorksAndNothingOlderDoes) {
  Start();
  EXPECT_EQ(Handshake(TLS1_3_VERSION, &client_), "TLSv1.3");
  for (int version : {TLS1_2_VERSION, TLS1_1_VERSION, TLS1_VERSION}) {
    EXPECT_EQ(Handshake(version, &client_), "refused") << version;
  }
}

TEST_F(TlsTest, AClientWithoutACertificateIsRefusedBeforeItSaysAnything) {
  Start();
  EXPECT_EQ(Handshake(TLS1_3_VERSION, nullptr), "refused");
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, AnotherServersCertificateEndsItBeforeACallIsSent) {
  Start();
  const absl::Status status = CallPinned(Own(3).digest(), client_);
  EXPECT_EQ(base::GetReason(status), "WRONG_SERVER_CERTIFICATE");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::GetCulprit(status), "server");
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, APinThatDiffersInOneBitIsAnotherServer) {
  Start();
  for (size_t at : {size_t{0}, size_t{31}}) {
    crypto::Digest pin = own_.digest();
    pin.value[at] ^= 1;
    EXPECT_EQ(base::GetReason(CallPinned(pin, client_)), "WRONG_SERVER_CERTIFICATE");
  }
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, ACertificateAroundTheSameKeyIsStillNotThePinnedOne) {
  Start();
  // The pin is the whole certificate, not its key: there is one for each key, and only one.
  crypto::Bytes der = own_.der();
  der.back() ^= 1;
  EXPECT_EQ(base::GetReason(CallPinned(crypto::Sha256(der), client_)), "WRONG_SERVER_CERTIFICATE");
}

TEST_F(TlsTest, DatesAndNamesInThePinnedCertificateDoNotMatter) {
  const Foreign expired = Expired();
  StartForeign(expired);
  const absl::Status status = CallPinned(expired.digest, client_);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TlsTest, AnRsaCallerIsNobody) {
  Start();
  const absl::Status status = CallWith(Rsa());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::GetReason(status), "NO_CLIENT_KEY");
}

TEST_F(TlsTest, ACallersExpiredCertificateStillProvesItsKey) {
  Start();
  EXPECT_TRUE(CallWith(Expired()).ok());
}

TEST_F(TlsTest, NobodyAnsweringIsUnavailableAndNotTheWrongServer) {
  Start();
  server_->Shutdown();
  server_.reset();
  const absl::Status status = CallPinned(own_.digest(), client_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::GetReason(status), "");
}

TEST(Certificate, FollowsFromItsKeyAlone) {
  const Certificate one = Own(9);
  const Certificate again = Own(9);
  EXPECT_EQ(one.der(), again.der());
  EXPECT_EQ(one.digest(), again.digest());
  EXPECT_NE(one.digest(), Own(10).digest());
  EXPECT_EQ(one.digest(), crypto::Sha256(one.der()));
}

TEST(Certificate, IsReadBackAsItsKeyAndDigest) {
  const Certificate own = Own(9);
  const auto peer = ReadPeerCertificate(own.pem());
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_TRUE(peer->public_key == own.public_key());
  EXPECT_EQ(peer->digest, own.digest());
}

TEST(Certificate, WhatIsNoEd25519CertificateIsNoKey) {
  const std::string own = Own(9).pem();
  for (const std::string& pem :
       {std::string(), std::string("not PEM"), Rsa().pem, own.substr(0, own.size() / 2),
        std::string(17 * 1024, 'A'), Expired().key_pem}) {
    EXPECT_EQ(base::GetReason(ReadPeerCertificate(pem).status()), "NO_CLIENT_KEY");
  }
}

}  // namespace
}  // namespace quorate::net
