#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/deposit.h"
#include "client/cli/dry_run.h"
#include "client/cli/exit_codes.h"
#include "client/cli/item_codec.h"
#include "client/cli/message_json.h"
#include "client/import/name.h"
#include "client/import/totp.h"
#include "crypto/threshold_encryption.h"
#include "custody/keystore/secret_file.h"

namespace quorate::cli {
namespace {

absl::Status CheckAccountName(const std::string& name) {
  if (client::IsAccountName(name)) return absl::OkStatus();
  return UsageError(
      "this is not an account's name: 1 to 64 of a-z 0-9 . _ @ + -, the first a letter or digit",
      absl::StrCat("quorate deposit ", client::AccountSlug(name),
                   " …, and --title for how it reads"));
}

// The secret's bytes inside `input`, without the one line end that editors and echo add.
absl::StatusOr<crypto::ByteSpan> Content(const crypto::Secret& input) {
  crypto::ByteSpan bytes = input.Reveal();
  if (!bytes.empty() && bytes.back() == '\n') bytes = bytes.first(bytes.size() - 1);
  if (bytes.empty()) return LocalError("the secret is empty", "give one");
  if (bytes.size() > crypto::kMaxItemSize) {
    return LocalError(absl::StrCat("the secret is larger than ", crypto::kMaxItemSize, " bytes"),
                      "give a smaller one");
  }
  return bytes;
}

absl::StatusOr<crypto::Secret> ReadItem(Context& context, const DepositOptions& options) {
  constexpr size_t kMost = crypto::kMaxItemSize + 1;
  if (options.from.empty()) {
    if (context.terminal.interactive()) {
      return AskNewSecret(context.terminal, options.item, crypto::kMaxItemSize);
    }
    return UsageError("the secret is missing, and nobody is here to type it",
                      "give --from FILE, or --from - for standard input");
  }
  absl::StatusOr<crypto::Secret> input = options.from == "-"
                                             ? keystore::ReadSecretFd(0, kMost)
                                             : keystore::ReadSecretFile(options.from, kMost);
  if (!input.ok()) return AsLocalError("--from", input.status());
  return input;
}

// What the account is called stays, unless it is said anew.
absl::Status FillDetails(Context& context, const DepositOptions& options, DepositPlan& plan) {
  v1::GetAccountRequest request;
  request.set_name(plan.account);
  absl::StatusOr<v1::Account> known = context.node.GetAccount(request);
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  const auto choose = [](const std::string& said, const std::string& before) {
    return said.empty() ? before : said;
  };
  plan.title = choose(options.title, known.ok() ? known->title() : options.account);
  plan.username = choose(options.username, known.ok() ? known->username() : "");
  plan.url = choose(options.url, known.ok() ? known->url() : "");
  return absl::OkStatus();
}

void PrintDeposit(Context& context, const v1::Account& account, const std::string& kind) {
  uint32_t version = 0;
  for (const v1::ItemView& item : account.items()) {
    if (item.kind() == kind) version = item.newest_version();
  }
  if (context.out.json()) {
    JsonOut json;
    json.BeginObject();
    json.Member("account", account.name());
    json.Member("vault", account.vault());
    json.Member("item", kind);
    json.Member("version", uint64_t{version});
    json.Key("items");
    json.BeginArray();
    for (const v1::ItemView& item : account.items()) WriteMessage(json, item);
    json.EndArray();
    json.EndObject();
    context.out.PrintJson(json);
    return;
  }
  context.out.Print(absl::StrCat("Deposited ", kind, " v", version, " of ", Shown(account.name()),
                                 " in vault ", Shown(account.vault()), "\n"));
  context.out.Remark(absl::StrCat(
      "Somebody else should try it and run: quorate confirm ", Shown(account.name()),
      "\nA login that people still remember is not protected: change it at the platform, deposit "
      "the new one.\n"));
}

}  // namespace

absl::StatusOr<v1::Account> DepositQuietly(Context& context, const DepositOptions& options) {
  QUORATE_RETURN_IF_ERROR(CheckAccountName(options.account));
  const std::optional<client::ItemKind> kind = ParseItemKind(options.item);
  if (!kind.has_value()) {
    return UsageError("there is no such kind of item",
                      "--item is password, totp, recovery-codes, token or note");
  }
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret input, ReadItem(context, options));
  QUORATE_ASSIGN_OR_RETURN(crypto::ByteSpan value, Content(input));
  if (*kind == client::ItemKind::kTotp) {
    absl::Status seed = client::ParseTotp(value).status();
    if (!seed.ok()) return AsLocalError("the one-time-code seed", seed);
  }
  if (!options.dry_run) {
    QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  }
  DepositPlan plan{options.vault, options.account, "", "", "", {{*kind, value}}, options.dry_run};
  QUORATE_RETURN_IF_ERROR(FillDetails(context, options, plan));
  return MakeDeposit(context, plan);
}

absl::Status Deposit(Context& context, const DepositOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Account account, DepositQuietly(context, options));
  if (options.dry_run) {
    QUORATE_ASSIGN_OR_RETURN(DryRun dry,
                             DryDeposit(context, options.vault, options.account, options.item));
    return PrintDryRun(context, dry);
  }
  PrintDeposit(context, account, options.item);
  return absl::OkStatus();
}

}  // namespace quorate::cli
