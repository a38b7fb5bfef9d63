#include "tests/ledger/harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "crypto/complaint.h"
#include "crypto/init.h"
#include "crypto/qualified_set.h"
#include "crypto/transcript.h"
#include "custody/ledger/decide.h"
#include "tests/ledger/bad_dealing.h"

namespace quorate::ledger::testing {
namespace {

using crypto::ShareIndex;
using crypto::Transcript;

ShareIndex IndexOf(uint32_t number) { return *ShareIndex::From(number); }

template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) {
    ADD_FAILURE() << value.status();
    std::abort();
  }
  return *std::move(value);
}

Person MakePerson(crypto::RandomSource& random) {
  return {crypto::SigningKey::Random(random), crypto::SigningKey::Random(random),
          crypto::SigningKey::Random(random), crypto::SigningKey::Random(random),
          crypto::WrapKey::Random(random)};
}

std::vector<OrganiserNumber> Numbers(const std::vector<uint32_t>& values) {
  std::vector<OrganiserNumber> numbers;
  for (uint32_t value : values) numbers.push_back(OrganiserNumber{value});
  return numbers;
}

VaultPolicy Policy(uint32_t threshold, const std::vector<uint32_t>& holders) {
  VaultPolicy policy;
  policy.name_sealed = crypto::ToBytes("sealed");
  policy.threshold = threshold;
  policy.holders = Numbers(holders);
  policy.cooling_off_seconds = 60;
  policy.request_lifetime_seconds = 3600;
  policy.denials_to_block = DefaultDenialsToBlock(threshold, static_cast<uint32_t>(holders.size()));
  return policy;
}

Charter MakeCharter(const std::vector<Person>& people, crypto::RandomSource& random) {
  Charter charter;
  random.Fill(charter.salt.value);
  charter.rules_version = kRulesVersion;
  charter.governance_threshold = 3;
  charter.organisation_name_sealed = crypto::ToBytes("sealed");
  for (const Person& person : people) {
    charter.organisers.push_back({crypto::ToBytes("sealed"), person.signing.public_key(),
                                  person.tls.public_key(), person.wrap.public_key,
                                  person.device.public_key(), person.witness.public_key()});
    charter.witnesses.push_back(OrganiserNumber{static_cast<uint32_t>(charter.organisers.size())});
  }
  charter.vaults = {Policy(3, {1, 2, 3, 4, 5}), Policy(2, {1, 2, 3})};
  WitnessPolicy witnesses =
      DefaultWitnessPolicy(static_cast<uint32_t>(charter.witnesses.size()), 3);
  charter.witness_faults = witnesses.faults;
  charter.witness_quorum = witnesses.quorum;
  charter.log_key = crypto::SigningKey::Random(random).public_key();
  random.Fill(charter.server_certificate_digest.value);
  random.Fill(charter.organisation_key_commitment.value);
  return charter;
}

// Any one encoding will do: the ledger checks signatures over the bytes that it is given.
Bytes EncodeHeader(const Header& header) {
  Transcript transcript("quorate/test-header/v1");
  transcript.Append(header.organisation.span()).AppendU64(header.charter_version);
  transcript.AppendU64(header.rules_version).AppendU64(header.author.value);
  transcript.Append(header.statement_id.value).AppendU64(header.organisation_key_version);
  transcript.AppendDigest(header.body_digest).AppendU64(header.blobs.size());
  for (const BlobRef& blob : header.blobs) {
    transcript.AppendDigest(blob.digest).AppendU64(blob.length);
  }
  transcript.AppendU64(header.verified_size).AppendDigest(header.verified_root);
  transcript.AppendU64(header.body_length);
  return transcript.encoding();
}

// The state without what a refused statement may change.
Digest UnchangedPart(State state) {
  state.size = 0;
  state.last_log_time_ms = 0;
  state.statement_ids.clear();
  state.usage.clear();
  state.anomalies.clear();
  return DigestOf(state);
}

}  // namespace

World::World()
    : random_((static_cast<void>(crypto::InitCrypto().IgnoreError()), uint64_t{7})),
      people_([this] {
        std::vector<Person> people;
        for (int i = 0; i < 6; ++i) people.push_back(MakePerson(random_));
        return people;
      }()),
      charter_(MakeCharter(people_, random_)),
      charter_bytes_(EncodeCharter(charter_)),
      ledger_(OrganisationIdOf(charter_bytes_)) {}

Bytes World::EncodeCharter(const Charter& charter) {
  State state;
  state.charter = charter;
  return DigestOf(state).bytes();
}

