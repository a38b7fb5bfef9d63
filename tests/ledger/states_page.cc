#include "tests/ledger/states_page.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "custody/ledger/state_table.h"

namespace quorate::ledger::testing {
namespace {

template <typename Stage>
using Columns = std::initializer_list<std::pair<Stage, std::string_view>>;

constexpr std::string_view kIntroduction =
    R"(# States and the statements that they admit

Generated from `custody/ledger/state_table.h`; write it anew with `print_states > docs/states.md`.

The ledger looks here first. A statement that has no **yes** in the state that it meets is refused,
whatever it says. One that has may still be refused for what it says: every reason is in
`custody/ledger/refusal.h`. A refused statement changes nothing.
)";

constexpr std::string_view kOrganisation = R"(
## The organisation

Every statement meets the organisation's state. *Superseded* means that its rules are newer than
this software, which then refuses everything, does not cosign and does not release.

)";

constexpr std::string_view kSharing = R"(
## A sharing

What the vault's current sharing must have come to. `receiving-key` begins a sharing where there is
none. `close` ends the dealing; it also gives up a sharing that too few have acknowledged in time,
as it gives up one in which too few have dealt. A complaint that puts out so many dealers that too
few are left gives it up as well. The next attempt begins with no sharing again.

)";

constexpr std::string_view kRequest = R"(
## A request

What has become of the request that the statement names. *Expired* is a matter of the log's time,
not of a statement. *Opened* means that every recipient has said so.

)";

constexpr std::string_view kAccount = R"(
## An account

Whether an alarm stands for the account that the statement names. Nothing else is refused while one
does: people may prepare, and nodes keep their shares in until it is lifted.

)";

constexpr std::string_view kTraits = R"(
## Every kind

A statement without a device signature can be made with a restored paper kit alone; where one is not
needed, a bad one counts as none. A denial is never refused for a quota, an alarm only for its own.
All bodies that are not clear are encrypted under the organisation key. *Key in use*: the vault that
the statement names must have an active epoch.

)";

std::string_view DeviceCell(DeviceSignature signature) {
  switch (signature) {
    case DeviceSignature::kNeeded:
      return "needed";
    case DeviceSignature::kNeededAfterDenial:
      return "needed to take back a denial";
    case DeviceSignature::kNotNeeded:
      break;
  }
  return "not needed";
}

void AppendCells(std::string& page, std::string_view first,
                 std::initializer_list<std::string_view> cells) {
  page.append("| ").append(first).append(" |");
  for (std::string_view cell : cells) page.append(" ").append(cell).append(" |");
  page.append("\n");
}

// One table: kinds with an entry in `set` against the stages of `columns`.
template <typename Stage>
void AppendTable(std::string& page, StageSet StatementRow::*set, const Columns<Stage>& columns) {
  page.append("| statement |");
  for (const auto& [stage, name] : columns) page.append(" ").append(name).append(" |");
  page.append("\n| --- |");
  for (size_t i = 0; i < columns.size(); ++i) page.append(" --- |");
  page.append("\n");
  for (const StatementRow& row : kStatementTable) {
    if ((row.*set).empty()) continue;
    page.append("| `").append(row.name).append("` |");
    for (const auto& [stage, name] : columns) {
      page.append((row.*set).Has(stage) ? " **yes** |" : " no |");
    }
    page.append("\n");
  }
}

}  // namespace

std::string StatesPage() {
  using O = OrganisationStage;
  using V = VaultStage;
  using R = RequestState;
  std::string page(kIntroduction);
  page.append(kOrganisation);
  AppendTable<O>(
      page, &StatementRow::organisation,
      {{O::kUnfounded, "unfounded"}, {O::kFounded, "founded"}, {O::kSuperseded, "superseded"}});
  page.append(kSharing);
  AppendTable<V>(page, &StatementRow::vault,
                 {{V::kNoSharing, "no sharing"},
                  {V::kReceivingKeys, "receiving keys"},
                  {V::kDealing, "dealing"},
                  {V::kAcknowledging, "acknowledging"},
                  {V::kActive, "active"}});
  page.append(kRequest);
  AppendTable<R>(page, &StatementRow::request,
                 {{R::kOpen, "open"},
                  {R::kOpened, "opened"},
                  {R::kWithdrawn, "withdrawn"},
                  {R::kDenied, "denied"},
                  {R::kExpired, "expired"}});
  page.append(kAccount);
  AppendTable<AccountStage>(page, &StatementRow::account,
                            {{AccountStage::kFree, "no alarm"}, {AccountStage::kFrozen, "frozen"}});
  page.append(kTraits);
  AppendCells(page, "statement", {"device signature", "body", "key in use"});
  AppendCells(page, "---", {"---", "---", "---"});
  for (const StatementRow& row : kStatementTable) {
    AppendCells(page, "`" + std::string(row.name) + "`",
                {DeviceCell(row.device_signature), row.has_clear_body ? "clear" : "encrypted",
                 row.needs_active_epoch ? "needed" : "-"});
  }
  return page;
}

}  // namespace quorate::ledger::testing
