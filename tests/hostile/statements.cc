// What the lines of standard input ask for, as signed statements.
#include <algorithm>
#include <iterator>
#include <utility>

#include "crypto/decryption_share.h"
#include "crypto/schnorr.h"
#include "crypto/threshold_encryption.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"
#include "tests/hostile/holder.h"
#include "tests/ledger/bad_dealing.h"

namespace quorate::hostile {
namespace {

using ledger::LeafHash;
using ledger::OrganiserNumber;

absl::Status Unclear(const std::string& what) { return absl::InvalidArgumentError(what); }

std::vector<OrganiserNumber> Organisers(const std::vector<uint32_t>& numbers) {
  std::vector<OrganiserNumber> out;
  for (const uint32_t number : numbers) out.push_back({number});
  return out;
}

// One fault of the encoding, in a body that would be well formed without it.
absl::StatusOr<crypto::Bytes> Spoilt(const std::string& manner, crypto::Bytes body) {
  static const crypto::Bytes kUnknown = {0xfa, 0x7f, 0x01, 0x00};  // Field 2047, one byte.
  if (manner == "unknown-kind") return kUnknown;
  if (manner == "unknown-field") {
    body.insert(body.end(), kUnknown.begin(), kUnknown.end());
  } else if (manner == "duplicate-field") {
    const crypto::Bytes once = body;
    body.insert(body.end(), once.begin(), once.end());
  } else if (manner == "long-length") {
    // The statement's one field: its tag, its length in one byte, what it holds.
    body.at(1) |= 0x80;
    body.insert(body.begin() + 2, 0x00);
  } else if (manner == "cut-short") {
    body.pop_back();
  } else if (manner == "explicit-zero") {
    body.at(1) = static_cast<uint8_t>(body.at(1) + 2);
    body.insert(body.end(), {0x12, 0x00});  // An empty reason that should be absent.
  } else {
    return Unclear("no such manner of bytes");
  }
  return body;
}

}  // namespace

simulation::Forger Holder::forger() {
  return {*node_, *store_, organisation_, record_.organisation_key, person_, random_};
}

// "as": another author's number, whose last identifier is used; "again": our own last one.
ledger::StatementId Holder::IdFor(const Line& line) {
  if (line.Has("again") && last_id_.has_value()) return *last_id_;
  ledger::StatementId id = wire::RandomStatementId(random_);
  for (const auto& [author, used] : node_->state().statement_ids) {
    if (line.Has("as") && author.value == line.Number("as")) id = used;
  }
  return id;
}

absl::StatusOr<Holder::Said> Holder::Statement(const Line& line, const ledger::Statement& statement,
                                               std::vector<crypto::Bytes> blobs) {
  return Said{forger().Seal(statement, IdFor(line), blobs), std::move(blobs)};
}

absl::StatusOr<const ledger::RequestRecord*> Holder::RequestOf(const Line& line,
                                                               const char* key) const {
  const std::optional<crypto::Digest> id = line.Hash(key);
  const ledger::RequestRecord* request =
      id.has_value() ? ledger::FindRequest(node_->state(), *id) : nullptr;
  if (request == nullptr) return absl::NotFoundError("no such request here");
  return request;
}

absl::StatusOr<std::vector<crypto::Bytes>> Holder::Fetch(
    const std::vector<crypto::Digest>& digests) {
  QUORATE_ASSIGN_OR_RETURN(std::vector<crypto::Bytes> blobs,
                           client_->GetBlobs(organisation_, digests));
  if (blobs.size() != digests.size()) return absl::UnavailableError("a blob is missing");
  return blobs;
}

absl::StatusOr<Holder::Said> Holder::Make(const Line& line) {
  const std::string what = line.Text("do");
  if (what == "deal") return MakeDealing(line);
  if (what == "request") return MakeRequest(line);
  if (what == "shares") return MakeShares(line);
  if (what == "deposit") return MakeDeposit(line);
  if (what == "bytes") return MakeBytes(line);
  if (what == "replay") return MakeReplay(line);
  if (what == "rules") return MakeRules(line);
  return MakeWord(line, what);
}

absl::StatusOr<Holder::Said> Holder::MakeWord(const Line& line, const std::string& what) {
  const std::optional<crypto::Digest> id = line.Hash("request");
  if (!id.has_value()) return Unclear("no such statement, or no request");
  if (what == "deny") return Statement(line, ledger::Deny{*id, line.Text("reason")});
  if (what == "withdraw") return Statement(line, ledger::Withdraw{*id});
  if (what == "opened") return Statement(line, ledger::Opened{*id});
  if (what == "accept") {
    const crypto::OneTimeKey key = crypto::OneTimeKey::Generate(
        ledger::OneTimeKeyContext(organisation_, node_->me(), {}, *id), random_);
    return Statement(line, ledger::Accept{*id, {key.notice.key, key.notice.proof}});
  }
  if (what != "approve") return Unclear("no such statement");
  ledger::Approve approve{*id, {}};
  const char* accepts_of = line.Has("accepts_of") ? "accepts_of" : "request";
  absl::StatusOr<const ledger::RequestRecord*> other = RequestOf(line, accepts_of);
  if (other.ok()) {
    for (const auto& [recipient, accept] : (*other)->accepts) approve.accepts.push_back(accept);
  }
  return Statement(line, approve);
}

// "for": the recipients' numbers. "key": "own", whoever the recipients are, or "copied": another
// request's key under our name.
absl::StatusOr<Holder::Said> Holder::MakeRequest(const Line& line) {
  const ledger::Account* account = ledger::FindAccount(node_->state(), line.Text("account"));
  if (account == nullptr) return absl::NotFoundError("no such account here");
  ledger::Request request;
  request.vault = account->vault;
  request.account = account->name;
  request.reason = line.Text("reason");
  request.recipients = Organisers(line.Numbers("for"));
  for (const auto& [kind, item] : account->items) {
    request.items.push_back({kind, ledger::DefaultVersion(item).value_or(1)});
  }
  const ledger::StatementId id = IdFor(line);
  if (line.Has("key")) {
    const crypto::OneTimeKey key = crypto::OneTimeKey::Generate(
        ledger::OneTimeKeyContext(organisation_, node_->me(), id, LeafHash{}), random_);
    request.one_time_key = {key.notice.key, key.notice.proof};
    if (line.Text("key") == "copied") {
      for (const auto& [hash, other] : node_->state().requests) {
        if (other.one_time_keys.empty()) continue;
        request.one_time_key->key = other.one_time_keys.begin()->second;
      }
    }
  }
  return Said{forger().Seal(request, id, {}), {}};
}

// "manner": "honest" (whatever the gate says), "wrong", "own-key", "epoch", "replayed" (what "from"
// was sent, ours or another's) or "forged" (the proof as for another R: what whoever encrypted the
// item could solve for, did the challenge not cover it).
absl::StatusOr<Holder::Said> Holder::MakeShares(const Line& line) {
  QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* request, RequestOf(line, "request"));
  const std::string manner = line.Text("manner");
  std::optional<ledger::DecryptionShares> shares = forger().Shares(*request, manner == "own-key");
  if (!shares.has_value()) return absl::FailedPreconditionError("no share, or no one-time key");
  ledger::SentShare& first = shares->shares.front();
  if (manner == "wrong") {
    first.share.v = first.share.v + crypto::Point::Base();
  } else if (manner == "epoch") {
    shares->epoch.value += 1;
  } else if (manner == "replayed") {
    QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* other, RequestOf(line, "from"));
    const auto sent = other->shares.find({line.Number("by", node_->me().value)});
    if (sent == other->shares.end()) return absl::NotFoundError("no shares there");
    shares->shares = sent->second.shares;
  } else if (manner == "forged") {
    const ledger::Account& account = node_->state().accounts.at(request->request.account);
    const ledger::VersionRecord* version =
        ledger::FindVersion(account, {first.kind, first.version});
    const std::optional<crypto::SecretScalar> x = forger().OwnShare(request->request.vault);
    const ledger::Vault& vault = node_->state().vaults.at(request->request.vault);
    QUORATE_ASSIGN_OR_RETURN(
        first.share,
        crypto::MakeShare(ledger::ShareContextOf(node_->state(), *request, node_->me(),
                                                 first.recipient, account, *version),
                          {vault.active->public_shares.at(node_->me()),
                           crypto::Point::MulBase(crypto::SecretScalar::Random(random_)),
                           request->one_time_keys.at(first.recipient)},
                          *x, random_));
  } else if (manner != "honest" && manner != "own-key") {
    return Unclear("no such manner of shares");
  }
  return Statement(line, *shares);
}

