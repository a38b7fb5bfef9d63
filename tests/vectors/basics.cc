#include <algorithm>

#include "crypto/feldman.h"
#include "crypto/transcript.h"
#include "tests/vectors/sections.h"

namespace quorate::vectors {
namespace {

using crypto::Bytes;
using crypto::Point;
using crypto::Polynomial;
using crypto::RandomSource;
using crypto::Scalar;
using crypto::Secret;
using crypto::ShareIndex;
using crypto::Transcript;

void EmitTranscripts(Out& out, RandomSource& random) {
  for (size_t count : {0u, 1u, 3u}) {
    out.Object(nullptr, [&] {
      Transcript transcript("quorate/vector/v1");
      out.Text("label", "quorate/vector/v1");
      out.Array("fields", [&] {
        for (size_t i = 0; i < count; ++i) {
          Bytes field(i * 20);
          random.Fill(field);
          transcript.Append(field);
          out.Hex(nullptr, field);
        }
      });
      out.Hex("encoding", transcript.encoding());
      out.Hex("hash", transcript.Hash().span());
      out.Hex("challenge", transcript.Challenge().span());
    });
  }
}

void CheckTranscript(const In& in) {
  Transcript transcript(in["label"].Text());
  for (const In& field : in["fields"].Items()) transcript.Append(field.Hex());
  in["encoding"].ExpectHex(transcript.encoding());
  in["hash"].ExpectHex(transcript.Hash().span());
  in["challenge"].ExpectHex(transcript.Challenge().span());
}

void EmitSharing(Out& out, RandomSource& random, uint32_t k, uint32_t n) {
  crypto::SecretScalar secret = crypto::SecretScalar::Random(random);
  Polynomial polynomial = Must(Polynomial::Random(*crypto::Threshold::From(k), secret, random));
  std::vector<Point> commitments = crypto::Commit(polynomial);
  out.Object(nullptr, [&] {
    out.Array("coefficients", [&] {
      for (uint32_t m = 0; m < k; ++m) out.Hex(nullptr, polynomial.Coefficient(m).Reveal());
    });
    out.Points("commitments", commitments);
    std::vector<ShareIndex> last;
    out.Array("shares", [&] {
      for (uint32_t i = 1; i <= n; ++i) {
        ShareIndex index = *ShareIndex::From(i);
        if (i > n - k) last.push_back(index);
        out.Object(nullptr, [&] {
          out.Number("index", i);
          out.Hex("share", Must(polynomial.Evaluate(index)).Reveal());
          out.Hex("public_share", Must(crypto::PublicShare(commitments, index)).span());
        });
      }
    });
    out.Array("lagrange", [&] {
      std::vector<Scalar> weights = Must(crypto::LagrangeCoefficients(last));
      for (size_t i = 0; i < last.size(); ++i) {
        out.Object(nullptr, [&] {
          out.Number("index", last[i].value());
          out.Hex("weight", weights[i].span());
        });
      }
    });
  });
}

void EmitSharings(Out& out, RandomSource& random) {
  const std::pair<uint32_t, uint32_t> sizes[] = {{1, 1}, {2, 3}, {3, 5}, {5, 7}};
  for (const auto& [k, n] : sizes) EmitSharing(out, random, k, n);
}

void CheckSharing(const In& in) {
  Bytes coefficients;
  for (const In& coefficient : in["coefficients"].Items()) {
    Bytes bytes = coefficient.Hex();
    coefficients.insert(coefficients.end(), bytes.begin(), bytes.end());
  }
  absl::StatusOr<Polynomial> polynomial = Polynomial::FromCoefficients(Secret::Copy(coefficients));
  in["coefficients"].ExpectOk(polynomial.status());
  if (!polynomial.ok()) return;
  std::vector<Point> commitments = in["commitments"].Points();
  in["commitments"].ExpectPoints(crypto::Commit(*polynomial));
  std::vector<crypto::IndexedSecret> shares;
  for (const In& share : in["shares"].Items()) {
    ShareIndex index = share["index"].Index();
    absl::StatusOr<crypto::SecretScalar> value = polynomial->Evaluate(index);
    share["share"].ExpectOk(value.status());
    if (!value.ok()) continue;
    share["share"].ExpectHex(value->Reveal());
    share["public_share"].ExpectHex(Point::MulBase(*value).span());
    share.Expect(crypto::VerifyShare(commitments, index, *value), "is not committed to");
    shares.push_back({index, share["share"].Secret()});
  }
  std::vector<ShareIndex> indices;
  for (const In& weight : in["lagrange"].Items()) indices.push_back(weight["index"].Index());
  absl::StatusOr<std::vector<Scalar>> weights = crypto::LagrangeCoefficients(indices);
  in["lagrange"].ExpectOk(weights.status());
  for (size_t i = 0; weights.ok() && i < weights->size(); ++i) {
    in["lagrange"].Items()[i]["weight"].ExpectHex((*weights)[i].span());
  }
  absl::StatusOr<crypto::SecretScalar> secret = crypto::CombineSecretForTest(shares);
  in["shares"].Expect(secret.ok() && Point::MulBase(*secret) == commitments.front(),
                      "do not give the secret");
}

// Encodings that no reader may take.
void EmitEncodings(Out& out, RandomSource&) {
  const std::pair<const char*, const char*> cases[] = {
      {"point", "0100000000000000000000000000000000000000000000000000000000000000"},
      {"point", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
      {"point", "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6"},
      {"point", "0000000000000000000000000000000000000000000000000000000000000080"},
      {"scalar", "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"},
      {"scalar", "0100000000000000000000000000000000000000000000000000000000000080"},
      {"scalar", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}};
  for (const auto& [kind, bytes] : cases) {
    out.Object(nullptr, [&, k = kind, b = bytes] {
      out.Text("kind", k);
      out.Text("bytes", b);
    });
  }
}

void CheckEncoding(const In& in) {
  Bytes bytes = in["bytes"].Hex();
  bool point = in["kind"].Text() == "point";
  in["kind"].Expect(point || in["kind"].Text() == "scalar", "unknown");
  bool taken =
      point ? Point::FromBytes(bytes).has_value() : Scalar::FromCanonical(bytes).has_value();
  in["bytes"].Expect(!taken, "was taken and must be refused");
}

}  // namespace

const std::array<Section, 3> kBasicSections = {{
    {"transcripts", EmitTranscripts, CheckTranscript},
    {"sharings", EmitSharings, CheckSharing},
    {"refused_encodings", EmitEncodings, CheckEncoding},
}};

}  // namespace quorate::vectors
