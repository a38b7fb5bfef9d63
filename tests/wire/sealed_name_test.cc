#include "custody/wire/sealed_name.h"

#include <gtest/gtest.h>

#include "crypto/statement_key.h"
#include "crypto/transcript.h"
#include "tests/wire/samples.h"

namespace quorate::wire::testing {
namespace {

using crypto::Bytes;
using crypto::Secret;

Secret Key(uint64_t number = 1) { return Secret::Copy(SampleBytes(number, 32)); }

TEST(SealedName, OpensToWhatWasSealed) {
  const Bytes sealed = SealName(Key(), kOrganiserRole, 7, "ada");
  EXPECT_EQ(sealed.size(), kSealedNameOverhead + 3);
  EXPECT_EQ(*OpenName(Key(), kOrganiserRole, 7, sealed), "ada");
  EXPECT_EQ(*OpenName(Key(), kOrganisationRole, 0,
                      SealName(Key(), kOrganisationRole, 0, "Mieter*innen – Süd")),
            "Mieter*innen – Süd");
}

TEST(SealedName, IsTheSameForEverySigner) {
  EXPECT_EQ(SealName(Key(), kVaultRole, 1, "press"), SealName(Key(), kVaultRole, 1, "press"));
}

TEST(SealedName, DiffersWithKeyRoleIndexAndName) {
  const Bytes sealed = SealName(Key(), kVaultRole, 1, "press");
  EXPECT_NE(SealName(Key(2), kVaultRole, 1, "press"), sealed);
  EXPECT_NE(SealName(Key(), kOrganiserRole, 1, "press"), sealed);
  EXPECT_NE(SealName(Key(), kVaultRole, 2, "press"), sealed);
  EXPECT_NE(SealName(Key(), kVaultRole, 1, "prest"), sealed);
}

TEST(SealedName, DoesNotOpenElsewhere) {
  const Bytes sealed = SealName(Key(), kVaultRole, 1, "press");
  EXPECT_EQ(ReasonOf(OpenName(Key(2), kVaultRole, 1, sealed)), "NAME_SEALED_WRONGLY");
  EXPECT_EQ(ReasonOf(OpenName(Key(), kOrganiserRole, 1, sealed)), "NAME_SEALED_WRONGLY");
  EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 2, sealed)), "NAME_SEALED_WRONGLY");
}

TEST(SealedName, EveryChangedByteIsNoticed) {
  const Bytes sealed = SealName(Key(), kVaultRole, 1, "press");
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 1, changed)), "NAME_SEALED_WRONGLY") << i;
  }
}

TEST(SealedName, ImpossibleLengthsAreRefused) {
  for (const size_t size : {size_t{0}, size_t{24}, kSealedNameOverhead,
                            kSealedNameOverhead + ledger::kMaxTitleBytes + 1}) {
    EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 1, Bytes(size, 1))), "NAME_SEALED_WRONGLY");
  }
}

// A signer who picks the nonce could seal one name in many ways; others could not recompute it.
TEST(SealedName, ANonceThatIsNotTheNamesOwnIsRefused) {
  crypto::Transcript info("quorate/name-key/v1");
  info.AppendText(kVaultRole).AppendU64(1);
  const Secret key = crypto::DeriveKey(Key(), info, 32);
  crypto::BodyNonce nonce{};
  nonce[0] = 9;
  Bytes sealed(nonce.begin(), nonce.end());
  const Bytes body = crypto::SealBody(key, nonce, {}, crypto::AsBytes("press"));
  sealed.insert(sealed.end(), body.begin(), body.end());
  EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 1, sealed)), "NAME_SEALED_WRONGLY");
}

TEST(SealedName, NamesThatBreakTheRulesAreRefused) {
  for (const std::string name : {"Press", "press office", "-press", "pr\xC3\xA9sse", ""}) {
    EXPECT_FALSE(OpenName(Key(), kVaultRole, 1, SealName(Key(), kVaultRole, 1, name)).ok()) << name;
  }
  EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 1, SealName(Key(), kVaultRole, 1, "Press"))),
            "BAD_NAME");
  EXPECT_EQ(ReasonOf(OpenName(Key(), kOrganisationRole, 0,
                              SealName(Key(), kOrganisationRole, 0, "a\nb"))),
            "BAD_NAME");
  const std::string large(ledger::kMaxNameBytes + 1, 'a');
  EXPECT_EQ(ReasonOf(OpenName(Key(), kVaultRole, 1, SealName(Key(), kVaultRole, 1, large))),
            "BAD_NAME");
}

}  // namespace
}  // namespace quorate::wire::testing
