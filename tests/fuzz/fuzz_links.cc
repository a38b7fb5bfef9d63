// Invites, draft links, endpoints, certificates and paper kits, as people and TLS peers hand them
// over.
#include "crypto/init.h"
#include "custody/keystore/paper_kit.h"
#include "custody/net/certificate.h"
#include "custody/net/endpoint.h"
#include "custody/net/invite.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  static const bool ready = crypto::InitCrypto().ok();
  fuzz::Promise(ready, "crypto starts");
  fuzz::Input input(data, size);
  const uint8_t which = input.Byte() % 5;
  const std::string_view text = input.RestText();
  if (which == 0) {
    if (absl::StatusOr<net::Invite> invite = net::ParseInvite(text); invite.ok()) {
      fuzz::Promise(net::FormatInvite(*invite) == text, "one text for each invite");
    }
  } else if (which == 1) {
    if (absl::StatusOr<net::DraftLink> link = net::ParseDraftLink(text); link.ok()) {
      const absl::StatusOr<std::string> again = net::FormatDraftLink(*link);
      fuzz::Promise(again.ok() && *again == text, "one text for each link");
    }
  } else if (which == 2) {
    if (absl::StatusOr<net::Endpoint> endpoint = net::ParseEndpoint(text); endpoint.ok()) {
      fuzz::Promise(net::FormatEndpoint(*endpoint) == text, "one text for each endpoint");
    }
  } else if (which == 4) {
    const crypto::Secret file = crypto::Secret::Copy(crypto::AsBytes(text));
    if (absl::StatusOr<keystore::Kit> kit = keystore::ReadKit(file); kit.ok()) {
      const absl::StatusOr<crypto::Secret> seed = kit->words.Seed();
      fuzz::Promise(!seed.ok() || keystore::KitWords::FromSeed(*seed).Equals(kit->words),
                    "one list of words for each seed");
      const std::string facts = keystore::FormatKitFacts(kit->facts);
      const absl::StatusOr<keystore::Kit> again =
          keystore::ReadKit(crypto::Secret::Copy(crypto::AsBytes(facts)));
      fuzz::Promise(again.ok() && keystore::FormatKitFacts(again->facts) == facts,
                    "one text for each kit's facts");
    }
  } else {
    (void)net::ReadPeerCertificate(text);
  }
  return 0;
}
