#ifndef QUORATE_CLIENT_CLI_COMMANDS_H_
#define QUORATE_CLIENT_CLI_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/context.h"
#include "crypto/passphrase.h"

// One function a command: prints its answer and returns OK, or changes nothing more and returns why
// (main prints that and turns it into an exit code).
namespace quorate::cli {

struct InitOptions {
  std::string name;
  std::string server;
  std::string passphrase_file;
  crypto::Argon2idParams argon2id;
  bool no_kit = false;  // Do not offer to make a paper kit.
};
[[nodiscard]] absl::Status Init(Context& context, const InitOptions& options);

struct BackupOptions {
  std::string to;        // Of `backup paper`; empty: quorate-kit.html.
  std::string kit_file;  // Of `backup verify`; empty: ask for three words.
  std::string passphrase_file;
};
[[nodiscard]] absl::Status BackupPaper(Context& context, const BackupOptions& options);
[[nodiscard]] absl::Status BackupVerify(Context& context, const BackupOptions& options);

struct RestoreOptions {
  std::string kit_file;      // Empty: ask for the words.
  std::string server;        // Empty: the kit's.
  std::string organisation;  // Empty: the kit's.
  std::string passphrase_file;
  crypto::Argon2idParams argon2id;
};
[[nodiscard]] absl::Status Restore(Context& context, const RestoreOptions& options);

struct NodeOptions {
  std::string passphrase_file;
  bool locked = false;
};
[[nodiscard]] absl::Status NodeStart(Context& context, const NodeOptions& options);
[[nodiscard]] absl::Status NodeStop(Context& context);
[[nodiscard]] absl::Status ShowStatus(Context& context);
[[nodiscard]] absl::Status UnlockCommand(Context& context, const std::string& passphrase_file);
[[nodiscard]] absl::Status LockCommand(Context& context);
[[nodiscard]] absl::Status Watch(Context& context);

struct DraftOptions {
  std::string file;  // Empty: ask. "-": standard input.
  std::string passphrase_file;
  bool dry_run = false;
};
[[nodiscard]] absl::Status OrganisationDraft(Context& context, const DraftOptions& options);
[[nodiscard]] absl::Status OrganisationShow(Context& context);
struct SignOptions {
  bool yes = false;
  std::string passphrase_file;
  bool dry_run = false;
};
[[nodiscard]] absl::Status OrganisationSign(Context& context, const SignOptions& options);

[[nodiscard]] absl::Status ListVaults(Context& context);
[[nodiscard]] absl::Status ListAccounts(Context& context, const std::string& vault);
[[nodiscard]] absl::Status ListRequests(Context& context, bool closed_too);
[[nodiscard]] absl::Status Show(Context& context, const std::string& name);
// A message for those who have not answered a request.
[[nodiscard]] absl::Status Remind(Context& context, const std::string& id);

struct DepositOptions {
  std::string account;
  std::string vault;
  std::string item = "password";
  std::string from;  // Empty: ask. "-": standard input.
  std::string title;
  std::string username;
  std::string url;
  std::string passphrase_file;
  bool dry_run = false;
};
[[nodiscard]] absl::Status Deposit(Context& context, const DepositOptions& options);

// The same without an answer, as a part of another command: the account as it is then, or an empty
// one of a dry run.
[[nodiscard]] absl::StatusOr<v1::Account> DepositQuietly(Context& context,
                                                         const DepositOptions& options);

struct MigrateOptions {
  std::string account;
  std::string step;  // Empty: walk through them at a terminal, else show them.
  std::string from;  // For the step "password".
  bool again = false;
  std::string passphrase_file;
};
[[nodiscard]] absl::Status AccountMigrate(Context& context, const MigrateOptions& options);

struct ImportOptions {
  std::string file;  // "-": standard input.
  std::string vault;
  std::string format;
  bool dry_run = false;
  bool keep_going = false;
  bool update = false;
  std::string passphrase_file;
  std::string export_passphrase_file;  // Of an export that is encrypted; empty: ask.
};
[[nodiscard]] absl::Status Import(Context& context, const ImportOptions& options);

struct RequestOptions {
  std::string account;
  std::string reason;
  std::vector<std::string> items;  // "kind" or "kind@version".
  std::vector<std::string> recipients;
  std::string passphrase_file;
  bool dry_run = false;
};
[[nodiscard]] absl::Status MakeRequest(Context& context, const RequestOptions& options);

// approve, deny, withdraw, accept, confirm.
struct WordOptions {
  std::string subject;  // A request's id, or an account.
  std::string reason;
  bool yes = false;
  std::string passphrase_file;
  bool dry_run = false;
};
[[nodiscard]] absl::Status Approve(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status Deny(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status Withdraw(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status Accept(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status Confirm(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status RaiseAlarm(Context& context, const WordOptions& options);
[[nodiscard]] absl::Status LiftAlarms(Context& context, const WordOptions& options);

struct OpenOptions {
  std::string id;
  bool reveal = false;
  bool copy = false;
  bool exec = false;
  std::vector<std::string> command;  // After "--", with `exec`.
  std::string item;                  // For `copy` and `exec` where the request has several.
  bool wait = false;
  std::string passphrase_file;
};
[[nodiscard]] absl::Status Open(Context& context, const OpenOptions& options);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_COMMANDS_H_
