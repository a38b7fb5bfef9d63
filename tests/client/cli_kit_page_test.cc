#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zbar.h>

#include <cstdio>
#include <string>
#include <vector>

#include "client/cli/kit_page.h"
#include "client/cli/qr_svg.h"
#include "crypto/init.h"

namespace quorate::cli {
namespace {

using crypto::Secret;
using keystore::KitFacts;
using keystore::KitWords;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kDots = 4;  // A module on the picture.

// The dark runs of an svg that QrSvg made, as a grey picture.
std::vector<uint8_t> Draw(const std::string& svg, int& size) {
  int modules = 0;
  EXPECT_EQ(std::sscanf(svg.c_str(), "<svg viewBox=\"0 0 %d", &modules), 1);
  size = modules * kDots;
  std::vector<uint8_t> picture(static_cast<size_t>(size) * static_cast<size_t>(size), 255);
  for (size_t at = svg.find("M"); at != std::string::npos; at = svg.find("M", at + 1)) {
    int x = 0;
    int y = 0;
    int width = 0;
    int back = 0;
    EXPECT_EQ(std::sscanf(&svg[at], "M%d %dh%dv1H%dz", &x, &y, &width, &back), 4);
    EXPECT_EQ(back, x);
    for (int row = y * kDots; row < (y + 1) * kDots; ++row) {
      for (int column = x * kDots; column < (x + width) * kDots; ++column) {
        picture[static_cast<size_t>(row * size + column)] = 0;
      }
    }
  }
  return picture;
}

// What a reader of QR codes, another library, finds.
std::vector<std::string> Scan(const std::string& svg) {
  int size = 0;
  const std::vector<uint8_t> picture = Draw(svg, size);
  zbar::ImageScanner scanner;
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  const unsigned side = static_cast<unsigned>(size);
  zbar::Image image(side, side, "Y800", picture.data(), picture.size());
  scanner.scan(image);
  std::vector<std::string> found;
  for (auto symbol = image.symbol_begin(); symbol != image.symbol_end(); ++symbol) {
    found.push_back(symbol->get_data());
  }
  return found;
}

class CliKitPage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(ready_, absl::OkStatus());
    const crypto::Bytes seed(32, 0x5A);
    words_ = KitWords::FromSeed(Secret::Copy(seed));
    facts_ = {"ana", "quorate://logs.example.org:7411#" + std::string(43, 'A'), crypto::Sha256({})};
  }
  std::string Page() {
    absl::StatusOr<Secret> page = KitPage(facts_, words_);
    EXPECT_TRUE(page.ok()) << page.status();
    return crypto::AsString(page->Reveal());
  }
  static std::string Svg(const std::string& page) {
    const size_t from = page.find("<svg");
    return page.substr(from, page.find("</svg>") + 6 - from);
  }

  // First: guarded memory needs it.
  const absl::Status ready_ = crypto::InitCrypto();
  KitFacts facts_;
  KitWords words_;
};

TEST_F(CliKitPage, IsReadBackWhole) {
  auto kit = keystore::ReadKit(Secret::Copy(crypto::AsBytes(Page())));
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_TRUE(kit->words.Equals(words_));
  EXPECT_EQ(kit->facts.name, facts_.name);
  EXPECT_EQ(kit->facts.server, facts_.server);
  EXPECT_EQ(kit->facts.organisation, facts_.organisation);
}

TEST_F(CliKitPage, ShowsEveryWordBesideItsNumber) {
  const std::string page = Page();
  for (size_t place = 1; place <= keystore::kKitWords; ++place) {
    EXPECT_THAT(page, HasSubstr(std::to_string(place) + " " +
                                crypto::AsString(words_.Word(place).Reveal())));
  }
}

TEST_F(CliKitPage, NeedsNothingFromOutsideAndRunsNothing) {
  const std::string page = Page();
  for (const char* outside :
       {"http:", "https:", "//fonts", "src=", "href", "url(", "@import", "<link", "<script",
        "<iframe", "<object", "<img", "javascript:", "onload", "xlink"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  // The one address on it is the custody server's, as text: once, in the block that is read back.
  EXPECT_EQ(page.find("://"), page.rfind("://"));
}

TEST_F(CliKitPage, ItsCodeHoldsTheFactsAndNoWords) {
  EXPECT_THAT(Scan(Svg(Page())), ElementsAre(FormatKitFacts(facts_)));
}

TEST_F(CliKitPage, SaysWhatItCannotDoAndWhatWhoeverFindsItCan) {
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("you approve nothing, open nothing"));
  EXPECT_THAT(page, HasSubstr("can read your organisation's log"));
  EXPECT_THAT(page, HasSubstr("No passphrase guards it"));
  EXPECT_THAT(page, Not(HasSubstr("before your organisation was founded")));
}

TEST_F(CliKitPage, SaysThatItLacksAnOrganisationThatIsNotFoundedYet) {
  facts_.organisation.reset();
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("before your organisation was founded"));
  EXPECT_THAT(page, HasSubstr("\norganisation none\n"));
  EXPECT_THAT(Scan(Svg(page)), ElementsAre(FormatKitFacts(facts_)));
}

TEST_F(CliKitPage, ACodeThatCannotHoldItsTextIsAnError) {
  EXPECT_TRUE(QrSvg(std::string(2000, 'x')).ok());
  EXPECT_FALSE(QrSvg(std::string(4000, 'x')).ok());
}

}  // namespace
}  // namespace quorate::cli