Digest World::RootAt(uint64_t size) const {
  return Transcript("quorate/test-root/v1").AppendU64(size).Hash();
}

Draft World::Make(uint32_t author, Statement statement, std::vector<BlobRef> blobs) {
  Draft draft;
  Header& header = draft.header;
  bool is_founded = state().charter.has_value();
  header.organisation = state().organisation;
  header.charter_version = is_founded ? state().charter_version : 1;
  header.rules_version = is_founded ? state().rules_version : kRulesVersion;
  header.author = OrganiserNumber{author};
  for (size_t i = 0; i < 8; ++i) {
    header.statement_id.value[i] = static_cast<uint8_t>(next_id_ >> (8 * i));
  }
  ++next_id_;
  if (!HasClearBody(statement)) {
    header.organisation_key_version = 1;
    header.key_commitment = Digest{};
    header.nonce.emplace();
  }
  header.body_length = 100;
  header.blobs = std::move(blobs);
  header.verified_size = state().size;
  header.verified_root = RootAt(state().size);
  draft.statement = std::move(statement);
  return draft;
}

Entry World::Place(const Draft& draft) {
  Entry entry;
  entry.index = state().size;
  entry.header = draft.header;
  entry.statement = draft.statement;
  entry.root_is_this_trees = draft.root_is_this_trees;
  entry.leaf.log_time_ms = draft.log_time_ms.value_or(now_ms);
  entry.leaf.header = EncodeHeader(draft.header);
  uint32_t signer = draft.signer.value_or(draft.header.author.value);
  const Person& author = person(signer >= 1 && signer <= people_.size() ? signer : 1);
  entry.leaf.signature = author.signing.Sign(kStatementLabel, entry.leaf.header);
  if (draft.with_device) {
    entry.leaf.device_signature = author.device.Sign(kStatementDeviceLabel, entry.leaf.header);
  }
  entry.leaf_hash = Transcript("quorate/test-leaf/v1")
                        .AppendU64(entry.leaf.log_time_ms)
                        .Append(entry.leaf.header)
                        .Append(entry.leaf.signature.span())
                        .Hash();
  return entry;
}

RefusalCode World::Apply(const Entry& entry) {
  Digest before = UnchangedPart(state());
  RefusalCode refusal = ledger_.Apply(entry).refusal;
  EXPECT_EQ(state().size, entry.index + 1);
  if (refusal != RefusalCode::kNone) {
    EXPECT_EQ(UnchangedPart(state()), before) << "changed by " << RefusalName(refusal);
  }
  return refusal;
}

LeafHash World::Admit(const Draft& draft) {
  Entry entry = Place(draft);
  RefusalCode refusal = Apply(entry);
  EXPECT_EQ(RefusalName(refusal), RefusalName(RefusalCode::kNone))
      << StatementName(draft.statement) << " by " << draft.header.author.value;
  return entry.leaf_hash;
}

const VersionRecord& World::version(const std::string& name, ItemKind kind,
                                    uint32_t version) const {
  return account(name).items.at(kind).versions.at(version - 1);
}

// Founding.

void World::Endorse(Found& found) const {
  found.founders.clear();
  Digest digest = FoundingDigest(found.charter_bytes, found.wraps);
  for (uint32_t number = 1; number <= people_.size(); ++number) {
    found.founders.push_back({OrganiserNumber{number},
                              person(number).signing.Sign(kFoundingLabel, digest.span()),
                              person(number).device.Sign(kFoundingDeviceLabel, digest.span())});
  }
}

Draft World::FoundDraft() {
  Found found;
  found.charter = charter_;
  found.charter_bytes = charter_bytes_;
  found.wraps.assign(people_.size(), Bytes(crypto::kOrganisationKeyWrapSize, 1));
  Endorse(found);
  return Make(1, found);
}

void World::FoundOrganisation() { Admit(FoundDraft()); }

Draft World::RulesDraft(uint32_t rules_version, const std::vector<uint32_t>& endorsers) {
  Rules rules;
  rules.rules_version = rules_version;
  Digest digest = RulesDigest(state().organisation, state().charter_version, rules_version);
  for (uint32_t number : endorsers) {
    rules.endorsements.push_back({OrganiserNumber{number},
                                  person(number).signing.Sign(kRulesLabel, digest.span()),
                                  person(number).device.Sign(kRulesDeviceLabel, digest.span())});
  }
  return Make(1, rules);
}

// Sharing.

