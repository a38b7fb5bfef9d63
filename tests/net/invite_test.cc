#include "custody/net/invite.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/init.h"
#include "custody/base/error_info.h"
#include "custody/net/endpoint.h"

namespace quorate::net {
namespace {

const std::string kDigest(43, 'A');
const std::string kId = std::string(42, 'B') + "A";
const std::string kSecret = std::string(42, 'C') + "A";
const std::string kInvite = "quorate://custody.example.org:7411#" + kDigest;
const std::string kLink =
    "quorate://custody.example.org:7411/draft/" + kId + "#" + kDigest + "." + kSecret;

TEST(Invite, HasOneTextForEachValue) {
  for (const std::string host : {"custody.example.org", "127.0.0.1", "[::1]", "[2001:db8::7]"}) {
    const std::string text = "quorate://" + host + ":7411#" + kDigest;
    const auto invite = ParseInvite(text);
    ASSERT_TRUE(invite.ok()) << text;
    EXPECT_EQ(FormatInvite(*invite), text);
  }
}

TEST(Invite, RefusesEverythingElseAndNeverRepeatsIt) {
  const std::string bad[] = {
      "",
      "quorate://",
      kInvite.substr(0, kInvite.size() - 1),
      kInvite + "A",
      kInvite + " ",
      " " + kInvite,
      kInvite + "\n",
      kInvite + "=",
      "Quorate" + kInvite.substr(7),
      "https" + kInvite.substr(7),
      "quorate:/custody.example.org:7411#" + kDigest,
      "quorate://custody.example.org:7411" + kDigest,
      "quorate://custody.example.org:7411##" + kDigest,
      "quorate://custody.example.org:7411/#" + kDigest,
      "quorate://custody.example.org#" + kDigest,
      "quorate://:7411#" + kDigest,
      "quorate://user@custody.example.org:7411#" + kDigest,
      // The last character carries bits beyond the 32 bytes.
      "quorate://custody.example.org:7411#" + std::string(42, 'A') + "B",
      // Base64 of the other alphabet.
      "quorate://custody.example.org:7411#" + std::string(41, 'A') + "+A",
      "quorate://" + std::string(500, 'a') + ":7411#" + kDigest,
      kLink,
  };
  for (const std::string& text : bad) {
    const absl::Status status = ParseInvite(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(base::GetReason(status), "BAD_INVITE");
    EXPECT_EQ(std::string(status.message()).find("7411"), std::string::npos);
  }
}

TEST(Invite, IsFoundInADraftsLinkToo) {
  ASSERT_TRUE(crypto::InitCrypto().ok());
  for (const std::string& text : {kInvite, kLink}) {
    const auto invite = ParseInviteOrLink(text);
    ASSERT_TRUE(invite.ok()) << invite.status();
    EXPECT_EQ(FormatInvite(*invite), kInvite);
  }
  EXPECT_EQ(base::GetReason(ParseInviteOrLink(kLink + "A").status()), "BAD_INVITE");
}

TEST(DraftLink, HasOneTextForEachValue) {
  const auto link = ParseDraftLink(kLink);
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ(*FormatDraftLink(*link), kLink);
  EXPECT_EQ(FormatInvite(link->invite), kInvite);
}

TEST(DraftLink, RefusesEverythingElseAndNeverRepeatsIt) {
  const std::string base = "quorate://custody.example.org:7411";
  const std::string bad[] = {
      "",
      kInvite,
      kLink.substr(0, kLink.size() - 1),
      kLink + "A",
      kLink + "\n",
      base + "/draft/" + kId + "#" + kDigest,
      base + "/draft/" + kId + "#" + kDigest + "." + kSecret.substr(1),
      base + "/draft/" + kId + "#" + kDigest + ":" + kSecret,
      base + "/draft/" + kId + "#" + kSecret.substr(1) + "." + kDigest + "A",
      base + "/draft/" + kId.substr(1) + "#" + kDigest + "." + kSecret,
      base + "/draft/" + kId + "/#" + kDigest + "." + kSecret,
      base + "/draft//draft/" + kId + "#" + kDigest + "." + kSecret,
      base + "/drafts/" + kId + "#" + kDigest + "." + kSecret,
      base + "/" + kId + "#" + kDigest + "." + kSecret,
      base + "/draft/" + kId + "#" + kDigest + "." + std::string(42, 'C') + "B",
      base + "/draft/" + kId + "#" + kDigest + "." + std::string(42, 'C') + "=",
      "quorate:///draft/" + kId + "#" + kDigest + "." + kSecret,
  };
  for (const std::string& text : bad) {
    const absl::Status status = ParseDraftLink(text).status();
    EXPECT_EQ(base::GetReason(status), "BAD_DRAFT_LINK") << text;
    EXPECT_EQ(std::string(status.message()).find("CCC"), std::string::npos);
  }
}

TEST(DraftLink, IsNotWrittenWithASecretOfAnotherSize) {
  auto link = ParseDraftLink(kLink);
  ASSERT_TRUE(link.ok());
  link->secret = crypto::Secret::Zero(31);
  EXPECT_FALSE(FormatDraftLink(*link).ok());
}

TEST(Endpoint, HasOneTextForEachValue) {
  for (const std::string text : {"a:1", "custody.example.org:65535", "127.0.0.1:7411", "[::1]:7411",
                                 "xn--80ak6aa92e.com:443"}) {
    const auto endpoint = ParseEndpoint(text);
    ASSERT_TRUE(endpoint.ok()) << text;
    EXPECT_EQ(FormatEndpoint(*endpoint), text);
  }
  EXPECT_TRUE(ParseEndpoint("127.0.0.1:0", true).ok());
}

TEST(Endpoint, RefusesEverythingElse) {
  for (const std::string text : {"",
                                 ":",
                                 "a",
                                 "a:",
                                 "a:0",
                                 "a:65536",
                                 "a:07411",
                                 "a:+1",
                                 "a: 1",
                                 "a:1 ",
                                 "A:1",
                                 "-a:1",
                                 "a-:1",
                                 "a..b:1",
                                 "a.:1",
                                 ".a:1",
                                 "a_b:1",
                                 "1.2.3:1",
                                 "1.2.3.4.5:1",
                                 "256.1.1.1:1",
                                 "127.1:1",
                                 "::1:1",
                                 "[::1:1",
                                 "::1]:1",
                                 "[0:0:0:0:0:0:0:1]:1",
                                 "[::G]:1",
                                 "[127.0.0.1]:1",
                                 "[fe80::1%eth0]:1",
                                 "a b:1",
                                 "a\n:1",
                                 "\xc3\xa4:1"}) {
    EXPECT_EQ(base::GetReason(ParseEndpoint(text).status()), "BAD_ENDPOINT") << text;
  }
  EXPECT_FALSE(ParseEndpoint(std::string(64, 'a') + ":1").ok());
  EXPECT_TRUE(ParseEndpoint(std::string(63, 'a') + ":1").ok());
}

}  // namespace
}  // namespace quorate::net
