#include "tests/replica/test_log.h"

#include <utility>

#include "crypto/init.h"
#include "crypto/receiving_key.h"
#include "custody/ledger/queries.h"
#include "custody/log/checkpoint.h"
#include "custody/wire/sealed_name.h"
#include "custody/wire/statement.h"

namespace quorate::replica::testing {
namespace {

using crypto::Bytes;
using crypto::Digest;
using crypto::SigningKey;
using ledger::Statement;

constexpr uint32_t kPeople = 3;
constexpr uint64_t kStartMs = 1'700'000'000'000;

uint64_t Seeded(uint64_t seed) {
  crypto::InitCrypto().IgnoreError();
  return seed;
}

}  // namespace

TestLog::TestLog(uint64_t seed, const std::function<void(ledger::Charter&)>& bend)
    : random_(Seeded(seed)),
      key_(crypto::Secret::Random(crypto::kOrganisationKeySize, random_)),
      log_key_(SigningKey::Random(random_)) {
  for (uint32_t i = 0; i < kPeople; ++i) {
    people_.push_back({SigningKey::Random(random_), SigningKey::Random(random_),
                       crypto::WrapKey::Random(random_), SigningKey::Random(random_),
                       SigningKey::Random(random_)});
  }
  charter_ = MakeCharter();
  if (bend) bend(charter_);
  charter_bytes_ = wire::EncodeCharter(charter_);
  organisation_ = ledger::OrganisationIdOf(charter_bytes_);
}

ledger::Charter TestLog::MakeCharter() {
  ledger::Charter out;
  random_.Fill(out.salt.value);
  out.rules_version = ledger::kRulesVersion;
  out.governance_threshold = 2;
  out.organisation_name_sealed = wire::SealName(key_, wire::kOrganisationRole, 0, "Test");
  for (uint32_t number = 1; number <= kPeople; ++number) {
    const Person& person = people_[number - 1];
    out.organisers.push_back(
        {wire::SealName(key_, wire::kOrganiserRole, number, "person" + std::to_string(number)),
         person.signing.public_key(), person.tls.public_key(), person.wrap.public_key,
         person.device.public_key(), person.witness.public_key()});
    out.witnesses.push_back({number});
  }
  out.vaults.push_back(
      {wire::SealName(key_, wire::kVaultRole, 1, "press"), 2, {{1}, {2}, {3}}, 60, 3600, 2});
  const ledger::WitnessPolicy witnesses = ledger::DefaultWitnessPolicy(kPeople, 2);
  out.witness_faults = witnesses.faults;
  out.witness_quorum = witnesses.quorum;
  out.log_key = log_key_.public_key();
  random_.Fill(out.server_certificate_digest.value);
  out.organisation_key_commitment = crypto::CommitToOrganisationKey(key_);
  return out;
}

ReplicaOptions TestLog::Options() const {
  ReplicaOptions out;
  out.organisation = organisation_;
  out.keys.Add(1, key_.Clone());
  return out;
}

wire::SignedStatement TestLog::Found() {
  ledger::Found found;
  found.charter = charter_;
  found.charter_bytes = charter_bytes_;
  for (uint32_t number = 1; number <= kPeople; ++number) {
    found.wraps.push_back(Must(crypto::WrapOrganisationKey(
        key_, 1, Digest{organisation_.value}, number, people_[number - 1].wrap.public_key)));
  }
  const Digest digest = ledger::FoundingDigest(charter_bytes_, found.wraps);
  for (uint32_t number = 1; number <= kPeople; ++number) {
    const Person& person = people_[number - 1];
    found.founders.push_back({{number},
                              person.signing.Sign(ledger::kFoundingLabel, digest.span()),
                              person.device.Sign(ledger::kFoundingDeviceLabel, digest.span())});
  }
  return Say(1, found);
}

wire::SignedStatement TestLog::Sign(uint32_t author, const Statement& statement,
                                    std::vector<ledger::BlobRef> blobs) {
  const wire::StatementContext context{organisation_, 1,           ledger::kRulesVersion, 1,
                                       size(),        tree_.Root()};
  const Person& person = people_[author - 1];
  return Must(wire::SealStatement(statement, wire::RandomStatementId(random_), std::move(blobs),
                                  context, &key_, {{author}, person.signing, &person.device},
                                  random_));
}

RawEntry TestLog::EntryOf(const wire::SignedStatement& statement) {
  return {wire::EncodeLeaf({kStartMs + size(), statement.header, statement.signature,
                            statement.device_signature}),
          statement.body};
}

void TestLog::Append(RawEntry entry) {
  tree_.Append(entry.leaf);
  entries_.push_back(std::move(entry));
}

wire::SignedStatement TestLog::Say(uint32_t author, const Statement& statement) {
  wire::SignedStatement out = Sign(author, statement);
  Append(EntryOf(out));
  return out;
}

Statement TestLog::NextStatement() {
  const uint64_t number = said_++;
  if (number >= kPeople) {
    Digest request;
    random_.Fill(request.value);
    return ledger::Deny{request, "no such request"};
  }
  const uint32_t holder = static_cast<uint32_t>(number) + 1;
  const ledger::SharingRef sharing{{1}, {1}, 1};
  crypto::ReceivingKeyContext context;
  context.organisation = Digest{organisation_.value};
  context.vault = 1;
  context.epoch = 1;
  context.session = ledger::ReceivingKeySession(sharing);
  context.index = *crypto::ShareIndex::From(holder);
  const crypto::ReceivingKey key = crypto::ReceivingKey::Generate(context, random_);
  return ledger::ReceivingKey{sharing, key.notice.key, key.notice.proof};
}

void TestLog::Grow(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t author = static_cast<uint32_t>(said_ % kPeople) + 1;
    const Statement statement = NextStatement();
    Say(author, statement);
  }
}

Bytes TestLog::NoteAt(uint64_t size) const { return NoteOf(size, Must(tree_.RootAt(size))); }

Bytes TestLog::NoteOf(uint64_t size, const Digest& root) const {
  const log::NoteKey key = Must(log::NoteKey::Create(
      log::OriginOf(organisation_.span()), log::NoteKeyType::kEd25519, log_key_.public_key()));
  return crypto::ToBytes(Must(log::SignedCheckpoint::Sign(size, root, key, log_key_)).Format());
}

}  // namespace quorate::replica::testing
