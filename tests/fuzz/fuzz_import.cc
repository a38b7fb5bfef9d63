// Password managers' exports, detected and by every parser, whatever the file really is.
#include "client/import/import.h"
#include "client/import/item.h"
#include "crypto/init.h"
#include "custody/ledger/queries.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  static const bool ready = crypto::InitCrypto().ok();
  fuzz::Promise(ready, "crypto starts");
  fuzz::Input input(data, size);
  const auto formats = client::ImportFormats();
  const size_t which = input.Byte() % (formats.size() + 1);
  const std::string_view id = which == formats.size() ? "" : formats[which]->id;
  const absl::StatusOr<client::ImportResult> result =
      client::ParseExport(crypto::Secret::Copy(input.Rest()), id);
  if (!result.ok()) return 0;
  for (const client::ImportedAccount& account : result->accounts) {
    fuzz::Promise(ledger::IsValidName(account.account, ledger::kMaxAccountNameBytes),
                  "an account's name that the ledger admits");
    fuzz::Promise(ledger::IsValidText(account.title, ledger::kMaxTitleBytes) &&
                      ledger::IsValidText(account.username, ledger::kMaxUsernameBytes) &&
                      ledger::IsValidUrl(account.url),
                  "texts that the ledger admits");
  }
  return 0;
}
