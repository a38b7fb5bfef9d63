#ifndef QUORATE_CLIENT_CLI_HELP_TEXT_H_
#define QUORATE_CLIENT_CLI_HELP_TEXT_H_

// What --help says below the options: how a command is used, with examples that work.
namespace quorate::cli {

extern const char kMainHelp[];
extern const char kInitHelp[];
extern const char kBackupHelp[];
extern const char kRestoreHelp[];
extern const char kNodeHelp[];
extern const char kStatusHelp[];
extern const char kDraftHelp[];
extern const char kShowOrganisationHelp[];
extern const char kSignHelp[];
extern const char kDepositHelp[];
extern const char kImportHelp[];
extern const char kRemindHelp[];
extern const char kRequestHelp[];
extern const char kApproveHelp[];
extern const char kDenyHelp[];
extern const char kWithdrawHelp[];
extern const char kAcceptHelp[];
extern const char kConfirmHelp[];
extern const char kAlarmHelp[];
extern const char kLiftHelp[];
extern const char kOpenHelp[];
extern const char kShowHelp[];
extern const char kUnlockHelp[];
extern const char kLockHelp[];
extern const char kNodeStatusHelp[];
extern const char kNodeStopHelp[];
extern const char kVaultsHelp[];
extern const char kAccountsHelp[];
extern const char kRequestsHelp[];
extern const char kOrganisationHelp[];
extern const char kWatchHelp[];
extern const char kAccountHelp[];
extern const char kMigrateHelp[];
extern const char kCompletionHelp[];

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_HELP_TEXT_H_
