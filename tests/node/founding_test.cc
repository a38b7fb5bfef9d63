#include "custody/node/founding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "crypto/transcript.h"
#include "crypto/words.h"
#include "custody/base/error_info.h"
#include "custody/ledger/queries.h"
#include "tests/simulation/must.h"
#include "tests/simulation/organisation.h"

namespace quorate::node {
namespace {

using simulation::CardsFor;
using simulation::Must;
using simulation::OrganisationSpec;
using simulation::People;

crypto::Digest DraftId(uint8_t fill) {
  crypto::Digest id;
  id.value.fill(fill);
  return id;
}

wire::Card CardOf(const crypto::Digest& draft_id, uint32_t number) {
  return MakeCard(draft_id, People::Get().keystore(number), People::Get().Unlock(number));
}

// Signs a card anew with the keys of `keystore`, whatever stands on it.
wire::Card Resigned(const crypto::Digest& draft_id, wire::Card card,
                    const keystore::Keystore& keystore, const keystore::PersonKeys& person) {
  constexpr char kLabel[] = "quorate/card/v1";
  crypto::Transcript transcript(kLabel);
  transcript.AppendDigest(draft_id).AppendText(card.name);
  transcript.Append(card.signing_key.span()).Append(card.tls_key.span());
  transcript.AppendPoint(card.wrap_key);
  transcript.Append(card.device_key.span()).Append(card.witness_key.span());
  card.signature = person.signing.Sign(kLabel, transcript.encoding());
  card.device_signature = person.device.Sign(kLabel, transcript.encoding());
  card.witness_signature = keystore.witness().Sign(kLabel, transcript.encoding());
  return card;
}

// A card in any name, by whoever has these keys.
wire::Card SignedCard(const crypto::Digest& draft_id, const std::string& name,
                      const keystore::Keystore& keystore, const keystore::PersonKeys& person) {
  wire::Card card = MakeCard(draft_id, keystore, person);
  card.name = name;
  return Resigned(draft_id, card, keystore, person);
}

// Six founders, their cards, and the charter that one of them built.
class FoundingTest : public ::testing::Test {
 protected:
  FoundingTest()
      : people_(People::Get()),
        draft_(Must(CheckDraft(simulation::DraftOf(OrganisationSpec{})))),
        cards_(CardsFor(draft_id_)),
        key_(crypto::Secret::Random(crypto::kOrganisationKeySize, random_)),
        document_(Must(BuildFounding(draft_id_, draft_, cards_, server_, key_))) {}

  absl::StatusOr<CheckedFounding> CheckAs(uint32_t number) {
    return CheckAs(number, People::Names().at(number - 1));
  }
  absl::StatusOr<CheckedFounding> CheckAs(uint32_t number, const std::string& name) {
    return CheckFounding(draft_id_, draft_, cards_, server_, document_, name,
                         people_.keystore(number).card(), people_.Unlock(number).wrap);
  }
  std::string ReasonAs(uint32_t number) { return base::GetReason(CheckAs(number).status()); }

