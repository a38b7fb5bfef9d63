#include <algorithm>

#include "crypto/decryption_share.h"
#include "crypto/feldman.h"
#include "crypto/threshold_encryption.h"
#include "tests/vectors/sections.h"

namespace quorate::vectors {
namespace {

using crypto::Bytes;
using crypto::Ciphertext;
using crypto::DecryptionShare;
using crypto::ItemLabel;
using crypto::OneTimeKey;
using crypto::Point;
using crypto::Polynomial;
using crypto::RandomSource;
using crypto::Secret;
using crypto::SecretPoint;
using crypto::SecretScalar;
using crypto::ShareContext;
using crypto::ShareIndex;
using crypto::ShareStatement;
using crypto::Threshold;

void EmitLabel(Out& out, const ItemLabel& label) {
  out.Object("label", [&] {
    out.Hex("organisation", label.organisation.span());
    out.Number("vault", label.vault);
    out.Text("account", label.account);
    out.Number("item_kind", label.item_kind);
    out.Number("version", label.version);
    out.Number("depositor", label.depositor);
    out.Hex("statement_id", label.statement_id);
    out.Number("part", label.part);
    out.Hex("encoding", label.Encode());
  });
}

ItemLabel ReadLabel(const In& in) {
  ItemLabel label;
  label.organisation = in["organisation"].Digest();
  label.vault = in["vault"].Number();
  label.account = in["account"].Text();
  label.item_kind = static_cast<uint8_t>(in["item_kind"].Number());
  label.version = in["version"].Number();
  label.depositor = in["depositor"].Number();
  Bytes id = in["statement_id"].Hex();
  in["statement_id"].Expect(id.size() == label.statement_id.size(), "is not 16 bytes");
  std::copy_n(id.begin(), std::min(id.size(), label.statement_id.size()),
              label.statement_id.begin());
  label.part = in["part"].Number();
  in["encoding"].ExpectHex(label.Encode());
  return label;
}

void EmitCiphertext(Out& out, const Ciphertext& ciphertext) {
  out.Object("ciphertext", [&] {
    out.Hex("r", ciphertext.r.span());
    out.Hex("r_hat", ciphertext.r_hat.span());
    out.Hex("e", ciphertext.e.span());
    out.Hex("f", ciphertext.f.span());
    out.Hex("payload_digest", ciphertext.payload_digest.span());
  });
}

Ciphertext ReadCiphertext(const In& in) {
  return {in["r"].Point(), in["r_hat"].Point(), in["e"].Scalar(), in["f"].Scalar(),
          in["payload_digest"].Digest()};
}

void EmitShareFields(Out& out, const ShareStatement& statement, const DecryptionShare& share) {
  out.Hex("public_share", statement.public_share.span());
  out.Hex("u", share.u.span());
  out.Hex("v", share.v.span());
  out.Hex("c", share.c.span());
  out.Hex("z1", share.z1.span());
  out.Hex("z2", share.z2.span());
}

DecryptionShare ReadShare(const In& in) {
  return {in["u"].Point(), in["v"].Point(), in["c"].Scalar(), in["z1"].Scalar(), in["z2"].Scalar()};
}

// A vault with one item, and everything that a release of it leaves behind.
struct Story {
  Story(uint32_t k, uint32_t n, RandomSource& random)
      : threshold(*Threshold::From(k)),
        polynomial(Must(Polynomial::Random(threshold, SecretScalar::Random(random), random))),
        commitments(crypto::Commit(polynomial)),
        plaintext(Secret::Random(8 * k, random)),
        holders(n) {
    random.Fill(label.organisation.value);
    random.Fill(label.statement_id);
    label.vault = 7;
    label.account = "accounts/page";
    label.item_kind = 1;
    label.version = k;
    label.depositor = 12;
    item = Must(EncryptItem(commitments.front(), label, plaintext, random));
    context.organisation = label.organisation;
    context.vault = label.vault;
    context.epoch = 2;
    context.ciphertext_hash = CiphertextHash(label, item.ciphertext);
    random.Fill(context.request_hash.value);
    context.recipient = 5;
  }