// "manner": "honest", "other-key" (encrypted to a key of ours) or "relabelled" (the newest
// ciphertext of the account "from").
absl::StatusOr<Holder::Said> Holder::MakeDeposit(const Line& line) {
  const ledger::State& state = node_->state();
  const auto vault = state.vaults.find({line.Number("vault", 1)});
  if (vault == state.vaults.end() || !vault->second.active.has_value()) {
    return absl::FailedPreconditionError("no key yet");
  }
  ledger::Deposit deposit{vault->first,          line.Text("account"), line.Text("title"),
                          line.Text("username"), line.Text("url"),     {}};
  if (line.Text("manner") == "relabelled") {
    const ledger::Account* from = ledger::FindAccount(state, line.Text("from"));
    if (from == nullptr) return absl::NotFoundError("no such account here");
    const ledger::VersionRecord& version = from->items.begin()->second.versions.back();
    QUORATE_ASSIGN_OR_RETURN(std::vector<crypto::Bytes> blobs, Fetch({version.payload.digest}));
    deposit.items = {version.item};
    deposit.items.front().version = 1;
    return Statement(line, deposit, std::move(blobs));
  }
  const ledger::StatementId id = IdFor(line);
  const ledger::Account* account = ledger::FindAccount(state, deposit.account);
  ledger::DepositedItem item;
  item.version = 1;
  if (account != nullptr) {
    item.version += static_cast<uint32_t>(account->items.begin()->second.versions.size());
  }
  const crypto::ItemLabel label{crypto::Digest{organisation_.value},
                                deposit.vault.value,
                                deposit.account,
                                static_cast<uint8_t>(item.kind),
                                item.version,
                                node_->me().value,
                                id.value,
                                0};
  const crypto::Point own = crypto::Point::MulBase(crypto::SecretScalar::Random(random_));
  QUORATE_ASSIGN_OR_RETURN(
      const crypto::EncryptedItem encrypted,
      crypto::EncryptItem(
          line.Text("manner") == "honest" ? vault->second.active->commitments.front() : own, label,
          crypto::AsBytes("of no worth"), random_));
  item.r = encrypted.ciphertext.r;
  item.r_hat = encrypted.ciphertext.r_hat;
  item.challenge = encrypted.ciphertext.e;
  item.response = encrypted.ciphertext.f;
  deposit.items = {item};
  return Said{forger().Seal(deposit, id, {encrypted.payload}), {encrypted.payload}};
}

