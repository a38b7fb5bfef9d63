#include "crypto/dleq.h"

#include <sodium.h>

#include <algorithm>
#include <vector>

#include "crypto/require.h"
#include "crypto/transcript.h"

namespace quorate::crypto {
namespace {

// RFC 9497 numbers its pairs in two bytes; nobody here needs more than a few.
constexpr size_t kMaxPairs = 256;

void AppendU16(size_t value, Bytes& out) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void AppendWithLength(ByteSpan field, Bytes& out) {
  AppendU16(field.size(), out);
  out.insert(out.end(), field.begin(), field.end());
}

void AppendText(std::string_view text, Bytes& out) {
  out.insert(out.end(), text.begin(), text.end());
}

Scalar HashToScalar(ByteSpan message, ByteSpan context) {
  Bytes dst = ToBytes("HashToScalar-");
  dst.insert(dst.end(), context.begin(), context.end());
  return Scalar::FromWide(ExpandMessageXmd(message, dst));
}

// The weights d_i of RFC 9497 §2.2.1, which fold the pairs into one.
std::vector<Scalar> Weights(const DleqStatement& statement) {
  Bytes seed_dst = ToBytes("Seed-");
  seed_dst.insert(seed_dst.end(), statement.context.begin(), statement.context.end());
  Bytes seed_input;
  AppendWithLength(statement.b.span(), seed_input);
  AppendWithLength(seed_dst, seed_input);
  std::array<uint8_t, 64> seed;
  crypto_hash_sha512(seed.data(), seed_input.data(), seed_input.size());
  std::vector<Scalar> weights;
  for (size_t i = 0; i < statement.c.size(); ++i) {
    Bytes input;
    AppendWithLength(seed, input);
    AppendU16(i, input);
    AppendWithLength(statement.c[i].span(), input);
    AppendWithLength(statement.d[i].span(), input);
    AppendText("Composite", input);
    weights.push_back(HashToScalar(input, statement.context));
  }
  return weights;
}

Scalar ChallengeOf(const DleqStatement& statement, const Point& m, const Point& z, const Point& t2,
                   const Point& t3) {
  Bytes input;
  for (const Point& point : {statement.b, m, z, t2, t3}) AppendWithLength(point.span(), input);
  AppendText("Challenge", input);
  return HashToScalar(input, statement.context);
}

absl::Status CheckShape(const DleqStatement& statement) {
  if (statement.c.empty() || statement.c.size() != statement.d.size() ||
      statement.c.size() > kMaxPairs || statement.context.size() > kMaxDleqContext) {
    return absl::InvalidArgumentError("the statement about equal logarithms has a wrong shape");
  }
  bool identity = statement.a.IsIdentity() || statement.b.IsIdentity();
  for (const Point& point : statement.c) identity = identity || point.IsIdentity();
  for (const Point& point : statement.d) identity = identity || point.IsIdentity();
  if (identity) {
    return absl::InvalidArgumentError("the statement about equal logarithms has an identity in it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DleqProof> ProveDleqWithNonce(const DleqStatement& statement,
                                             const SecretScalar& secret,
                                             const SecretScalar& nonce) {
  if (absl::Status status = CheckShape(statement); !status.ok()) return status;
  Point m = SumOfProducts(Weights(statement), statement.c);
  Point z = m.MulToPublic(secret);
  Point t2 = statement.a.MulToPublic(nonce);
  Point t3 = m.MulToPublic(nonce);
  DleqProof proof;
  proof.c = ChallengeOf(statement, m, z, t2, t3);
  proof.s = nonce.Respond(proof.c.Negate(), secret);
  return proof;
}

absl::StatusOr<DleqProof> ProveDleq(const DleqStatement& statement, const SecretScalar& secret,
                                    RandomSource& random) {
  Transcript transcript("quorate/dleq-nonce/v1");
  transcript.Append(statement.context).AppendPoint(statement.a).AppendPoint(statement.b);
  transcript.AppendPoints(statement.c).AppendPoints(statement.d);
  return ProveDleqWithNonce(statement, secret, HedgedNonce(random, secret, transcript));
}

absl::Status VerifyDleq(const DleqStatement& statement, const DleqProof& proof) {
  if (absl::Status status = CheckShape(statement); !status.ok()) return status;
  std::vector<Scalar> weights = Weights(statement);
  Point m = SumOfProducts(weights, statement.c);
  Point z = SumOfProducts(weights, statement.d);
  Point t2 = statement.a.Mul(proof.s) + statement.b.Mul(proof.c);
  Point t3 = m.Mul(proof.s) + z.Mul(proof.c);
  if (ChallengeOf(statement, m, z, t2, t3) != proof.c) {
    return absl::InvalidArgumentError("the proof of equal logarithms does not hold");
  }
  return absl::OkStatus();
}

std::array<uint8_t, 64> ExpandMessageXmd(ByteSpan message, ByteSpan dst) {
  Require(dst.size() <= 255);
  constexpr size_t kBlockSize = 128;
  Bytes dst_prime(dst.begin(), dst.end());
  dst_prime.push_back(static_cast<uint8_t>(dst.size()));
  Bytes input(kBlockSize, 0);
  input.insert(input.end(), message.begin(), message.end());
  AppendU16(64, input);
  input.push_back(0);
  input.insert(input.end(), dst_prime.begin(), dst_prime.end());
  std::array<uint8_t, 64> hash;
  crypto_hash_sha512(hash.data(), input.data(), input.size());
  input.assign(hash.begin(), hash.end());
  input.push_back(1);
  input.insert(input.end(), dst_prime.begin(), dst_prime.end());
  crypto_hash_sha512(hash.data(), input.data(), input.size());
  return hash;
}

}  // namespace quorate::crypto
