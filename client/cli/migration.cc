#include "client/cli/migration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/exit_codes.h"
#include "crypto/bytes.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"

namespace quorate::cli {
namespace {

constexpr std::string_view kFirstLine = "quorate-migration/v1";
constexpr size_t kMaxBytes = 4096;

constexpr auto kSteps = std::to_array<MigrationStep>({
    {"administrators", "other administrators",
     "Under roles, team or page access: remove everyone and every other account, business manager "
     "and agency that could take it over. What must stay, put into custody too."},
    {"recovery", "recovery mail and phone",
     "Set the recovery address and phone to the group's own, never one person's. The mailbox "
     "itself "
     "must be in custody, or whoever reads it resets the password."},
    {"sessions", "sessions and devices",
     "Log out every other session and remove trusted devices. It is done once more by the new "
     "password at most platforms; look again after that."},
    {"app-passwords", "app passwords and connected apps",
     "Revoke app passwords, API keys and connected apps; they outlive a new password."},
    {"backup-codes", "backup codes",
     "Make new backup codes, which voids the old ones, and deposit them: quorate deposit ACCOUNT "
     "--vault VAULT --item recovery-codes --from FILE"},
    {"password", "the new password",
     "Have a generator make one that nobody has seen, set it at the platform, and deposit it here "
     "before you close the page."},
    {"second-factor", "the second factor",
     "Set the second factor up anew, which voids copies of the old seed, and deposit the seed: "
     "quorate deposit ACCOUNT --vault VAULT --item totp --from FILE"},
    {"test", "a test by somebody else",
     "Another organiser requests it, logs in with what opens, and says `quorate confirm`. Then "
     "change it again whenever you want nobody to know it."},
});

absl::Status NotOurs(const std::string& path) {
  return LocalError(absl::StrCat("the notes in ", path, " are not ones that this program wrote"),
                    "move that file away, and begin again");
}

}  // namespace

std::span<const MigrationStep> MigrationSteps() { return kSteps; }

const MigrationStep* FindMigrationStep(std::string_view id) {
  const auto found = std::ranges::find(kSteps, id, &MigrationStep::id);
  return found == kSteps.end() ? nullptr : &*found;
}

absl::StatusOr<MigrationNotes> MigrationNotes::Read(const std::string& folder,
                                                    const std::string& account) {
  MigrationNotes notes(absl::StrCat(folder, "/migrations/", account));
  absl::StatusOr<std::vector<uint8_t>> bytes = base::ReadFile(notes.path_, kMaxBytes);
  if (absl::IsNotFound(bytes.status())) return notes;
  if (!bytes.ok()) return AsLocalError(notes.path_, bytes.status());
  const std::string text(bytes->begin(), bytes->end());
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  if (lines.empty() || lines.front() != kFirstLine) return NotOurs(notes.path_);
  lines.erase(lines.begin());
  for (const std::string& line : lines) {
    const size_t space = line.find(' ');
    int64_t ms = 0;
    const char* end = line.data() + line.size();
    if (space == std::string::npos || FindMigrationStep(line.substr(0, space)) == nullptr ||
        std::from_chars(line.data() + space + 1, end, ms).ptr != end || ms <= 0) {
      return NotOurs(notes.path_);
    }
    notes.done_[line.substr(0, space)] = ms;
  }
  return notes;
}

bool MigrationNotes::IsDone(std::string_view id) const { return done_.contains(id); }

int64_t MigrationNotes::DoneMs(std::string_view id) const {
  const auto found = done_.find(id);
  return found == done_.end() ? 0 : found->second;
}

const MigrationStep* MigrationNotes::Next() const {
  const auto next =
      std::ranges::find_if(kSteps, [this](const MigrationStep& step) { return !IsDone(step.id); });
  return next == kSteps.end() ? nullptr : &*next;
}

absl::Status MigrationNotes::MarkDone(std::string_view id, int64_t now_ms) {
  done_[std::string(id)] = now_ms;
  return Write();
}

absl::Status MigrationNotes::Forget() {
  done_.clear();
  absl::Status removed = base::RemoveFile(path_);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

absl::Status MigrationNotes::Write() const {
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  if (absl::Status made = base::MakePrivateFolder(folder); !made.ok()) {
    return AsLocalError(folder, made);
  }
  std::string text = absl::StrCat(std::string(kFirstLine), "\n");
  for (const auto& [id, ms] : done_) absl::StrAppend(&text, id, " ", ms, "\n");
  absl::Status written = base::WriteFileAtomically(path_, crypto::AsBytes(text));
  return written.ok() ? written : AsLocalError(path_, written);
}

}  // namespace quorate::cli
