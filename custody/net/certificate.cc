#include "custody/net/certificate.h"

#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "custody/base/error_info.h"

namespace quorate::net {
namespace {

constexpr size_t kMaxPeerPemBytes = 16 * 1024;
constexpr size_t kMaxPrivatePemBytes = 1024;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

absl::Status OpensslFailed() {
  return base::MakeError(absl::StatusCode::kInternal, "OPENSSL_FAILED",
                         "OpenSSL could not make an Ed25519 certificate",
                         "check that OpenSSL 3 is installed and not restricted by a policy that "
                         "forbids Ed25519");
}

absl::Status NoClientKey() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "NO_CLIENT_KEY",
                         "the peer showed no Ed25519 certificate",
                         "connect with a Quorate program of this version");
}

// All that a certificate must have and nothing that a reader could take for meaning.
bool FillIn(X509* certificate, EVP_PKEY* key, const crypto::PublicSigningKey& public_key) {
  crypto::Digest serial = crypto::Sha256(public_key.span());
  serial.value[0] = static_cast<uint8_t>((serial.value[0] & 0x7f) | 0x40);  // Positive, 16 bytes.
  std::unique_ptr<BIGNUM, Deleter<BN_free>> number(BN_bin2bn(serial.value.data(), 16, nullptr));
  if (number == nullptr || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr ||
      ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z") != 1 ||
      ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") != 1) {
    return false;
  }
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(kCertificateName), -1,
                                    -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, nullptr) > 0;
}

crypto::Bytes Der(X509* certificate) {
  int size = i2d_X509(certificate, nullptr);
  if (size <= 0) return {};
  crypto::Bytes der(static_cast<size_t>(size));
  unsigned char* out = der.data();
  if (i2d_X509(certificate, &out) != size) return {};
  return der;
}

std::string Pem(X509* certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// The secure memory BIO wipes its buffer when it grows and when it goes.
crypto::Secret PrivatePem(EVP_PKEY* key) {
  Bio bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return {};
  }
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  if (size <= 0 || static_cast<size_t>(size) > kMaxPrivatePemBytes) return {};
  return crypto::Secret::Copy(
      crypto::ByteSpan(reinterpret_cast<uint8_t*>(data), static_cast<size_t>(size)));
}

}  // namespace

absl::StatusOr<Certificate> Certificate::Create(const crypto::SigningKey& key) {
  crypto::Secret seed = key.ExpandedSeed();
  Key private_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.Reveal().data(), seed.size()));
  X509Pointer x509(X509_new());
  if (private_key == nullptr || x509 == nullptr ||
      !FillIn(x509.get(), private_key.get(), key.public_key())) {
    return OpensslFailed();
  }
  Certificate certificate;
  certificate.der_ = Der(x509.get());
  certificate.pem_ = Pem(x509.get());
  certificate.private_key_pem_ = PrivatePem(private_key.get());
  if (certificate.der_.empty() || certificate.pem_.empty() ||
      certificate.private_key_pem_.empty()) {
    return OpensslFailed();
  }
  certificate.digest_ = crypto::Sha256(certificate.der_);
  certificate.public_key_ = key.public_key();
  return certificate;
}

absl::StatusOr<PeerCertificate> ReadPeerCertificate(std::string_view pem) {
  if (pem.size() > kMaxPeerPemBytes) return NoClientKey();
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return NoClientKey();
  X509Pointer x509(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (x509 == nullptr) return NoClientKey();
  EVP_PKEY* key = X509_get0_pubkey(x509.get());
  PeerCertificate peer;
  size_t size = peer.public_key.value.size();
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, peer.public_key.value.data(), &size) != 1 ||
      size != peer.public_key.value.size()) {
    return NoClientKey();
  }
  crypto::Bytes der = Der(x509.get());
  if (der.empty()) return NoClientKey();
  peer.digest = crypto::Sha256(der);
  return peer;
}

}  // namespace quorate::net
