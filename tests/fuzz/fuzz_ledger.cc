// One statement of any content by any organiser, well signed, on a state in which there is
// something of everything: an organisation, a shared vault, an account, a request. Refused ones
// change nothing but the record that they were there.
#include <google/protobuf/stubs/logging.h>

#include <optional>

#include "custody/ledger/ledger.h"
#include "custody/wire/statement.h"
#include "tests/fuzz/fuzz.h"
#include "tests/ledger/harness.h"

namespace quorate::fuzz {
namespace {

using ledger::testing::World;

World& Busy() {
  static World* const world = [] {
    auto* made = new World(ledger::testing::WorldWithAccount());
    made->Admit(made->RequestDraft(1, 1, "page", {{ledger::ItemKind::kPassword, 1}}, {1, 6}));
    return made;
  }();
  return *world;
}

}  // namespace
}  // namespace quorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  // Refused texts are not worth a line each.
  google::protobuf::SetLogHandler(nullptr);
  ledger::testing::World& world = fuzz::Busy();
  fuzz::Input input(data, size);
  const uint32_t author = 1 + input.Byte() % 6;
  std::vector<ledger::BlobRef> blobs;
  for (uint8_t count = input.Byte() % 8; count > 0; --count) {
    blobs.push_back({crypto::Sha256(input.Take(1)), input.U16()});
  }
  absl::StatusOr<ledger::Statement> statement = wire::DecodeStatement(input.Rest());
  if (!statement.ok()) return 0;
  ledger::testing::Draft draft = world.Make(author, *statement, std::move(blobs));
  const ledger::Entry entry = world.Place(draft);
  ledger::Ledger one = world.ledger();
  ledger::Ledger two = world.ledger();
  const ledger::Outcome outcome = one.Apply(entry);
  fuzz::Promise(two.Apply(entry).refusal == outcome.refusal, "the same outcome for everyone");
  fuzz::Promise(one.StateDigest() == two.StateDigest(), "the same state for everyone");
  fuzz::Promise(outcome.refusal == ledger::RefusalCode::kNone ||
                    one.state().accounts.size() == world.state().accounts.size(),
                "a refused statement makes no account");
  return 0;
}
