// Invites, draft links, endpoints and certificates, as people and TLS peers hand them over.
#include "crypto/init.h"
#include "custody/net/certificate.h"
#include "custody/net/endpoint.h"
#include "custody/net/invite.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  static const bool ready = crypto::InitCrypto().ok();
  fuzz::Promise(ready, "crypto starts");
  fuzz::Input input(data, size);
  const uint8_t which = input.Byte() % 4;
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
  } else {
    (void)net::ReadPeerCertificate(text);
  }
  return 0;
}
