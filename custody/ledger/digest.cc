// The one encoding of a state, for comparing states only: nobody reads it back. Changing it makes
// another digest under the same rules, which readers take for a forked log: do not.
//
// What lies only in a body or blob that may be erased is not here, but for what follows from it
// (who, which epoch, how regular, which points were seen): the statement's leaf hash stands for it.
#include <concepts>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "crypto/transcript.h"
#include "custody/ledger/decide.h"

namespace quorate::ledger {
namespace {

using crypto::Transcript;

// All overloads first: the templates below find each other whatever the order of definition.
class Encoder {
 public:
  Encoder() : transcript_("quorate/state/v1") {}

  Digest Hash() const { return transcript_.Hash(); }

  template <typename... Fields>
  void PutAll(const Fields&... fields) {
    (Put(fields), ...);
  }

  template <std::unsigned_integral T>
  void Put(T value) {
    transcript_.AppendU64(value);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Put(T value) { transcript_.AppendU64(static_cast<uint64_t>(value)); }
  template <typename Tag>
  void Put(const Number<Tag>& number) {
    transcript_.AppendU64(number.value);
  }
  template <typename Tag>
  void Put(const crypto::HolderCount<Tag>& count) {
    transcript_.AppendU64(count.value());
  }
  template <typename Tag>
  void Put(const crypto::Bytes32<Tag>& bytes) {
    transcript_.Append(bytes.span());
  }
  void Put(const std::string& text) { transcript_.AppendText(text); }
  void Put(const Bytes& bytes) { transcript_.Append(bytes); }
  void Put(const StatementId& id) { transcript_.Append(id.value); }
  void Put(const crypto::Point& point) { transcript_.AppendPoint(point); }

  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(value.has_value());
    if (value.has_value()) Put(*value);
  }
  template <typename A, typename B>
  void Put(const std::pair<A, B>& pair) {
    PutAll(pair.first, pair.second);
  }
  template <typename T>
  void Put(const std::vector<T>& values) {
    PutEach(values);
  }
  template <typename T>
  void Put(const std::set<T>& values) {
    PutEach(values);
  }
  template <typename K, typename V>
  void Put(const std::map<K, V>& values) {
    PutEach(values);
  }

  void Put(const crypto::Receiver& r) { PutAll(r.index, r.key); }
  void Put(const crypto::SharingContext& c) {
    PutAll(c.organisation, c.vault, c.epoch, c.kind, c.threshold, c.receivers,
           c.previous_commitments, c.session);
  }
  void Put(const crypto::QualifiedSet& q) { PutAll(q.digest(), q.dealers(), q.commitments()); }

  void Put(const BlobRef& b) { PutAll(b.digest, b.length); }
  void Put(const Organiser& o) {
    PutAll(o.name_sealed, o.signing_key, o.tls_key, o.wrap_key, o.device_key, o.witness_key);
  }
  void Put(const VaultPolicy& v) {
    PutAll(v.name_sealed, v.threshold, v.holders, v.cooling_off_seconds, v.request_lifetime_seconds,
           v.denials_to_block);
  }
  void Put(const Charter& c) {
    PutAll(c.salt, c.rules_version, c.governance_threshold, c.organisation_name_sealed,
           c.organisers, c.vaults, c.witnesses, c.witness_faults, c.witness_quorum, c.log_key,
           c.server_certificate_digest, c.organisation_key_commitment);
  }
  void Put(const SharingRef& r) { PutAll(r.vault, r.epoch, r.attempt); }
  void Put(const LoggedReceivingKey& k) { PutAll(k.key, k.log_time_ms); }
  void Put(const LoggedDealing& d) {
    PutAll(d.index, d.leaf_hash, d.dealing.dealer, d.ciphertext_digests, d.expelled);
  }
  void Put(const Sharing& s) {
    PutAll(s.ref, s.stage, s.stage_since_ms, s.receiving_keys, s.context, s.dealings, s.close_index,
           s.qualified, s.acknowledged, s.complaints);
  }
  void Put(const ActiveEpoch& e) {
    PutAll(e.epoch, e.threshold, e.commitments, e.public_shares, e.acknowledged, e.qualified_digest,
           e.attempt);
  }
  void Put(const Vault& v) { PutAll(v.number, v.policy, v.active, v.sharing, v.next_attempt); }

  // R is among the points seen.
  void Put(const DepositedItem& i) { PutAll(i.kind, i.version, i.part); }
  void Put(const VersionRecord& v) {
    PutAll(v.version, v.depositor, v.statement_id, v.deposit, v.log_time_ms, v.item, v.payload,
           v.confirmed_by, v.exposed_to);
  }
  void Put(const ItemRecord& i) { PutAll(i.kind, i.versions); }
  void Put(const AlarmWord& w) { PutAll(w.leaf_hash, w.index, w.log_time_ms); }
  void Put(const AlarmCount& c) { PutAll(c.day, c.with_device, c.without_device); }
  void Put(const Account& a) {
    PutAll(a.vault, a.name, a.items, a.alarms, a.kit_alarms, a.lifts, a.alarm_counts);
  }

  void Put(const ItemVersion& v) { PutAll(v.kind, v.version); }
  void Put(const Request& r) {
    PutAll(r.vault, r.account, r.items, r.unusual_version, r.recipients);
  }
  void Put(const HolderWord& w) { PutAll(w.word, w.leaf_hash, w.index, w.log_time_ms); }
  void Put(const SentShares& s) {
    PutAll(s.holder, s.epoch, s.leaf_hash, s.log_time_ms, s.regularity);
  }
  void Put(const RequestRecord& r) {
    PutAll(r.id, r.index, r.requester, r.statement_id, r.log_time_ms, r.expires_ms,
           r.cooling_off_seconds, r.threshold, r.denials_to_block, r.epoch, r.request, r.state,
           r.one_time_keys, r.accepts, r.approved_once, r.words, r.cleared, r.shares, r.opened_by);
  }

  void Put(const Amount& a) { PutAll(a.statements, a.bytes); }
  void Put(const AuthorUsage& u) { PutAll(u.day, u.with_device, u.without_device, u.anomalies); }
  void Put(const Anomaly& a) { PutAll(a.index, a.author, a.kind, a.refusal); }
  void Put(const State& s) {
    PutAll(s.organisation, s.size, s.last_log_time_ms, s.rules_version, s.charter_version,
           s.charter, s.wraps, s.vaults, s.accounts, s.requests, s.statement_ids, s.points_seen,
           s.usage, s.anomalies);
  }

 private:
  template <typename Container>
  void PutEach(const Container& values) {
    transcript_.AppendU64(values.size());
    for (const auto& value : values) Put(value);
  }

  Transcript transcript_;
};

}  // namespace

Digest DigestOf(const State& state) {
  Encoder encoder;
  encoder.Put(state);
  return encoder.Hash();
}

}  // namespace quorate::ledger
