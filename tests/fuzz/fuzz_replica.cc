// A page of a real log with some bytes changed, cut or repeated, given to a replica. Whatever the
// server sends, the replica ends where the signed log is, or where it was.
#include <utility>
#include <vector>

#include "custody/base/memory_node_store.h"
#include "custody/replica/replica.h"
#include "tests/fuzz/fuzz.h"
#include "tests/replica/test_log.h"

namespace quorate::fuzz {
namespace {

using replica::RawEntry;
using replica::testing::Must;
using replica::testing::TestLog;

const TestLog& Log() {
  static const TestLog* const log = [] {
    auto* grown = new TestLog(1);
    grown->Found();
    grown->Grow(9);
    return grown;
  }();
  return *log;
}

crypto::Bytes* FieldAt(std::vector<RawEntry>& page, crypto::Bytes& note, size_t which) {
  if (which == 0 || page.empty()) return &note;
  RawEntry& entry = page[which / 2 % page.size()];
  return which % 2 == 0 ? &entry.leaf : &entry.body;
}

// One change: which field, what to do, where, with what.
void Bend(Input& input, std::vector<RawEntry>& page, crypto::Bytes& note) {
  const uint8_t what = input.Byte() % 6;
  const size_t which = input.Byte();
  const size_t where = input.U16();
  const uint8_t with = input.Byte();
  crypto::Bytes& field = *FieldAt(page, note, which);
  if (what == 0 && !field.empty()) field[where % field.size()] ^= with;
  if (what == 1) field.resize(field.empty() ? 0 : where % field.size());
  if (what == 2) field.insert(field.end(), with, static_cast<uint8_t>(where));
  if (what == 3 && !page.empty()) page.erase(page.begin() + static_cast<long>(which % page.size()));
  if (what == 4 && !page.empty()) page.push_back(page[which % page.size()]);
  if (what == 5 && page.size() > 1) std::swap(page[which % page.size()], page[where % page.size()]);
}

}  // namespace
}  // namespace quorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quorate;  // NOLINT: a fuzz target is a program of its own.
  const fuzz::TestLog& log = fuzz::Log();
  fuzz::Input input(data, size);
  base::MemoryNodeStore store;
  replica::Replica replica = fuzz::Must(replica::Replica::Open(&store, log.Options()));
  const uint64_t known = input.Byte() % (log.size() + 1);
  if (known > 0) {
    const auto first = log.Range(0, known);
    fuzz::Must(replica.Extend(log.NoteAt(known), first));
  }
  for (int page_number = 0; page_number < 3 && !input.empty(); ++page_number) {
    const auto rest = log.From(std::min(replica.next_index(), log.size()));
    std::vector<replica::RawEntry> page(rest.begin(), rest.end());
    crypto::Bytes note = log.NoteAt(1 + input.Byte() % log.size());
    for (uint8_t bends = input.Byte() % 4; bends > 0; --bends) fuzz::Bend(input, page, note);
    const uint64_t before = replica.size();
    const bool taken = replica.Extend(note, page).ok();
    fuzz::Promise(taken || replica.size() == before, "a refused page changes nothing");
    fuzz::Promise(replica.size() <= log.size(), "nothing beyond what the log signed");
    fuzz::Promise(replica.size() == 0 || *log.tree().RootAt(replica.size()) == replica.root(),
                  "the root that the log signed");
  }
  return 0;
}