Draft World::ReceivingKeyDraft(uint32_t author, uint32_t vault) {
  SharingRef ref = CurrentSharing(this->vault(vault));
  crypto::ReceivingKeyContext context;
  context.organisation = Digest{state().organisation.value};
  context.vault = vault;
  context.epoch = ref.epoch.value;
  context.session = ReceivingKeySession(ref);
  context.index = IndexOf(author);
  crypto::ReceivingKey key = crypto::ReceivingKey::Generate(context, random_);
  receiving_secrets_.insert_or_assign({vault, author}, std::move(key.secret));
  return Make(author, ReceivingKey{ref, key.notice.key, key.notice.proof});
}

Draft World::StartDraft(uint32_t author, uint32_t vault) {
  Start start;
  start.sharing = CurrentSharing(this->vault(vault));
  if (this->vault(vault).sharing.has_value()) {
    for (const auto& [holder, key] : this->vault(vault).sharing->receiving_keys) {
      start.receivers.push_back(holder);
    }
  }
  return Make(author, start);
}

namespace {

std::vector<BlobRef> BlobsOf(const crypto::Dealing& dealing) {
  std::vector<BlobRef> blobs;
  for (const Bytes& ciphertext : dealing.ciphertexts) {
    blobs.push_back({crypto::Sha256(ciphertext), static_cast<uint32_t>(ciphertext.size())});
  }
  return blobs;
}

Deal StatementOf(const SharingRef& ref, const crypto::Dealing& dealing) {
  return {ref, dealing.commitments, dealing.ephemeral, dealing.c, dealing.z1, dealing.z2};
}

}  // namespace

Draft World::DealDraft(uint32_t author, uint32_t vault) {
  SharingRef ref = CurrentSharing(this->vault(vault));
  Deal nothing;
  nothing.sharing = ref;
  const std::optional<Sharing>& sharing = this->vault(vault).sharing;
  if (!sharing.has_value() || !sharing->context.has_value()) return Make(author, nothing);
  absl::StatusOr<crypto::Dealing> dealt =
      crypto::Deal(*sharing->context, IndexOf(author), nullptr, random_);
  if (!dealt.ok()) return Make(author, nothing);
  dealings_.insert_or_assign({vault, author}, *dealt);
  return Make(author, StatementOf(ref, *dealt), BlobsOf(*dealt));
}

Draft World::BadDealDraft(uint32_t author, uint32_t vault, const std::vector<uint32_t>& victims) {
  const Sharing& sharing = *this->vault(vault).sharing;
  crypto::Dealing dealing =
      BadDealing(*sharing.context, IndexOf(author), {victims.begin(), victims.end()}, random_);
  dealings_.insert_or_assign({vault, author}, dealing);
  return Make(author, StatementOf(sharing.ref, dealing), BlobsOf(dealing));
}

Draft World::CloseDraft(uint32_t author, uint32_t vault) {
  return Make(author, Close{CurrentSharing(this->vault(vault))});
}

const crypto::Dealing& World::DealingOf(uint32_t dealer, uint32_t vault) const {
  return dealings_.at({vault, dealer});
}

Draft World::FalseComplainDraft(uint32_t author, uint32_t dealer, uint32_t vault) {
  Complain complain;
  complain.sharing = CurrentSharing(this->vault(vault));
  complain.dealer = OrganiserNumber{dealer};
  complain.shared_point = crypto::Point::Base();
  if (dealings_.contains({vault, dealer})) {
    complain.sub_share_ciphertext = DealingOf(dealer, vault).ciphertexts.at(author - 1);
  }
  return Make(author, complain);
}

Draft World::TrueComplainDraft(uint32_t author, uint32_t dealer, uint32_t vault) {
  const crypto::Dealing& dealing = DealingOf(dealer, vault);
  crypto::Complaint complaint =
      Take(crypto::Complain(*this->vault(vault).sharing->context, dealing, IndexOf(author),
                            receiving_secrets_.at({vault, author}), random_));
  return Make(author,
              Complain{CurrentSharing(this->vault(vault)), OrganiserNumber{dealer},
                       dealing.ciphertexts.at(author - 1), complaint.shared, complaint.proof});
}

const crypto::SecretScalar& World::ShareOf(uint32_t holder, uint32_t vault) {
  const Sharing& sharing = *this->vault(vault).sharing;
  std::vector<crypto::IndexedSecret> sub_shares;
  for (ShareIndex dealer : sharing.qualified->dealers()) {
    sub_shares.push_back({dealer, Take(crypto::OpenSubShare(
                                      *sharing.context, DealingOf(dealer.value(), vault),
                                      IndexOf(holder), receiving_secrets_.at({vault, holder})))});
  }
  shares_.insert_or_assign({vault, holder}, Take(crypto::CombineSubShares(
                                                *sharing.qualified, IndexOf(holder), sub_shares)));
  return shares_.at({vault, holder});
}

