#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/identity_setup.h"
#include "client/cli/kit_page.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/organisation_record.h"
#include "custody/keystore/paper_kit.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"

namespace quorate::cli {
namespace {

using crypto::Secret;
using keystore::KitFacts;
using keystore::KitWords;

constexpr char kUsualFile[] = "quorate-kit.html";
constexpr size_t kWordsToType = 3;
constexpr int kTries = 3;
constexpr size_t kMaxTypedBytes = 64;
constexpr size_t kDigitsToType = 6;

// NFS, SMB 1 to 3, AFS, Ceph, FUSE (sshfs, clouds), 9P: linux/magic.h.
constexpr std::array<uint32_t, 8> kElsewhere = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                0x5346414F, 0x00C36400, 0x65735546, 0x01021997};

absl::StatusOr<KitFacts> FactsOf(const keystore::Keystore& keystore) {
  QUORATE_ASSIGN_OR_RETURN(const std::optional<keystore::OrganisationRecord> record,
                           keystore::ReadOrganisation(keystore));
  QUORATE_ASSIGN_OR_RETURN(net::Invite invite, net::ParseInviteOrLink(keystore.invite()));
  KitFacts facts{keystore.name(), "", std::nullopt};
  if (record.has_value()) {
    QUORATE_ASSIGN_OR_RETURN(invite.endpoint, net::ParseEndpoint(record->server));
    invite.server_certificate_digest = record->server_certificate_digest;
    facts.organisation = record->organisation;
  }
  facts.server = net::FormatInvite(invite);
  return facts;
}

void WarnOfNetworkFolder(Context& context, const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return;
  if (std::ranges::find(kElsewhere, static_cast<uint32_t>(info.f_type)) == kElsewhere.end()) return;
  context.out.Remark(
      "Warning: this folder seems to lie on another machine. Whoever can read it there has your "
      "kit: delete the file, and make it on a disk of this machine with --to.\n");
}

absl::Status WriteKit(Context& context, const KitFacts& facts, const KitWords& words,
                      const std::string& path) {
  QUORATE_ASSIGN_OR_RETURN(const Secret page, KitPage(facts, words));
  QUORATE_RETURN_IF_ERROR(keystore::CreateSecretFile(path, page));
  WarnOfNetworkFolder(context, path);
  return absl::OkStatus();
}

std::string WhatItLacks(const KitFacts& facts) {
  if (facts.organisation.has_value()) return "";
  return "It lacks your organisation's id, since that is not founded yet: make it again "
         "afterwards (the words stay the same).\n";
}

void PrintKitMade(Context& context, const KitFacts& facts, const std::string& path) {
  if (!context.out.json()) {
    context.out.Print(absl::StrCat(
        "Your paper kit is in ", Shown(path, 1000), " (whoever reads it can act in your name).\n",
        WhatItLacks(facts), "Print it, delete the file, then: quorate backup verify\n"));
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("file", path);
  json.Member("name", facts.name);
  json.Member("words", uint64_t{keystore::kKitWords});
  json.Member("names_organisation", facts.organisation.has_value());
  json.Member("next", "quorate backup verify");
  json.EndObject();
  context.out.PrintJson(json);
}

std::set<size_t> PickPlaces(crypto::RandomSource& random) {
  std::set<size_t> places;
  constexpr size_t kFair = 256 / keystore::kKitWords * keystore::kKitWords;
  while (places.size() < kWordsToType) {
    uint8_t byte = 0;
    random.Fill({&byte, 1});
    if (byte < kFair) places.insert(byte % keystore::kKitWords + 1);
  }
  return places;
}

absl::Status NotOnTheKit() {
  return base::MakeError(absl::StatusCode::kPermissionDenied, "KIT_DIFFERS",
                         "this is not the kit of this identity, or it cannot be read any more",
                         "make a new one: quorate backup paper");
}

absl::Status AskForWord(Context& context, const KitWords& words, size_t place) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    QUORATE_ASSIGN_OR_RETURN(const Secret typed,
                             context.terminal.AskSecret(
                                 absl::StrCat("Word ", place, " on the paper: "), kMaxTypedBytes));
    const absl::StatusOr<bool> same = words.IsAt(place, typed);
    if (same.ok() && *same) return absl::OkStatus();
    context.out.Remark(same.ok() ? "No, that is another word.\n" : MessageOf(same.status()) + "\n");
  }
  return NotOnTheKit();
}

// Whether the paper names the organisation, where there is one.
absl::StatusOr<std::optional<crypto::Digest>> AskForOrganisation(Context& context,
                                                                 const KitFacts& facts) {
  if (!facts.organisation.has_value()) return std::nullopt;
  const std::string id = crypto::Hex(facts.organisation->span());
  for (int attempt = 0; attempt < kTries; ++attempt) {
    QUORATE_ASSIGN_OR_RETURN(
        const std::string typed,
        context.terminal.AskLine(absl::StrCat("The first ", kDigitsToType,
                                              " digits of the organisation on the paper (none, "
                                              "where it says none): ")));
    if (typed == "none") return std::nullopt;
    if (typed.size() >= kDigitsToType && id.starts_with(typed)) return facts.organisation;
    context.out.Remark("No, your organisation has another id.\n");
  }
  return NotOnTheKit();
}

absl::Status VerifyByAsking(Context& context, const KitFacts& facts, const KitWords& words) {
  for (size_t place : PickPlaces(context.random)) {
    QUORATE_RETURN_IF_ERROR(AskForWord(context, words, place));
  }
  keystore::KitRecord record{absl::ToUnixMillis(context.out.now()), std::nullopt};
  QUORATE_ASSIGN_OR_RETURN(record.organisation, AskForOrganisation(context, facts));
  return keystore::WriteKitRecord(context.home, record);
}