  // First: it makes the crypto ready.
  const People& people_;
  crypto::SeededRandom random_{uint64_t{5}};
  crypto::Digest draft_id_ = DraftId(7);
  ServerKeys server_{crypto::SigningKey::Random(random_).public_key(), crypto::Sha256({})};
  wire::Draft draft_;
  std::map<std::string, wire::Card> cards_;
  crypto::Secret key_;
  wire::FoundingDocument document_;
};

TEST_F(FoundingTest, EveryFounderFindsTheSameWordsAndTheirOwnNumber) {
  const CheckedFounding first = Must(CheckAs(1));
  EXPECT_EQ(first.words.size(), kFoundingWords);
  for (uint32_t number = 1; number <= People::kCount; ++number) {
    const CheckedFounding checked = Must(CheckAs(number));
    EXPECT_EQ(checked.words, first.words);
    EXPECT_EQ(checked.me.value, number);
    EXPECT_EQ(checked.organisation, first.organisation);
  }
}

TEST_F(FoundingTest, TheSameCardsAndKeyGiveTheSameBytes) {
  EXPECT_TRUE(Must(BuildFounding(draft_id_, draft_, cards_, server_, key_)) == document_);
}

TEST_F(FoundingTest, ADocumentThatDiffersInAnyByteIsRefused) {
  const wire::FoundingDocument good = document_;
  for (size_t at = 0; at < good.charter.size(); at += 7) {
    document_ = good;
    document_.charter[at] ^= 1;
    EXPECT_FALSE(CheckAs(3).ok()) << "byte " << at;
  }
  document_ = good;
  document_.charter.push_back(0);
  EXPECT_FALSE(CheckAs(3).ok());
  document_.charter = good.charter;
  document_.charter.pop_back();
  EXPECT_FALSE(CheckAs(3).ok());
}

TEST_F(FoundingTest, AWrapThatDiffersIsRefusedByThoseItIsNotFor) {
  document_.wraps[4][3] ^= 1;
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  EXPECT_FALSE(CheckAs(5).ok());
}

TEST_F(FoundingTest, WrapsInAnotherOrderMissingOrTooManyAreRefused) {
  const wire::FoundingDocument good = document_;
  std::swap(document_.wraps[1], document_.wraps[2]);
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  document_ = good;
  document_.wraps.pop_back();
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  EXPECT_EQ(ReasonAs(6), "BAD_FOUNDING");
  document_ = good;
  document_.wraps.push_back(good.wraps[0]);
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
}

TEST_F(FoundingTest, AFounderRefusesACharterWithOtherKeysInTheirName) {
  // Someone with the link put a card of their own in ben's name, properly signed by its keys.
  std::string folder = ::testing::TempDir() + "founding-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const crypto::Secret passphrase = crypto::Secret::Copy(crypto::AsBytes("thieves have one too"));
  const keystore::Keystore thief = Must(
      keystore::Keystore::Create(keystore::Home{folder + "/ben"},
                                 {"ben", "", crypto::kArgon2idParamsForTest}, passphrase, random_));
  cards_["ben"] = MakeCard(draft_id_, thief, Must(thief.Unlock(passphrase)));
  std::filesystem::remove_all(folder);
  document_ = Must(BuildFounding(draft_id_, draft_, cards_, server_, key_));
  const absl::StatusOr<CheckedFounding> checked = CheckAs(2);
  EXPECT_EQ(base::GetReason(checked.status()), "BAD_FOUNDING");
  // The others cannot tell: they see it when ben reads other words, or none.
  EXPECT_TRUE(CheckAs(1).ok());
}

TEST_F(FoundingTest, SomeoneWhoseNameIsNotInTheDraftRefuses) {
  EXPECT_EQ(base::GetReason(CheckAs(2, "mallory").status()), "BAD_FOUNDING");
}

TEST_F(FoundingTest, ACharterOfOtherCardsThanOnesSeenIsRefused) {
  // The server shows this founder another card of cem's than the charter was built with.
  const crypto::Digest other_draft = DraftId(8);
  cards_["cem"] = CardOf(other_draft, 3);
  EXPECT_EQ(ReasonAs(1), "BAD_CARD");
  cards_.erase("cem");
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
}

TEST_F(FoundingTest, ACharterOfAnotherDraftOrServerIsRefused) {
  const wire::Draft good = draft_;
  draft_.vaults[0].threshold = 2;
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  draft_ = good;
  draft_.vaults[0].cooling_off_seconds += 1;
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  draft_ = good;
  draft_.governance_threshold = 2;
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
  draft_ = good;
  server_.log_key = crypto::SigningKey::Random(random_).public_key();
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
}

TEST_F(FoundingTest, ADocumentUnderAnotherDraftsIdIsRefused) {
  draft_id_ = DraftId(9);
  cards_ = CardsFor(draft_id_);
  EXPECT_EQ(ReasonAs(1), "BAD_FOUNDING");
}

TEST_F(FoundingTest, TwoPeopleWithOneKeyAreNotFounded) {
  // fay answers in eva's name too, with a card that her own keys sign properly.
  cards_["eva"] = SignedCard(draft_id_, "eva", people_.keystore(6), people_.Unlock(6));
  ASSERT_TRUE(CheckCard(draft_id_, "eva", cards_["eva"]).ok());
  EXPECT_EQ(base::GetReason(BuildFounding(draft_id_, draft_, cards_, server_, key_).status()),
            "BAD_CHARTER");
}

TEST_F(FoundingTest, OneKeyInTwoPlacesIsNotFounded) {
  const wire::Card good = cards_["eva"];
  const wire::Card fay = cards_["fay"];
  // TLS and wrap keys sign nothing on a card, so anyone can show another's as their own.
  for (bool tls : {true, false}) {
    wire::Card card = good;
    if (tls) card.tls_key = fay.tls_key;
    if (!tls) card.wrap_key = fay.wrap_key;
    cards_["eva"] = Resigned(draft_id_, card, people_.keystore(5), people_.Unlock(5));
    ASSERT_TRUE(CheckCard(draft_id_, "eva", cards_["eva"]).ok());
    EXPECT_EQ(base::GetReason(BuildFounding(draft_id_, draft_, cards_, server_, key_).status()),
              "BAD_CHARTER");
  }
}

TEST_F(FoundingTest, ACardWithAKeyThatIsNoGoodPointIsRefusedThoughItsOwnerSignedIt) {
  wire::Card card = cards_["eva"];
  card.tls_key = {};  // Of order 4.
  card = Resigned(draft_id_, card, people_.keystore(5), people_.Unlock(5));
  EXPECT_EQ(base::GetReason(CheckCard(draft_id_, "eva", card)), "BAD_CARD");
}

TEST_F(FoundingTest, ACardHoldsOnlyForItsDraftItsNameAndItsKeys) {
  const wire::Card good = cards_["ben"];
  EXPECT_TRUE(CheckCard(draft_id_, "ben", good).ok());
  EXPECT_EQ(base::GetReason(CheckCard(DraftId(8), "ben", good)), "BAD_CARD");
  EXPECT_EQ(base::GetReason(CheckCard(draft_id_, "cem", good)), "BAD_CARD");
  const wire::Card other = cards_["cem"];
  const std::function<void(wire::Card&)> changes[] = {
      [](wire::Card& card) { card.name = "cem"; },
      [&](wire::Card& card) { card.signing_key = other.signing_key; },
      [&](wire::Card& card) { card.tls_key = other.tls_key; },
      [&](wire::Card& card) { card.wrap_key = other.wrap_key; },
      [&](wire::Card& card) { card.device_key = other.device_key; },
      [&](wire::Card& card) { card.witness_key = other.witness_key; },
      [&](wire::Card& card) { card.signature = other.signature; },
      [&](wire::Card& card) { card.device_signature = other.device_signature; },
      [&](wire::Card& card) { card.witness_signature = other.witness_signature; },
      [](wire::Card& card) { card.device_signature = card.signature; },
  };
  for (const auto& change : changes) {
    wire::Card card = good;
    change(card);
    EXPECT_EQ(base::GetReason(CheckCard(draft_id_, "ben", card)), "BAD_CARD");
  }
}

TEST_F(FoundingTest, AFoundersSignatureHoldsOnlyByTheirOwnTwoKeys) {
  const CheckedFounding checked = Must(CheckAs(2));
  const keystore::PersonKeys ben = people_.Unlock(2);
  const keystore::PersonKeys cem = people_.Unlock(3);
  const ledger::Endorsement good = SignFounding(checked.digest, checked.me, ben);
  EXPECT_TRUE(CheckFounderSignature(checked.digest, checked.charter, good));
  EXPECT_FALSE(CheckFounderSignature(checked.digest, checked.charter,
                                     SignFounding(checked.digest, checked.me, cem)));
  EXPECT_FALSE(CheckFounderSignature(DraftId(1), checked.charter, good));
  ledger::Endorsement changed = good;
  changed.organiser.value = 3;
  EXPECT_FALSE(CheckFounderSignature(checked.digest, checked.charter, changed));
  for (uint32_t number : {0u, 7u, 0xffffffffu}) {
    changed.organiser.value = number;
    EXPECT_FALSE(CheckFounderSignature(checked.digest, checked.charter, changed));
  }
  changed = good;
  changed.device_signature = SignFounding(checked.digest, checked.me, cem).device_signature;
  EXPECT_FALSE(CheckFounderSignature(checked.digest, checked.charter, changed));
}

struct DraftRow {
  const char* name;
  std::function<void(wire::Draft&)> change;
};

class BadDraft : public ::testing::TestWithParam<DraftRow> {};

TEST_P(BadDraft, IsRefusedWithAReason) {
  wire::Draft draft = simulation::DraftOf(OrganisationSpec{});
  ASSERT_TRUE(CheckDraft(draft).ok());
  GetParam().change(draft);
  EXPECT_EQ(base::GetReason(CheckDraft(draft).status()), "BAD_CHARTER");
}

const DraftRow kBadDrafts[] = {
    {"no_name", [](wire::Draft& d) { d.organisation.clear(); }},
    {"control_character_in_the_name", [](wire::Draft& d) { d.organisation = "a\nb"; }},
    {"two_organisers", [](wire::Draft& d) { d.organisers.resize(2); }},
    {"too_many_organisers",
     [](wire::Draft& d) {
       for (int i = 0; i < 200; ++i) d.organisers.push_back("person" + std::to_string(i));
     }},
    {"a_name_twice", [](wire::Draft& d) { d.organisers[5] = d.organisers[4]; }},
    {"a_name_in_capitals", [](wire::Draft& d) { d.organisers[5] = "Fay"; }},
    {"author_not_an_organiser", [](wire::Draft& d) { d.author = "mallory"; }},
    {"governance_of_one", [](wire::Draft& d) { d.governance_threshold = 1; }},
    {"governance_of_more_than_all", [](wire::Draft& d) { d.governance_threshold = 7; }},
    {"no_vault", [](wire::Draft& d) { d.vaults.clear(); }},
    {"two_vaults_of_one_name", [](wire::Draft& d) { d.vaults.push_back(d.vaults[0]); }},
    {"vault_without_a_name", [](wire::Draft& d) { d.vaults[0].name.clear(); }},
    {"unknown_holder", [](wire::Draft& d) { d.vaults[0].holders[0] = "mallory"; }},
    {"holder_twice", [](wire::Draft& d) { d.vaults[0].holders[0] = d.vaults[0].holders[1]; }},
    {"threshold_of_zero", [](wire::Draft& d) { d.vaults[0].threshold = 0; }},
    {"threshold_of_one", [](wire::Draft& d) { d.vaults[0].threshold = 1; }},
    {"threshold_of_all_holders", [](wire::Draft& d) { d.vaults[0].threshold = 5; }},
    {"threshold_of_more_than_all", [](wire::Draft& d) { d.vaults[0].threshold = 6; }},
    {"lifetime_below_a_minute",
     [](wire::Draft& d) {
       d.vaults[0].cooling_off_seconds = 0;
       d.vaults[0].request_lifetime_seconds = 59;
     }},
    {"lifetime_above_thirty_days",
     [](wire::Draft& d) { d.vaults[0].request_lifetime_seconds = 30 * 24 * 3600 + 1; }},
    {"cooling_off_as_long_as_the_lifetime",
     [](wire::Draft& d) {
       d.vaults[0].cooling_off_seconds = d.vaults[0].request_lifetime_seconds;
     }},
    {"denials_that_could_never_be_reached",
     [](wire::Draft& d) { d.vaults[0].denials_to_block = 4; }},
    {"unknown_witness", [](wire::Draft& d) { d.witnesses = {"mallory"}; }},
    {"witness_twice",
     [](wire::Draft& d) {
       d.witnesses = {"ana", "ana"};
     }},
};

std::string RowName(const ::testing::TestParamInfo<DraftRow>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Drafts, BadDraft, ::testing::ValuesIn(kBadDrafts), RowName);

}  // namespace
}  // namespace quorate::node