  Threshold threshold;
  Polynomial polynomial;
  std::vector<Point> commitments;
  Secret plaintext;
  uint32_t holders;
  ItemLabel label;
  crypto::EncryptedItem item;
  ShareContext context;
};

// The first `threshold` holders' shares, and what they give.
void EmitRelease(Out& out, Story& story, RandomSource& random) {
  OneTimeKey key = OneTimeKey::Generate(story.context.request_hash, random);
  out.Object("release", [&] {
    out.Number("epoch", story.context.epoch);
    out.Hex("request_hash", story.context.request_hash.span());
    out.Number("recipient", story.context.recipient);
    out.Hex("one_time_secret", key.secret.Reveal());
    out.Hex("one_time_key", key.notice.key.span());
    out.Hex("one_time_key_c", key.notice.proof.c.span());
    out.Hex("one_time_key_z", key.notice.proof.z.span());
    std::vector<crypto::VerifiedShare> verified;
    out.Array("shares", [&] {
      for (uint32_t i = story.holders; i > story.holders - story.threshold.value(); --i) {
        story.context.index = *ShareIndex::From(i);
        SecretScalar share = Must(story.polynomial.Evaluate(story.context.index));
        ShareStatement statement{Point::MulBase(share), story.item.ciphertext.r, key.notice.key};
        DecryptionShare made = Must(MakeShare(story.context, statement, share, random));
        verified.push_back(Must(VerifyShare(story.context, statement, made)));
        out.Object(nullptr, [&] {
          out.Number("index", i);
          EmitShareFields(out, statement, made);
        });
      }
    });
    SecretPoint shared = Must(CombineShares(verified, story.threshold, key.secret));
    out.Hex("shared_point", shared.Reveal());
  });
}

void EmitItems(Out& out, RandomSource& random) {
  const std::pair<uint32_t, uint32_t> sizes[] = {{2, 3}, {3, 5}};
  for (const auto& [k, n] : sizes) {
    Story story(k, n, random);
    const Point& key = story.commitments.front();
    out.Object(nullptr, [&] {
      out.Points("vault_commitments", story.commitments);
      EmitLabel(out, story.label);
      out.Hex("second_base",
              crypto::SecondBase(story.label.organisation, story.label.vault, key).span());
      out.Hex("plaintext", story.plaintext.Reveal());
      EmitCiphertext(out, story.item.ciphertext);
      out.Hex("payload", story.item.payload);
      out.Hex("ciphertext_hash", CiphertextHash(story.label, story.item.ciphertext).span());
      EmitRelease(out, story, random);
    });
  }
}

void CheckRelease(const In& in, const std::vector<Point>& commitments, const ItemLabel& label,
                  const Ciphertext& ciphertext, const Bytes& payload, const Bytes& plaintext) {
  ShareContext context{label.organisation,
                       label.vault,
                       in["epoch"].Number(),
                       CiphertextHash(label, ciphertext),
                       in["request_hash"].Digest(),
                       in["recipient"].Number(),
                       {}};
  SecretScalar secret = in["one_time_secret"].Secret();
  crypto::OneTimeKeyNotice notice{in["one_time_key"].Point(),
                                  {in["one_time_key_c"].Scalar(), in["one_time_key_z"].Scalar()}};
  in["one_time_key"].ExpectHex(Point::MulBase(secret).span());
  in["one_time_key"].ExpectOk(VerifyOneTimeKey(context.request_hash, notice));
  std::vector<crypto::VerifiedShare> verified;
  for (const In& share : in["shares"].Items()) {
    context.index = share["index"].Index();
    ShareStatement statement{share["public_share"].Point(), ciphertext.r, notice.key};
    absl::StatusOr<Point> expected = crypto::PublicShare(commitments, context.index);
    share["public_share"].Expect(expected.ok() && *expected == statement.public_share,
                                 "is not the commitments'");
    absl::StatusOr<crypto::VerifiedShare> result =
        VerifyShare(context, statement, ReadShare(share));
    share.ExpectOk(result.status());
    if (result.ok()) verified.push_back(*result);
  }
  auto threshold = Threshold::From(static_cast<uint32_t>(commitments.size()));
  absl::StatusOr<SecretPoint> shared =
      CombineShares(verified, threshold.value_or(Threshold{}), secret);
  in["shares"].ExpectOk(shared.status());
  if (!shared.ok()) return;
  in["shared_point"].ExpectHex(shared->Reveal());
  absl::StatusOr<Secret> opened =
      DecryptItem(commitments.front(), *shared, label, ciphertext, payload);
  in.Expect(opened.ok() && SecretsEqual(*opened, Secret::Copy(plaintext)),
            "does not open the item");
}

void CheckItem(const In& in) {
  std::vector<Point> commitments = in["vault_commitments"].Points();
  if (commitments.empty()) return;
  const Point& key = commitments.front();
  ItemLabel label = ReadLabel(in["label"]);
  Ciphertext ciphertext = ReadCiphertext(in["ciphertext"]);
  Bytes payload = in["payload"].Hex();
  in["second_base"].ExpectHex(crypto::SecondBase(label.organisation, label.vault, key).span());
  in["ciphertext"].ExpectOk(VerifyCiphertext(key, label, ciphertext));
  in["payload"].Expect(PayloadMatches(ciphertext, payload), "is not the ciphertext's");
  in["ciphertext_hash"].ExpectHex(CiphertextHash(label, ciphertext).span());
  CheckRelease(in["release"], commitments, label, ciphertext, payload, in["plaintext"].Hex());
}

// Ciphertexts with one fault each.
void EmitRefusedItems(Out& out, RandomSource& random) {
  Story story(2, 3, random);
  const crypto::Scalar one = crypto::Scalar::FromU64(1);
  for (const char* fault : {"moved label", "wrong e", "wrong f", "wrong R", "wrong R^",
                            "identity R", "altered payload", "another key"}) {
    std::string name = fault;
    ItemLabel label = story.label;
    Ciphertext ciphertext = story.item.ciphertext;
    Point key = story.commitments.front();
    if (name == "moved label") label.account += "2";
    if (name == "wrong e") ciphertext.e = ciphertext.e + one;
    if (name == "wrong f") ciphertext.f = ciphertext.f + one;
    if (name == "wrong R") ciphertext.r = ciphertext.r + Point::Base();
    if (name == "wrong R^") ciphertext.r_hat = ciphertext.r_hat + Point::Base();
    if (name == "identity R") ciphertext.r = Point();
    if (name == "altered payload") ciphertext.payload_digest.value[0] ^= 1;
    if (name == "another key") key = key + Point::Base();
    out.Object(nullptr, [&] {
      out.Text("fault", name);
      out.Hex("vault_key", key.span());
      EmitLabel(out, label);
      EmitCiphertext(out, ciphertext);
    });
  }
}

void CheckRefusedItem(const In& in) {
  absl::Status status = VerifyCiphertext(in["vault_key"].Point(), ReadLabel(in["label"]),
                                         ReadCiphertext(in["ciphertext"]));
  in["ciphertext"].Expect(!status.ok(), "verifies and must be refused");
}

}  // namespace

const std::array<Section, 2> kItemSections = {{
    {"items", EmitItems, CheckItem},
    {"refused_items", EmitRefusedItems, CheckRefusedItem},
}};

}  // namespace quorate::vectors
