#ifndef QUORATE_CLIENT_CLI_MIGRATION_H_
#define QUORATE_CLIENT_CLI_MIGRATION_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace quorate::cli {

// What makes a login the group's at its platform: depositing a password that people still know, or
// can reset, protects nothing.
struct MigrationStep {
  std::string_view id;     // What --step takes.
  std::string_view title;  // A few words.
  std::string_view what;   // What to do, a sentence or two.
};

// In the order in which they are done.
[[nodiscard]] std::span<const MigrationStep> MigrationSteps();
// The step at which the new password is deposited.
inline constexpr std::string_view kDepositStep = "password";
// Null where there is none of this id.
[[nodiscard]] const MigrationStep* FindMigrationStep(std::string_view id);

// One person's notes of what they have done for one account, in their own folder. Nobody else sees
// or signs them: a statement for it does not exist in rules 1.
class MigrationNotes {
 public:
  // What `folder` (the person's) holds of `account`, whose name must be one. LOCAL where the file
  // is not readable or not ours.
  [[nodiscard]] static absl::StatusOr<MigrationNotes> Read(const std::string& folder,
                                                           const std::string& account);

  // Absent where the step is not done.
  [[nodiscard]] bool IsDone(std::string_view id) const;
  [[nodiscard]] int64_t DoneMs(std::string_view id) const;  // 0 where it is not.
  // The first step that is not done; null where all are.
  [[nodiscard]] const MigrationStep* Next() const;

  // Durable when it returns.
  [[nodiscard]] absl::Status MarkDone(std::string_view id, int64_t now_ms);
  [[nodiscard]] absl::Status Forget();

 private:
  explicit MigrationNotes(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] absl::Status Write() const;

  std::string path_;
  std::map<std::string, int64_t, std::less<>> done_;
};

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_MIGRATION_H_
