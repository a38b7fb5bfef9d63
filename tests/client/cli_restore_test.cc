#include <gtest/gtest.h>

#include "client/cli/restore.h"
#include "custody/base/error_info.h"
#include "custody/wire/statement.h"
#include "tests/simulation/must.h"
#include "tests/simulation/organisation.h"

namespace quorate::cli {
namespace {

using simulation::Must;
using simulation::People;

constexpr uint32_t kBen = 2;

// Six people's organisation, and the first entry of its log as its server sends it.
class CliRestore : public testing::Test {
 protected:
  CliRestore()
      : people_(People::Get()),
        server_{Must(net::ParseEndpoint("logs.example.org:7411")), crypto::Sha256({})},
        organisation_(simulation::FoundOrganisation(
            {}, {crypto::SigningKey::Random(random_).public_key(), crypto::Sha256({})}, random_)),
        id_{organisation_.id.value},
        first_(EntryOf(organisation_)) {}

  static replica::RawEntry EntryOf(const simulation::Organisation& organisation) {
    const wire::SignedStatement& founding = organisation.founding;
    return {wire::EncodeLeaf({1'700'000'000'000, founding.header, founding.signature,
                              founding.device_signature}),
            founding.body};
  }
  crypto::IdentityKeys KeysOf(uint32_t number) {
    return Must(crypto::IdentityKeys::FromSeed(people_.Seed(number)));
  }
  std::string Refusal(const crypto::Digest& id, const crypto::IdentityKeys& keys) {
    return base::GetReason(FindMembership(first_, id, keys, server_).status());
  }

  // First: it makes the crypto ready.
  const People& people_;
  crypto::SeededRandom random_{uint64_t{9}};
  net::Invite server_;
  simulation::Organisation organisation_;
  crypto::Digest id_;
  replica::RawEntry first_;
};

TEST_F(CliRestore, FindsEveryOrganiserByTheirKitAndOpensTheOrganisationsKey) {
  for (uint32_t number = 1; number <= People::kCount; ++number) {
    const Membership found = Must(FindMembership(first_, id_, KeysOf(number), server_));
    EXPECT_EQ(found.name, People::Names().at(number - 1));
    EXPECT_EQ(found.record.me, number);
    EXPECT_EQ(found.record.organisation, id_);
    EXPECT_EQ(found.record.log_key, organisation_.charter.log_key);
    EXPECT_EQ(found.record.server, "logs.example.org:7411");
    EXPECT_TRUE(
        crypto::SecretsEqual(found.record.organisation_key, organisation_.organisation_key));
  }
}

TEST_F(CliRestore, RefusesTheKeysOfNobody) {
  crypto::IdentityKeys stranger =
      Must(crypto::IdentityKeys::FromSeed(crypto::Secret::Random(32, random_)));
  EXPECT_EQ(Refusal(id_, stranger), "KEYS_OF_NOBODY");
}

TEST_F(CliRestore, RefusesAnIdentityOfWhichOneKeyIsAnothers) {
  for (int which = 0; which < 3; ++which) {
    crypto::IdentityKeys mixed = KeysOf(kBen);
    crypto::IdentityKeys other = KeysOf(kBen + 1);
    if (which == 0) mixed.signing = std::move(other.signing);
    if (which == 1) mixed.tls = std::move(other.tls);
    if (which == 2) mixed.wrap = std::move(other.wrap);
    EXPECT_EQ(Refusal(id_, mixed), "KEYS_OF_NOBODY") << which;
  }
}

TEST_F(CliRestore, RefusesAnotherOrganisationThanTheKits) {
  crypto::Digest other = id_;
  other.value[0] ^= 1;
  EXPECT_EQ(Refusal(other, KeysOf(kBen)), "WRONG_ORGANISATION");
  // One that is real, of the same people.
  const simulation::Organisation second = simulation::FoundOrganisation(
      {}, {crypto::SigningKey::Random(random_).public_key(), crypto::Sha256({})}, random_);
  first_ = EntryOf(second);
  EXPECT_EQ(Refusal(id_, KeysOf(kBen)), "WRONG_ORGANISATION");
}

TEST_F(CliRestore, RefusesAFoundingThatIsNotWhatItsFoundersSigned) {
  const replica::RawEntry good = first_;
  for (size_t at = 0; at < good.body.size(); at += 97) {
    first_ = good;
    first_.body[at] ^= 1;
    EXPECT_EQ(Refusal(id_, KeysOf(kBen)), "WRONG_ORGANISATION") << "body " << at;
  }
  for (size_t at = 0; at < good.leaf.size(); at += 7) {
    first_ = good;
    first_.leaf[at] ^= 1;
    // Its time is not its author's to sign.
    const absl::StatusOr<Membership> found = FindMembership(first_, id_, KeysOf(kBen), server_);
    if (found.ok()) {
      EXPECT_LT(at, 16u);
    }
  }
  first_ = {{}, {}};
  EXPECT_EQ(Refusal(id_, KeysOf(kBen)), "WRONG_ORGANISATION");
}

TEST_F(CliRestore, RefusesAnInviteWithAnotherCertificateThanTheCharters) {
  server_.server_certificate_digest.value[0] ^= 1;
  EXPECT_EQ(Refusal(id_, KeysOf(kBen)), "WRONG_SERVER_CERTIFICATE");
}

}  // namespace
}  // namespace quorate::cli
