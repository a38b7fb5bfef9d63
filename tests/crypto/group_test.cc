#include <sodium.h>

#include "crypto/point.h"
#include "crypto/scalar.h"
#include "tests/crypto/testing.h"

namespace quorate::crypto {
namespace {

// L, the order of the group.
constexpr char kOrder[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
constexpr char kOrderLessOne[] = "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

// RFC 9496 appendix A.1: 0B, 1B, ...
constexpr const char* kMultiples[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
    "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
    "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d"};

// From RFC 9496 appendix A.2: non-canonical field elements, negative ones, non-squares, negative
// xy, s = -1.
constexpr const char* kBadEncodings[] = {
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

TEST(Scalar, RefusesWhatIsNotLessThanTheOrder) {
  EXPECT_TRUE(Scalar::FromCanonical(Must(FromHex(kOrderLessOne))).has_value());
  for (const char* bad :
       {kOrder, "eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        // L - 1, 0 and 1 with bit 255, which libsodium ignores.
        "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000090",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080"}) {
    EXPECT_FALSE(Scalar::FromCanonical(Must(FromHex(bad))).has_value()) << bad;
    EXPECT_INVALID(SecretScalar::FromCanonical(Secret::Copy(Must(FromHex(bad)))));
  }
  EXPECT_FALSE(Scalar::FromCanonical(Bytes(31)).has_value());
  EXPECT_FALSE(Scalar::FromCanonical(Bytes(33)).has_value());
  EXPECT_INVALID(SecretScalar::FromCanonical(Secret::Zero(31)));
}

TEST(Scalar, DoesArithmetic) {
  EXPECT_EQ(U(5) + U(7), U(12));
  EXPECT_EQ(U(5) - U(7), U(2).Negate());
  EXPECT_EQ(U(5) * U(7), U(35));
  EXPECT_EQ(Sc(kOrderLessOne) + U(1), Scalar());
  EXPECT_EQ(Sc(kOrderLessOne), U(1).Negate());
  EXPECT_EQ(Must(U(7).Invert()) * U(7), U(1));
  EXPECT_EQ(Scalar().Negate(), Scalar());
  EXPECT_TRUE(Scalar().IsZero());
  EXPECT_FALSE(U(1).IsZero());
}

TEST(Scalar, RefusesToInvertZero) { EXPECT_INVALID(Scalar().Invert()); }

TEST(SecretScalar, AgreesWithPublicArithmetic) {
  SeededRandom random(1);
  SecretScalar a = SecretScalar::Random(random);
  SecretScalar b = SecretScalar::Random(random);
  Scalar c = Known(SecretScalar::Random(random));
  EXPECT_EQ(Known(a.Add(b)), Known(a) + Known(b));
  EXPECT_EQ(Known(a.Mul(c)), Known(a) * c);
  EXPECT_EQ(Known(a.AddMul(c, b)), Known(a) + c * Known(b));
  EXPECT_EQ(a.Respond(c, b), Known(a) + c * Known(b));
  EXPECT_TRUE(SecretScalar::Zero().IsZero());
  EXPECT_FALSE(a.IsZero());
  EXPECT_TRUE(SecretsEqual(a, a.Clone()));
  EXPECT_FALSE(SecretsEqual(a, b));
}

TEST(Point, FollowsTheRfc) {
  EXPECT_EQ(Point::Base(), P(kMultiples[1]));
  for (uint64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(Point::MulBase(U(i)), P(kMultiples[i]));
    EXPECT_EQ(Point::MulBase(S(i)), P(kMultiples[i]));
    EXPECT_EQ(Point::Base().Mul(U(i)), P(kMultiples[i]));
    EXPECT_EQ(Point::Base().MulToPublic(S(i)), P(kMultiples[i]));
  }
}

TEST(Point, RefusesBadEncodings) {
  for (const char* bad : kBadEncodings) {
    EXPECT_FALSE(Point::FromBytes(Must(FromHex(bad))).has_value()) << bad;
    EXPECT_INVALID(SecretPoint::FromSecret(Secret::Copy(Must(FromHex(bad)))));
  }
  EXPECT_FALSE(Point::FromBytes(Point::Base().span().first(31)).has_value());
  Bytes longer = Must(FromHex(kMultiples[1]));
  longer.push_back(0);
  EXPECT_FALSE(Point::FromBytes(longer).has_value());
  // A valid encoding with bit 255.
  Bytes high = Must(FromHex(kMultiples[1]));
  high[31] |= 0x80;
  EXPECT_FALSE(Point::FromBytes(high).has_value());
}

TEST(Point, MapsHashesAsTheRfcDoes) {
  // RFC 9496 appendix A.3.
  const std::pair<const char*, const char*> cases[] = {
      {"Ristretto is traditionally a short shot of espresso coffee",
       "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"},
      {"by using a finer grind.",
       "f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a"}};
  for (const auto& [text, encoding] : cases) {
    std::array<uint8_t, 64> hash;
    crypto_hash_sha512(hash.data(), AsBytes(text).data(), AsBytes(text).size());
    EXPECT_EQ(Point::FromHash(hash), P(encoding));
  }
}

TEST(Point, MeetsTheIdentityWithoutFailing) {
  SeededRandom random(2);
  Point point = RandomPoint(random);
  Point identity;
  EXPECT_TRUE(identity.IsIdentity());
  EXPECT_TRUE(Point::FromBytes(Bytes(32))->IsIdentity());
  EXPECT_TRUE(point.Mul(Scalar()).IsIdentity());
  EXPECT_TRUE(Point::MulBase(Scalar()).IsIdentity());
  EXPECT_TRUE(Point::MulBase(SecretScalar::Zero()).IsIdentity());
  EXPECT_TRUE(point.MulSecret(SecretScalar::Zero()).IsIdentity());
  EXPECT_TRUE(identity.Mul(U(5)).IsIdentity());
  EXPECT_TRUE((point - point).IsIdentity());
  EXPECT_EQ(point + identity, point);
  EXPECT_EQ(identity - point, point.Mul(U(1).Negate()));
}

TEST(Point, SumsProducts) {
  SeededRandom random(3);
  std::vector<Point> points = {RandomPoint(random), RandomPoint(random), RandomPoint(random)};
  std::vector<Scalar> scalars = {U(2), U(3).Negate(), U(1)};
  EXPECT_EQ(SumOfProducts(scalars, points),
            points[0] + points[0] - points[1].Mul(U(3)) + points[2]);
  EXPECT_TRUE(SumOfProducts({}, {}).IsIdentity());
}

TEST(SecretPoint, RefusesTheIdentity) {
  EXPECT_INVALID(SecretPoint::FromSecret(Secret::Zero(32)));
  EXPECT_INVALID(SecretPoint::FromSecret(Secret::Zero(0)));
  EXPECT_OK(SecretPoint::FromSecret(Secret::Copy(Point::Base().span())));
}

TEST(SecretPoint, AddsAndSubtracts) {
  SeededRandom random(4);
  Point a = RandomPoint(random);
  SecretPoint twice = a.MulSecret(S(2));
  SecretPoint thrice = a.MulSecret(S(3));
  EXPECT_EQ(SecretPoint::AddToPublic(twice, thrice), a.Mul(U(5)));
  SecretPoint rest = SecretPoint::Subtract(a.Mul(U(5)), thrice);
  EXPECT_TRUE(SecretsEqual(rest.secret(), twice.secret()));
}

}  // namespace
}  // namespace quorate::crypto