// "manner": a fault of the body's encoding (see Spoilt) or of the header: "other-rules",
// "other-author", "other-charter", "other-root", "other-organisation", "header-field".
absl::StatusOr<Holder::Said> Holder::MakeBytes(const Line& line) {
  const std::optional<crypto::Digest> request = line.Hash("request");
  const std::string manner = line.Text("manner");
  crypto::Bytes body = wire::EncodeStatement(ledger::Withdraw{request.value_or(LeafHash{})});
  const ledger::StatementId id = IdFor(line);
  if (manner == "header-field") {
    wire::SignedStatement out = forger().SealBytes(body, id, {});
    out.header.insert(out.header.end(), {0xfa, 0x7f, 0x01, 0x00});
    out.signature = person_.signing.Sign(ledger::kStatementLabel, out.header);
    out.device_signature = person_.device.Sign(ledger::kStatementDeviceLabel, out.header);
    return Said{std::move(out), {}};
  }
  if (manner.starts_with("other-")) {
    return Said{forger().SealBytes(body, id, {},
                                   [&](ledger::Header& header) {
                                     if (manner == "other-rules") header.rules_version += 1;
                                     if (manner == "other-charter") header.charter_version += 1;
                                     if (manner == "other-author") header.author = {1};
                                     if (manner == "other-root") header.verified_root = {};
                                     if (manner == "other-organisation") header.organisation = {};
                                   }),
                {}};
  }
  QUORATE_ASSIGN_OR_RETURN(body, Spoilt(manner, std::move(body)));
  return Said{forger().SealBytes(body, id, {}), {}};
}

