#include <algorithm>
#include <optional>

#include "crypto/aead.h"
#include "crypto/complaint.h"
#include "crypto/dealing.h"
#include "crypto/qualified_set.h"
#include "crypto/receiving_key.h"
#include "crypto/transcript.h"
#include "tests/vectors/sections.h"

namespace quorate::vectors {
namespace {

using crypto::Bytes;
using crypto::Dealing;
using crypto::Digest;
using crypto::Point;
using crypto::QualifiedDealing;
using crypto::QualifiedSet;
using crypto::RandomSource;
using crypto::ReceivingKey;
using crypto::ReceivingKeyContext;
using crypto::Scalar;
using crypto::SecretScalar;
using crypto::ShareIndex;
using crypto::SharingContext;
using crypto::SharingKind;

ReceivingKeyContext KeyContext(const SharingContext& context, ShareIndex index) {
  return {context.organisation, context.vault, context.epoch, context.session, index};
}

Digest RandomDigest(RandomSource& random) {
  Digest digest;
  random.Fill(digest.value);
  return digest;
}

struct Sharing {
  SharingContext context;
  std::vector<ReceivingKey> keys;
};

Sharing Start(uint32_t epoch, uint32_t k, uint32_t n, std::vector<Point> previous,
              RandomSource& random) {
  Sharing sharing;
  SharingContext& context = sharing.context;
  context.organisation = RandomDigest(random);
  context.vault = 7;
  context.epoch = epoch;
  context.kind = previous.empty() ? SharingKind::kKeyGeneration : SharingKind::kResharing;
  context.threshold = *crypto::Threshold::From(k);
  context.previous_commitments = std::move(previous);
  context.session = RandomDigest(random);
  for (uint32_t i = 1; i <= n; ++i) {
    ShareIndex index = *ShareIndex::From(i);
    sharing.keys.push_back(ReceivingKey::Generate(KeyContext(context, index), random));
    context.receivers.push_back({index, sharing.keys.back().notice.key});
  }
  return sharing;
}

void EmitContext(Out& out, const Sharing& sharing) {
  const SharingContext& context = sharing.context;
  out.Object("context", [&] {
    out.Hex("organisation", context.organisation.span());
    out.Number("vault", context.vault);
    out.Number("epoch", context.epoch);
    out.Number("kind", static_cast<uint64_t>(context.kind));
    out.Number("threshold", context.threshold.value());
    out.Points("previous_commitments", context.previous_commitments);
    out.Hex("session", context.session.span());
    out.Array("receivers", [&] {
      for (size_t i = 0; i < sharing.keys.size(); ++i) {
        const ReceivingKey& key = sharing.keys[i];
        out.Object(nullptr, [&] {
          out.Number("index", context.receivers[i].index.value());
          out.Hex("secret", key.secret.Reveal());
          out.Hex("key", key.notice.key.span());
          out.Hex("c", key.notice.proof.c.span());
          out.Hex("z", key.notice.proof.z.span());
        });
      }
    });
    out.Hex("hash", context.Hash().span());
  });
}

Sharing ReadContext(const In& in) {
  Sharing sharing;
  SharingContext& context = sharing.context;
  context.organisation = in["organisation"].Digest();
  context.vault = in["vault"].Number();
  context.epoch = in["epoch"].Number();
  context.kind = static_cast<SharingKind>(in["kind"].Number());
  context.threshold = in["threshold"].Threshold();
  context.previous_commitments = in["previous_commitments"].Points();
  context.session = in["session"].Digest();
  for (const In& receiver : in["receivers"].Items()) {
    ShareIndex index = receiver["index"].Index();
    ReceivingKey key{receiver["secret"].Secret(),
                     {receiver["key"].Point(), {receiver["c"].Scalar(), receiver["z"].Scalar()}}};
    receiver["key"].ExpectHex(Point::MulBase(key.secret).span());
    receiver.ExpectOk(crypto::VerifyReceivingKey(KeyContext(context, index), key.notice));
    context.receivers.push_back({index, key.notice.key});
    sharing.keys.push_back(std::move(key));
  }
  in["hash"].ExpectHex(context.Hash().span());
  in.ExpectOk(crypto::CheckSharingContext(context));
  return sharing;
}

void EmitDealingFields(Out& out, const SharingContext& context, const Dealing& dealing) {
  out.Number("dealer", dealing.dealer.value());
  out.Points("commitments", dealing.commitments);
  out.Hex("commitments_digest", crypto::EpochDigest(dealing.commitments).span());
  out.Hex("ephemeral", dealing.ephemeral.span());
  out.Hex("c", dealing.c.span());
  out.Hex("z1", dealing.z1.span());
  out.Hex("z2", dealing.z2.span());
  out.Array("ciphertexts", [&] {
    for (const Bytes& ciphertext : dealing.ciphertexts) out.Hex(nullptr, ciphertext);
  });
  out.Hex("hash", crypto::DealingHash(context, dealing, crypto::CiphertextDigests(dealing)).span());
}

Dealing ReadDealing(const In& in, const SharingContext& context) {
  Dealing dealing;
  dealing.dealer = in["dealer"].Index();
  dealing.commitments = in["commitments"].Points();
  dealing.ephemeral = in["ephemeral"].Point();
  dealing.c = in["c"].Scalar();
  dealing.z1 = in["z1"].Scalar();
  dealing.z2 = in["z2"].Scalar();
  for (const In& ciphertext : in["ciphertexts"].Items()) {
    dealing.ciphertexts.push_back(ciphertext.Hex());
  }
  in["commitments_digest"].ExpectHex(crypto::EpochDigest(dealing.commitments).span());
  in["hash"].ExpectHex(
      crypto::DealingHash(context, dealing, crypto::CiphertextDigests(dealing)).span());
  in.ExpectOk(crypto::CheckDealing(context, dealing));
  return dealing;
}

// What one sharing leaves behind for the next.
struct Epoch {
  std::vector<Point> commitments;
  std::vector<SecretScalar> shares;
};

Epoch EmitEpoch(Out& out, const Sharing& sharing, const std::vector<Dealing>& dealings,
                RandomSource& random) {
  const SharingContext& context = sharing.context;
  std::vector<QualifiedDealing> qualified;
  for (const Dealing& dealing : dealings) {
    qualified.push_back(QualifiedDealing::From(context, dealing));
  }
  QualifiedSet set = Must(QualifiedSet::Create(context, qualified));
  Epoch epoch{set.commitments(), {}};
  Digest root = RandomDigest(random);
  out.Object(nullptr, [&] {
    EmitContext(out, sharing);
    out.Array("dealings", [&] {
      for (const Dealing& dealing : dealings) {
        out.Object(nullptr, [&] { EmitDealingFields(out, context, dealing); });
      }
    });
    out.Hex("set_digest", set.digest().span());
    out.Points("commitments", set.commitments());
    out.Hex("log_root", root.span());
    out.Array("shares", [&] {
      for (size_t j = 0; j < sharing.keys.size(); ++j) {
        ShareIndex index = context.receivers[j].index;
        std::vector<crypto::IndexedSecret> sub_shares;
        out.Object(nullptr, [&] {
          out.Number("index", index.value());
          out.Array("sub_shares", [&] {
            for (const Dealing& dealing : dealings) {
              sub_shares.push_back({dealing.dealer, Must(OpenSubShare(context, dealing, index,
                                                                      sharing.keys[j].secret))});
              out.Hex(nullptr, sub_shares.back().value.Reveal());
            }
          });
          SecretScalar share = Must(CombineSubShares(set, index, sub_shares));
          crypto::SchnorrProof proof = Must(Acknowledge(set, index, root, share, random));
          out.Hex("share", share.Reveal());
          out.Hex("acknowledgement_c", proof.c.span());
          out.Hex("acknowledgement_z", proof.z.span());
          epoch.shares.push_back(std::move(share));
        });
      }
    });
  });
  return epoch;
}

void EmitEpochs(Out& out, RandomSource& random) {
  Sharing first = Start(1, 2, 3, {}, random);
  std::vector<Dealing> dealings;
  for (const crypto::Receiver& dealer : first.context.receivers) {
    dealings.push_back(Must(Deal(first.context, dealer.index, nullptr, random)));
  }
  Epoch epoch = EmitEpoch(out, first, dealings, random);
  Sharing second = Start(2, 3, 5, epoch.commitments, random);
  dealings.clear();
  for (uint32_t i : {1u, 3u}) {
    dealings.push_back(
        Must(Deal(second.context, *ShareIndex::From(i), &epoch.shares[i - 1], random)));
  }
  EmitEpoch(out, second, dealings, random);
}

void CheckEpoch(const In& in) {
  Sharing sharing = ReadContext(in["context"]);
  const SharingContext& context = sharing.context;
  std::vector<Dealing> dealings;
  std::vector<QualifiedDealing> qualified;
  for (const In& dealing : in["dealings"].Items()) {
    dealings.push_back(ReadDealing(dealing, context));
    qualified.push_back(QualifiedDealing::From(context, dealings.back()));
  }
  absl::StatusOr<QualifiedSet> set = QualifiedSet::Create(context, qualified);
  in["dealings"].ExpectOk(set.status());
  if (!set.ok()) return;
  in["set_digest"].ExpectHex(set->digest().span());
  in["commitments"].ExpectPoints(set->commitments());
  Digest root = in["log_root"].Digest();
  std::vector<In> shares = in["shares"].Items();
  in["shares"].Expect(shares.size() == sharing.keys.size(), "are not one for each receiver");
  for (size_t j = 0; j < shares.size() && j < sharing.keys.size(); ++j) {
    ShareIndex index = shares[j]["index"].Index();
    std::vector<In> expected = shares[j]["sub_shares"].Items();
    std::vector<crypto::IndexedSecret> sub_shares;
    for (size_t i = 0; i < dealings.size() && i < expected.size(); ++i) {
      absl::StatusOr<SecretScalar> opened =
          OpenSubShare(context, dealings[i], index, sharing.keys[j].secret);
      expected[i].ExpectOk(opened.status());
      if (!opened.ok()) continue;
      expected[i].ExpectHex(opened->Reveal());
      sub_shares.push_back({dealings[i].dealer, *std::move(opened)});
    }
    absl::StatusOr<SecretScalar> share = CombineSubShares(*set, index, sub_shares);
    shares[j]["share"].ExpectOk(share.status());
    if (share.ok()) shares[j]["share"].ExpectHex(share->Reveal());
    crypto::SchnorrProof proof{shares[j]["acknowledgement_c"].Scalar(),
                               shares[j]["acknowledgement_z"].Scalar()};
    shares[j].ExpectOk(VerifyAcknowledgement(*set, index, root, proof));
  }
}

// A dealing by someone who seals junk for the receiver at `victim` and proves all the rest.
Dealing BadDealing(const Sharing& sharing, size_t victim, RandomSource& random) {
  const SharingContext& context = sharing.context;
  Dealing dealing = Must(Deal(context, context.receivers[0].index, nullptr, random));
  random.Fill(dealing.ciphertexts[victim]);
  Scalar secrets[4];
  for (Scalar& secret : secrets) {
    secret = *Scalar::FromCanonical(SecretScalar::Random(random).Reveal());
  }
  const auto& [a0, e, r1, r2] = secrets;
  dealing.commitments[0] = Point::MulBase(a0);
  dealing.ephemeral = Point::MulBase(e);
  crypto::Transcript transcript("quorate/dealing-proof/v1");
  transcript.AppendDigest(context.Hash()).AppendU64(dealing.dealer.value());
  transcript.AppendPoints(dealing.commitments).AppendPoint(dealing.ephemeral);
  transcript.AppendU64(dealing.ciphertexts.size());
  for (const Digest& digest : CiphertextDigests(dealing)) transcript.AppendDigest(digest);
  transcript.AppendPoint(Point::MulBase(r1)).AppendPoint(Point::MulBase(r2));
  dealing.c = transcript.Challenge();
  dealing.z1 = r1 + dealing.c * a0;
  dealing.z2 = r2 + dealing.c * e;
  return dealing;
}

void EmitComplaint(Out& out, const Sharing& sharing, const Dealing& dealing,
                   const crypto::Complaint& complaint, const char* verdict) {
  out.Object(nullptr, [&] {
    EmitContext(out, sharing);
    out.Object("dealing", [&] { EmitDealingFields(out, sharing.context, dealing); });
    out.Object("complaint", [&] {
      out.Number("complainant", complaint.complainant.value());
      out.Number("dealer", complaint.dealer.value());
      out.Hex("shared", complaint.shared.span());
      out.Hex("c", complaint.proof.c.span());
      out.Hex("s", complaint.proof.s.span());
    });
    out.Text("verdict", verdict);
  });
}

void EmitComplaints(Out& out, RandomSource& random) {
  Sharing sharing = Start(1, 2, 3, {}, random);
  const SharingContext& context = sharing.context;
  Dealing bad = BadDealing(sharing, 2, random);
  crypto::Complaint complaint =
      Must(Complain(context, bad, context.receivers[2].index, sharing.keys[2].secret, random));
  EmitComplaint(out, sharing, bad, complaint, "dealer_out");
  Dealing honest = Must(Deal(context, context.receivers[0].index, nullptr, random));
  EmitComplaint(out, sharing, honest, complaint, "complainant_named");
  complaint.shared = Point::MulBase(Scalar::FromU64(5));
  EmitComplaint(out, sharing, bad, complaint, "complainant_named");
}

void CheckComplaint(const In& in) {
  Sharing sharing = ReadContext(in["context"]);
  Dealing dealing = ReadDealing(in["dealing"], sharing.context);
  In read = in["complaint"];
  crypto::Complaint complaint{read["complainant"].Index(),
                              read["dealer"].Index(),
                              read["shared"].Point(),
                              {read["c"].Scalar(), read["s"].Scalar()}};
  std::string expected = in["verdict"].Text();
  crypto::Verdict verdict = JudgeComplaint(sharing.context, dealing, complaint);
  in["verdict"].Expect(
      expected == (verdict == crypto::Verdict::kDealerOut ? "dealer_out" : "complainant_named"),
      "is not ours");
}

}  // namespace

const std::array<Section, 2> kEpochSections = {{
    {"epochs", EmitEpochs, CheckEpoch},
    {"complaints", EmitComplaints, CheckComplaint},
}};

}  // namespace quorate::vectors
