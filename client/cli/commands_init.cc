#include "absl/strings/str_cat.h"
#include "client/cli/charter_file.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "client/cli/identity_setup.h"
#include "crypto/bytes.h"
#include "custody/base/files.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"

namespace quorate::cli {
namespace {

constexpr char kWhatForgettingCosts[] =
    "Your passphrase is stored nowhere, and nobody can reset it: not the server, not the other\n"
    "organisers. If you forget it, or lose this machine, your key shares are gone for good: you "
    "can\n"
    "no longer approve or open anything. A paper kit brings back reading and denying, no more. "
    "Each\n"
    "vault goes on as long as enough other holders keep their shares.\n";

absl::Status CheckInvite(const std::string& text) {
  if (net::ParseInviteOrLink(text).ok()) return absl::OkStatus();
  return UsageError("--server is neither a server's invite nor a draft's link",
                    "paste the whole line, quorate://…#…, in single quotes");
}

// Below this a guess costs nearly nothing, whatever the passes.
constexpr uint32_t kLeastMemoryKib = 8192;

void PrintIdentity(Context& context, const keystore::Keystore& keystore) {
  const keystore::CardKeys& card = keystore.card();
  if (!context.out.json()) {
    context.out.Print(absl::StrCat("You are ", keystore.name(), ". Your keys are in ",
                                   Shown(context.home.folder, 1000), "\n", kWhatForgettingCosts,
                                   "Next: quorate node start\n"));
    return;
  }
  JsonOut json;
  json.BeginObject();
  json.Member("name", keystore.name());
  json.Member("home", context.home.folder);
  json.Member("signing_key", crypto::Hex(card.signing.span()));
  json.Member("tls_key", crypto::Hex(card.tls.span()));
  json.Member("wrap_key", crypto::Hex(card.wrap.span()));
  json.Member("device_key", crypto::Hex(card.device.span()));
  json.Member("witness_key", crypto::Hex(card.witness.span()));
  json.Member("next", std::vector<std::string>{"quorate backup paper", "quorate backup verify",
                                               "quorate node start"});
  json.EndObject();
  context.out.PrintJson(json);
}

}  // namespace

absl::Status CheckArgon2id(Context& context, const crypto::Argon2idParams& params) {
  if (params.memory_kib < kLeastMemoryKib || !crypto::CheckArgon2idParams(params).ok()) {
    return UsageError(
        absl::StrCat("Argon2id takes 1 to ", crypto::kMaxArgon2idPasses, " passes over ",
                     kLeastMemoryKib, " to ", crypto::kMaxArgon2idMemoryKib, " KiB"),
        "leave --argon2id-passes and --argon2id-memory-kib out: the default is right for people");
  }
  const crypto::Argon2idParams usual;
  const uint64_t cost = uint64_t{params.passes} * params.memory_kib;
  if (cost < uint64_t{usual.passes} * usual.memory_kib) {
    context.out.Remark(
        "Warning: with these settings your passphrase is cheap to guess for whoever gets a copy of "
        "your folder. They are for tests.\n");
  }
  return absl::OkStatus();
}

absl::Status CheckNoIdentity(const keystore::Home& home) {
  QUORATE_ASSIGN_OR_RETURN(bool there, base::FileExists(home.identity()));
  if (!there) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kAlreadyExists, "IDENTITY_EXISTS",
                         "there is an identity in " + home.folder + " already",
                         "go on with `quorate node start`, or choose another folder with --home");
}

absl::StatusOr<crypto::Secret> GetNewPassphrase(Context& context, const std::string& file) {
  if (!file.empty() || !context.terminal.interactive()) {
    return GetPassphrase(context.terminal, file, "");
  }
  return AskNewSecret(context.terminal, "passphrase", keystore::kMaxPassphraseBytes);
}

absl::Status Init(Context& context, const InitOptions& options) {
  if (absl::Status name = CheckName("--name", options.name); !name.ok()) {
    return UsageError(MessageOf(name), base::GetNext(name));
  }
  QUORATE_RETURN_IF_ERROR(CheckInvite(options.server));
  QUORATE_RETURN_IF_ERROR(CheckArgon2id(context, options.argon2id));
  QUORATE_RETURN_IF_ERROR(CheckNoIdentity(context.home));
  if (options.passphrase_file.empty() && context.terminal.interactive()) {
    context.out.Remark(kWhatForgettingCosts);
  }
  QUORATE_ASSIGN_OR_RETURN(const crypto::Secret passphrase,
                           GetNewPassphrase(context, options.passphrase_file));
  const keystore::NewIdentity identity{options.name, options.server, options.argon2id};
  absl::StatusOr<keystore::Keystore> made =
      keystore::Keystore::Create(context.home, identity, passphrase, context.random);
  if (!made.ok()) return made.status();
  PrintIdentity(context, *made);
  if (options.no_kit || context.out.json()) return absl::OkStatus();
  const absl::Status kit =
      context.terminal.interactive() ? OfferKit(context, *made, passphrase) : absl::OkStatus();
  if (!kit.ok()) {
    context.out.Remark(absl::StrCat("There is no verified paper kit: ", MessageOf(kit), "\n"));
  }
  if (!kit.ok() || !context.terminal.interactive()) {
    context.out.Remark("Make your paper kit: quorate backup paper, then quorate backup verify\n");
  }
  return absl::OkStatus();
}

}  // namespace quorate::cli