// What the log holds at "index", sent once more, as it is or (where there is "request") with an
// approval of that request as its body.
absl::StatusOr<Holder::Said> Holder::MakeReplay(const Line& line) {
  QUORATE_ASSIGN_OR_RETURN(const replica::RawEntry raw,
                           node_->replica().ReadRawAt(line.Number("index")));
  QUORATE_ASSIGN_OR_RETURN(const ledger::Leaf leaf, wire::DecodeLeaf(raw.leaf));
  QUORATE_ASSIGN_OR_RETURN(const ledger::Header header, wire::DecodeHeader(leaf.header));
  wire::SignedStatement out{leaf.header, leaf.signature, leaf.device_signature, raw.body,
                            header.statement_id};
  if (const std::optional<crypto::Digest> request = line.Hash("request"); request.has_value()) {
    out.body = forger().Seal(ledger::Approve{*request, {}}, header.statement_id, {}).body;
  }
  return Said{std::move(out), {}};
}

// The rules "version", endorsed by the organisers whose homes are "homes", under one passphrase.
absl::StatusOr<Holder::Said> Holder::MakeRules(const Line& line) {
  ledger::Rules rules{line.Number("version"), {}};
  const crypto::Digest digest =
      ledger::RulesDigest(organisation_, node_->state().charter_version, rules.rules_version);
  QUORATE_ASSIGN_OR_RETURN(const crypto::Secret passphrase,
                           keystore::ReadPassphraseFile(line.Text("passphrase_file")));
  for (const std::string& home : line.Texts("homes")) {
    QUORATE_ASSIGN_OR_RETURN(const keystore::Keystore keystore, keystore::Keystore::Open({home}));
    QUORATE_ASSIGN_OR_RETURN(const keystore::PersonKeys person, keystore.Unlock(passphrase));
    QUORATE_ASSIGN_OR_RETURN(const std::optional<keystore::OrganisationRecord> record,
                             keystore::ReadOrganisation(keystore));
    if (!record.has_value()) return absl::NotFoundError("not founded");
    rules.endorsements.push_back({OrganiserNumber{record->me},
                                  person.signing.Sign(ledger::kRulesLabel, digest.span()),
                                  person.device.Sign(ledger::kRulesDeviceLabel, digest.span())});
  }
  return Statement(line, rules);
}

// "manner": "bad" for the "victims", "copied" (another's dealing), "copied-e" (their ephemeral key
// and noise) or "again" (an honest one, whatever came before).
absl::StatusOr<Holder::Said> Holder::MakeDealing(const Line& line) {
  const std::optional<ledger::Sharing>& sharing =
      node_->state().vaults.at(ledger::VaultNumber{1}).sharing;
  if (!sharing.has_value() || !sharing->context.has_value()) {
    return absl::FailedPreconditionError("nobody deals now");
  }
  const std::string manner = line.Text("manner");
  const crypto::ShareIndex me = *crypto::ShareIndex::From(node_->me().value);
  const std::vector<uint32_t> victims = line.Numbers("victims");
  crypto::Dealing dealing =
      ledger::testing::BadDealing(*sharing->context, me, {victims.begin(), victims.end()}, random_);
  if (manner == "bad" || manner == "again") {
    return Statement(line, simulation::DealOf(sharing->ref, dealing), dealing.ciphertexts);
  }
  const auto other = std::find_if(sharing->dealings.begin(), sharing->dealings.end(),
                                  [&](const auto& logged) { return logged.first != node_->me(); });
  if (other == sharing->dealings.end()) return absl::FailedPreconditionError("nobody has dealt");
  if (manner == "copied-e") {
    dealing.ephemeral = other->second.dealing.ephemeral;
    return Statement(line, simulation::DealOf(sharing->ref, dealing), dealing.ciphertexts);
  }
  if (manner != "copied") return Unclear("no such manner of dealing");
  QUORATE_ASSIGN_OR_RETURN(std::vector<crypto::Bytes> blobs,
                           Fetch(other->second.ciphertext_digests));
  return Statement(line, simulation::DealOf(sharing->ref, other->second.dealing), std::move(blobs));
}

}  // namespace quorate::hostile