absl::Status VerifyFile(Context& context, const KitFacts& facts, const KitWords& words,
                        const std::string& path) {
  QUORATE_ASSIGN_OR_RETURN(const keystore::Kit kit, ReadKitFile(path));
  QUORATE_RETURN_IF_ERROR(kit.words.Seed().status());
  const std::optional<crypto::Digest>& named = kit.facts.organisation;
  if (!kit.words.Equals(words) || kit.facts.name != facts.name ||
      kit.facts.server != facts.server || (named.has_value() && named != facts.organisation)) {
    return NotOnTheKit();
  }
  return keystore::WriteKitRecord(context.home, {absl::ToUnixMillis(context.out.now()), named});
}

void PrintVerified(Context& context, const KitFacts& facts) {
  const std::optional<keystore::KitRecord> record = keystore::ReadKitRecord(context.home);
  const bool names = record.has_value() && record->organisation.has_value();
  if (!context.out.json()) {
    context.out.Print("Your paper kit is verified.\n");
    if (!names && facts.organisation.has_value()) {
      context.out.Print("It lacks your organisation's id. Make it again: quorate backup paper\n");
    }
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("verified", true);
  json.Member("names_organisation", names);
  json.EndObject();
  context.out.PrintJson(json);
}

struct Opened {
  KitFacts facts;
  KitWords words;
};

absl::StatusOr<Opened> OpenHome(Context& context, const std::string& passphrase_file) {
  QUORATE_ASSIGN_OR_RETURN(const keystore::Keystore keystore,
                           keystore::Keystore::Open(context.home));
  QUORATE_ASSIGN_OR_RETURN(KitFacts facts, FactsOf(keystore));
  QUORATE_ASSIGN_OR_RETURN(const Secret passphrase,
                           GetPassphrase(context.terminal, passphrase_file, "Passphrase: "));
  QUORATE_ASSIGN_OR_RETURN(const Secret seed, keystore.OpenSeed(passphrase));
  return Opened{std::move(facts), KitWords::FromSeed(seed)};
}

}  // namespace

absl::StatusOr<keystore::Kit> ReadKitFile(const std::string& path) {
  absl::StatusOr<Secret> file = keystore::ReadSecretFile(path, keystore::kMaxKitFileBytes);
  if (!file.ok()) return AsLocalError("--kit-file", file.status());
  return keystore::ReadKit(*file);
}

absl::Status BackupPaper(Context& context, const BackupOptions& options) {
  const std::string path = options.to.empty() ? kUsualFile : options.to;
  QUORATE_ASSIGN_OR_RETURN(const Opened opened, OpenHome(context, options.passphrase_file));
  QUORATE_RETURN_IF_ERROR(WriteKit(context, opened.facts, opened.words, path));
  PrintKitMade(context, opened.facts, path);
  return absl::OkStatus();
}

absl::Status BackupVerify(Context& context, const BackupOptions& options) {
  if (options.kit_file.empty() && !context.terminal.interactive()) {
    return UsageError("this asks for words of the kit, and nobody is here to type them",
                      "give --kit-file FILE, or run it in a terminal");
  }
  QUORATE_ASSIGN_OR_RETURN(const Opened opened, OpenHome(context, options.passphrase_file));
  if (options.kit_file.empty()) {
    QUORATE_RETURN_IF_ERROR(VerifyByAsking(context, opened.facts, opened.words));
  } else {
    QUORATE_RETURN_IF_ERROR(VerifyFile(context, opened.facts, opened.words, options.kit_file));
  }
  PrintVerified(context, opened.facts);
  return absl::OkStatus();
}

absl::Status OfferKit(Context& context, const keystore::Keystore& keystore,
                      const Secret& passphrase) {
  constexpr char kLater[] = "Later: quorate backup paper, then quorate backup verify\n";
  QUORATE_ASSIGN_OR_RETURN(
      const bool now,
      AskYesNo(context.terminal, "Make your paper kit now? You need a printer, or a pen.", true));
  if (!now) {
    context.out.Remark(kLater);
    return absl::OkStatus();
  }
  QUORATE_ASSIGN_OR_RETURN(const KitFacts facts, FactsOf(keystore));
  QUORATE_ASSIGN_OR_RETURN(const Secret seed, keystore.OpenSeed(passphrase));
  const KitWords words = KitWords::FromSeed(seed);
  QUORATE_ASSIGN_OR_RETURN(std::string path, context.terminal.AskLine(absl::StrCat(
                                                 "Write it to which file? [", kUsualFile, "] ")));
  if (path.empty()) path = kUsualFile;
  QUORATE_RETURN_IF_ERROR(WriteKit(context, facts, words, path));
  context.out.Remark(absl::StrCat("It is in ", Shown(path, 1000), ".\n", WhatItLacks(facts),
                                  "Open it in a browser and print it, or copy it by hand. Then "
                                  "delete the file.\n"));
  QUORATE_ASSIGN_OR_RETURN(
      const bool ready,
      AskYesNo(context.terminal, "Do you have it on paper, to be asked for three words?", true));
  if (!ready) {
    context.out.Remark("Later: quorate backup verify\n");
    return absl::OkStatus();
  }
  QUORATE_RETURN_IF_ERROR(VerifyByAsking(context, facts, words));
  PrintVerified(context, facts);
  return absl::OkStatus();
}

}  // namespace quorate::cli
