#include <optional>

#include "absl/strings/str_cat.h"
#include "client/cli/charter_file.h"
#include "client/cli/commands.h"
#include "client/cli/exit_codes.h"
#include "crypto/bytes.h"
#include "custody/base/files.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"

namespace quorate::cli {
namespace {

constexpr char kWhatForgettingCosts[] =
    "Your passphrase is stored nowhere, and nobody can reset it: not the server, not the other\n"
    "organisers. If you forget it, or lose this machine, your key shares are gone: you can no\n"
    "longer approve or open anything, and the others have to take you in anew. Each vault goes on\n"
    "as long as enough other holders keep theirs.\n";

absl::Status CheckInvite(const std::string& text) {
  if (net::ParseInvite(text).ok() || net::ParseDraftLink(text).ok()) return absl::OkStatus();
  return UsageError("--server is neither a server's invite nor a draft's link",
                    "paste the whole line, quorate://…#…, in single quotes");
}

// Below this a guess costs nearly nothing, whatever the passes.
constexpr uint32_t kLeastMemoryKib = 8192;

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

absl::Status CheckNotThere(const keystore::Home& home) {
  QUORATE_ASSIGN_OR_RETURN(bool there, base::FileExists(home.identity()));
  if (!there) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kAlreadyExists, "IDENTITY_EXISTS",
                         "there is an identity in " + home.folder + " already",
                         "go on with `quorate node start`, or choose another folder with --home");
}

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
  json.EndObject();
  context.out.PrintJson(json);
}

}  // namespace

absl::Status Init(Context& context, const InitOptions& options) {
  if (absl::Status name = CheckName("--name", options.name); !name.ok()) {
    return UsageError(MessageOf(name), base::GetNext(name));
  }
  QUORATE_RETURN_IF_ERROR(CheckInvite(options.server));
  QUORATE_RETURN_IF_ERROR(CheckArgon2id(context, options.argon2id));
  QUORATE_RETURN_IF_ERROR(CheckNotThere(context.home));
  std::optional<crypto::Secret> passphrase;
  if (options.passphrase_file.empty() && context.terminal.interactive()) {
    context.out.Remark(kWhatForgettingCosts);
    QUORATE_ASSIGN_OR_RETURN(
        passphrase, AskNewSecret(context.terminal, "passphrase", keystore::kMaxPassphraseBytes));
  } else {
    QUORATE_ASSIGN_OR_RETURN(passphrase,
                             GetPassphrase(context.terminal, options.passphrase_file, ""));
  }
  const keystore::NewIdentity identity{options.name, options.server, options.argon2id};
  absl::StatusOr<keystore::Keystore> made =
      keystore::Keystore::Create(context.home, identity, *passphrase, context.random);
  if (!made.ok()) return made.status();
  PrintIdentity(context, *made);
  return absl::OkStatus();
}

}  // namespace quorate::cli