Draft World::AcknowledgeDraft(uint32_t author, uint32_t vault) {
  Acknowledge acknowledge;
  acknowledge.sharing = CurrentSharing(this->vault(vault));
  const std::optional<Sharing>& sharing = this->vault(vault).sharing;
  if (!sharing.has_value() || !sharing->qualified.has_value()) return Make(author, acknowledge);
  acknowledge.qualified_digest = sharing->qualified->digest();
  if (receiving_secrets_.contains({vault, author})) {
    acknowledge.proof =
        Take(crypto::Acknowledge(*sharing->qualified, IndexOf(author), RootAt(state().size),
                                 ShareOf(author, vault), random_));
  }
  return Make(author, acknowledge);
}

Draft World::ActivateDraft(uint32_t author, uint32_t vault) {
  Activate activate;
  activate.sharing = CurrentSharing(this->vault(vault));
  const std::optional<Sharing>& sharing = this->vault(vault).sharing;
  if (sharing.has_value() && sharing->qualified.has_value()) {
    activate.qualified_digest = sharing->qualified->digest();
    for (OrganiserNumber holder : this->vault(vault).policy.holders) {
      if (!sharing->acknowledged.contains(holder)) activate.shareless.push_back(holder);
    }
  }
  return Make(author, activate);
}

void World::ReceiveKeys(uint32_t vault, const std::vector<uint32_t>& holders) {
  for (uint32_t holder : holders) Admit(ReceivingKeyDraft(holder, vault));
}

void World::StartAndDeal(uint32_t vault, const std::vector<uint32_t>& dealers) {
  Admit(StartDraft(1, vault));
  for (uint32_t dealer : dealers) Admit(DealDraft(dealer, vault));
}

void World::CloseAndAcknowledge(uint32_t vault, const std::vector<uint32_t>& holders) {
  Admit(CloseDraft(1, vault));
  for (uint32_t holder : holders) Admit(AcknowledgeDraft(holder, vault));
}

void World::Share(uint32_t vault) {
  std::vector<uint32_t> holders;
  for (OrganiserNumber holder : this->vault(vault).policy.holders) holders.push_back(holder.value);
  ReceiveKeys(vault, holders);
  StartAndDeal(vault, holders);
  CloseAndAcknowledge(vault, holders);
  Admit(ActivateDraft(1, vault));
}

// Accounts.

std::string World::Plaintext(ItemKind kind, uint32_t version) {
  return "secret " + std::to_string(static_cast<int>(kind)) + "." + std::to_string(version);
}

Draft World::DepositDraft(uint32_t author, uint32_t vault, const std::string& name,
                          const std::vector<ItemKind>& kinds) {
  Deposit deposit;
  deposit.vault = VaultNumber{vault};
  deposit.account = name;
  deposit.title = "The page";
  deposit.username = "page@example.org";
  deposit.url = "https://example.org/";
  Draft draft = Make(author, deposit);
  const std::optional<ActiveEpoch>& active = this->vault(vault).active;
  crypto::Point key = active.has_value() ? active->commitments.front() : crypto::Point::Base();
  for (ItemKind kind : kinds) {
    const Account* known = FindAccount(state(), name);
    uint32_t version = 1;
    if (known != nullptr && known->items.contains(kind)) {
      version = static_cast<uint32_t>(known->items.at(kind).versions.size()) + 1;
    }
    Account labelled;
    labelled.vault = VaultNumber{vault};
    labelled.name = name;
    VersionRecord record;
    record.version = version;
    record.depositor = OrganiserNumber{author};
    record.statement_id = draft.header.statement_id;
    record.item.kind = kind;
    std::string text = Plaintext(kind, version);
    crypto::EncryptedItem encrypted = Take(crypto::EncryptItem(
        key, LabelOf(state(), labelled, record), crypto::AsBytes(text), random_));
    const crypto::Ciphertext& head = encrypted.ciphertext;
    deposit.items.push_back({kind, version, 0, head.r, head.r_hat, head.e, head.f});
    draft.header.blobs.push_back(
        {head.payload_digest, static_cast<uint32_t>(encrypted.payload.size())});
    blobs_[head.payload_digest] = encrypted.payload;
  }
  draft.statement = deposit;
  return draft;
}

Draft World::ConfirmDraft(uint32_t author, const std::string& name,
                          const std::vector<ItemVersion>& items) {
  return Make(author, Confirm{name, items});
}

// Requests.

