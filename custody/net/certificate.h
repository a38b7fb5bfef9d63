#ifndef QUORATE_CUSTODY_NET_CERTIFICATE_H_
#define QUORATE_CUSTODY_NET_CERTIFICATE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "crypto/secret.h"

namespace quorate::net {

// The one common name. Changing it changes every certificate, and so every pin.
inline constexpr char kCertificateName[] = "quorate";

// A self-signed Ed25519 certificate (X.509 v3, RFC 8410) around one key. Every field follows from
// the key, so the same key always gives the same bytes and the same digest, on every machine. It
// names nobody and expires in the year 9999: peers pin the digest or the key, and nothing else in a
// certificate is ever believed. Move-only, since it holds the key. Thread-safe.
class Certificate {
 public:
  // Internal when OpenSSL fails, which is not a matter of the key.
  [[nodiscard]] static absl::StatusOr<Certificate> Create(const crypto::SigningKey& key);

  const std::string& pem() const { return pem_; }
  const crypto::Bytes& der() const { return der_; }
  // SHA-256 of the DER encoding: what invites and charters carry.
  const crypto::Digest& digest() const { return digest_; }
  const crypto::PublicSigningKey& public_key() const { return public_key_; }
  // PKCS #8 in PEM, as TLS libraries want it. gRPC copies it into ordinary memory and keeps it as
  // long as the credentials: a TLS key opens no share and no item.
  const crypto::Secret& private_key_pem() const { return private_key_pem_; }

 private:
  Certificate() = default;

  std::string pem_;
  crypto::Bytes der_;
  crypto::Digest digest_;
  crypto::PublicSigningKey public_key_;
  crypto::Secret private_key_pem_;
};

// What a peer showed in its handshake. Nothing about it was checked but that the peer holds the
// key.
struct PeerCertificate {
  crypto::Digest digest;  // SHA-256 of the DER encoding.
  crypto::PublicSigningKey public_key;
};

// The first certificate in `pem`. Unauthenticated with reason NO_CLIENT_KEY where it does not
// parse, its key is not Ed25519, or it is larger than 16 KiB.
[[nodiscard]] absl::StatusOr<PeerCertificate> ReadPeerCertificate(std::string_view pem);

}  // namespace quorate::net

#endif  // QUORATE_CUSTODY_NET_CERTIFICATE_H_