Draft World::RequestDraft(uint32_t author, uint32_t vault, const std::string& name,
                          const std::vector<ItemVersion>& items,
                          const std::vector<uint32_t>& recipients) {
  Request request;
  request.vault = VaultNumber{vault};
  request.account = name;
  request.items = items;
  request.reason = "to post";
  request.recipients = Numbers(recipients);
  Draft draft = Make(author, request);
  for (uint32_t recipient : recipients) {
    if (recipient != author) continue;
    Digest context =
        OneTimeKeyContext(state().organisation, draft.header.author, draft.header.statement_id, {});
    crypto::OneTimeKey key = crypto::OneTimeKey::Generate(context, random_);
    request.one_time_key = OneTimeKey{key.notice.key, key.notice.proof};
    one_time_secrets_.insert_or_assign(key.notice.key, std::move(key.secret));
  }
  draft.statement = request;
  return draft;
}

Draft World::AcceptDraft(uint32_t author, const LeafHash& request) {
  Draft draft = Make(author, Accept{request, {}});
  Digest context = OneTimeKeyContext(state().organisation, draft.header.author,
                                     draft.header.statement_id, request);
  crypto::OneTimeKey key = crypto::OneTimeKey::Generate(context, random_);
  std::get<Accept>(draft.statement).one_time_key = {key.notice.key, key.notice.proof};
  one_time_secrets_.insert_or_assign(key.notice.key, std::move(key.secret));
  return draft;
}

Draft World::ApproveDraft(uint32_t author, const LeafHash& request) {
  Approve approve;
  approve.request = request;
  for (const auto& [recipient, accept] : this->request(request).accepts) {
    approve.accepts.push_back(accept);
  }
  return Make(author, approve);
}

Draft World::SharesDraft(uint32_t author, const LeafHash& id) {
  const RequestRecord& record = request(id);
  const Account& account = this->account(record.request.account);
  const Vault& vault = this->vault(account.vault.value);
  DecryptionShares shares;
  shares.request = id;
  shares.epoch = vault.active->epoch;
  const crypto::SecretScalar& x = shares_.at({account.vault.value, author});
  for (OrganiserNumber recipient : record.request.recipients) {
    for (const ItemVersion& item : record.request.items) {
      auto one_time = record.one_time_keys.find(recipient);
      crypto::Point key =
          one_time != record.one_time_keys.end() ? one_time->second : crypto::Point::Base();
      const VersionRecord& version = *FindVersion(account, item);
      crypto::DecryptionShare share = Take(crypto::MakeShare(
          ShareContextOf(state(), record, OrganiserNumber{author}, recipient, account, version),
          {vault.active->public_shares.at(OrganiserNumber{author}), version.item.r, key}, x,
          random_));
      shares.shares.push_back({recipient, item.kind, item.version, 0, share});
    }
  }
  return Make(author, shares);
}

absl::StatusOr<std::string> World::Decrypt(uint32_t recipient, const LeafHash& id, ItemKind kind) {
  const RequestRecord& record = request(id);
  const Account& account = this->account(record.request.account);
  const ActiveEpoch& active = *vault(account.vault.value).active;
  crypto::Point key = record.one_time_keys.at(OrganiserNumber{recipient});
  std::vector<crypto::VerifiedShare> verified;
  const VersionRecord* version = nullptr;
  for (const auto& [holder, sent] : record.shares) {
    for (const SentShare& share : sent.shares) {
      if (share.recipient.value != recipient || share.kind != kind) continue;
      version = FindVersion(account, {share.kind, share.version});
      verified.push_back(Take(crypto::VerifyShare(
          ShareContextOf(state(), record, holder, share.recipient, account, *version),
          {active.public_shares.at(holder), version->item.r, key}, share.share)));
    }
  }
  absl::StatusOr<crypto::SecretPoint> point = crypto::CombineShares(
      verified, *crypto::Threshold::From(active.threshold), one_time_secrets_.at(key));
  if (!point.ok()) return point.status();
  absl::StatusOr<crypto::Secret> secret =
      crypto::DecryptItem(active.commitments.front(), *point, LabelOf(state(), account, *version),
                          CiphertextOf(*version), blobs_.at(version->payload.digest));
  if (!secret.ok()) return secret.status();
  return crypto::AsString(secret->Reveal());
}

World SharedWorld() {
  World world;
  world.FoundOrganisation();
  world.Share(1);
  return world;
}

World WorldWithAccount() {
  World world = SharedWorld();
  world.Admit(world.DepositDraft(6, 1, "page", {ItemKind::kPassword}));
  return world;
}

}  // namespace quorate::ledger::testing
