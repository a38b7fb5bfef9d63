// Writes the seeds of the fuzz targets: make_seeds FOLDER. Run again when a format gains something
// new; what a fuzzer found lies beside them under its digest and stays.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "custody/log/checkpoint.h"
#include "custody/wire/draft.h"
#include "custody/wire/statement.h"
#include "tests/ledger/harness.h"
#include "tests/replica/test_log.h"
#include "tests/wire/samples.h"

namespace quorate::fuzz {
namespace {

using crypto::Bytes;

class Folder {
 public:
  Folder(const std::string& root, const std::string& target) : path_(root + "/" + target) {
    std::filesystem::create_directories(path_);
  }
  void Write(const std::string& name, Bytes prefix, crypto::ByteSpan bytes) {
    prefix.insert(prefix.end(), bytes.begin(), bytes.end());
    std::ofstream file(path_ / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(prefix.data()),
               static_cast<std::streamsize>(prefix.size()));
  }

 private:
  std::filesystem::path path_;
};

void WriteWire(const std::string& root) {
  Folder folder(root, "wire");
  for (const wire::testing::Sample& sample : wire::testing::AllSamples()) {
    uint8_t which = 0;
    if (sample.name == "header") which = 1;
    if (sample.name == "leaf") which = 2;
    if (sample.name == "charter") which = 3;
    if (sample.name == "signed") which = 4;
    folder.Write(sample.name, {which}, sample.bytes);
    if (sample.name == "found") folder.Write("found-clear", {9}, sample.bytes);
  }
  wire::Draft draft;
  draft.author = "ana";
  draft.organisation = "Campaign";
  draft.governance_threshold = 2;
  draft.organisers = {"ana", "ben", "chloe"};
  draft.vaults = {{"main", 2, {"ana", "ben", "chloe"}, 60, 3600, 2}};
  draft.witnesses = draft.organisers;
  folder.Write("draft", {5}, wire::EncodeDraft(draft));
  wire::Card card;
  card.name = "ana";
  card.wrap_key = wire::testing::SamplePoint(1);
  folder.Write("card", {6}, wire::EncodeCard(card));
  folder.Write("founding", {7}, wire::EncodeFounding({Bytes(40, 1), {Bytes(80, 2), Bytes(80, 3)}}));
  folder.Write("signature", {8}, wire::EncodeFounderSignature({{2}, {}, {}}));
}

void WriteLog(const std::string& root) {
  Folder folder(root, "log");
  replica::testing::TestLog log(1);
  log.Found();
  const Bytes note = log.Note();
  folder.Write("note", {0}, note);
  const std::string_view text = crypto::AsText(note);
  folder.Write("checkpoint", {1}, crypto::AsBytes(text.substr(0, text.find("\n\n") + 1)));
  const log::NoteKey key = replica::testing::Must(log::NoteKey::Create(
      "example.org/log", log::NoteKeyType::kEd25519, log.log_key().public_key()));
  folder.Write("vkey", {2}, crypto::AsBytes(key.Encode()));
  folder.Write("base64", {3}, crypto::AsBytes("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"));
  Bytes evidence;
  for (int i = 0; i < 2; ++i) {
    evidence.push_back(static_cast<uint8_t>(note.size()));
    evidence.push_back(static_cast<uint8_t>(note.size() >> 8));
    evidence.insert(evidence.end(), note.begin(), note.end());
  }
  evidence.insert(evidence.end(), 64, 9);
  folder.Write("evidence", {4}, evidence);
}

void WriteLinks(const std::string& root) {
  Folder folder(root, "links");
  const std::string word(43, 'A');
  folder.Write("invite", {0}, crypto::AsBytes("quorate://server.example:7411#" + word));
  folder.Write("invite-v6", {0}, crypto::AsBytes("quorate://[::1]:7411#" + word));
  folder.Write(
      "link", {1},
      crypto::AsBytes("quorate://server.example:7411/draft/" + word + "#" + word + "." + word));
  folder.Write("endpoint", {2}, crypto::AsBytes("127.0.0.1:80"));
  folder.Write("certificate", {3},
               crypto::AsBytes("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
  const std::string kit = "quorate kit 1\nname ana\nserver quorate://server.example:7411#" + word +
                          "\norganisation none\n"
                          "papaya copper bike opera soil lantern lemur "
                          "young hyacinth tadpole blizzard laundry wallet sesame "
                          "mascot total dinner july banjo grid athlete "
                          "music arena lion disc bargain bagpipe walnut\n</pre>";
  folder.Write("kit", {4}, crypto::AsBytes(kit));
}

void WriteImport(const std::string& root) {
  Folder folder(root, "import");
  const std::string block = std::string(22, 'A') + "==";
  const std::string sealed = "2." + block + "|" + block + "|" + std::string(43, 'A') + "=";
  const std::vector<std::string> texts = {
      "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\"\n"
      "\"Root\",\"Page\",\"us\",\"pa\"\"ss\",\"https://a.example\",\"two\nlines\",\"\"\n",
      "<KeePassFile><Root><Group><Name>g</Name><Entry><String><Key>Title</Key><Value>Page</Value>"
      "</String><String><Key>Password</Key><Value ProtectInMemory=\"True\">x</Value></String>"
      "</Entry></Group></Root></KeePassFile>",
      "{\"encrypted\":false,\"folders\":[],\"items\":[{\"type\":1,\"name\":\"Page\",\"notes\":null,"
      "\"login\":{\"uris\":[{\"uri\":\"https://"
      "a.example\"}],\"username\":\"us\",\"password\":\"x\","
      "\"totp\":\"otpauth://totp/A:us?secret=GEZDGNBVGY3TQOJQ&issuer=A\"}}]}",
      "name,url,username,password,note\nPage,https://a.example,us,x,\n",
      "url,username,password,extra,name,grouping,fav,totp\nhttps://a.example,us,x,,Page,,0,\n",
      "{\"encrypted\":true,\"passwordProtected\":true,\"salt\":\"AA==\",\"kdfType\":1,"
      "\"kdfIterations\":2,\"kdfMemory\":16,\"kdfParallelism\":4,"
      "\"encKeyValidation_DO_NOT_EDIT\":\"" +
          sealed + "\",\"data\":\"" + sealed + "\"}",
      "otpauth://totp/A%20B:us?secret=GEZDGNBVGY3TQOJQ&issuer=A\n"
      "otpauth-migration://offline?data="
      "ChkKCjEyMzQ1Njc4OTASAnVzGgFBIAIoATACChsKCjEyMzQ1Njc4OTASBEI6dXMaAUIgASgBMAEQAQ%3D%3D"
      "\n"};
  constexpr uint8_t kDetect = 11;
  for (uint8_t format = 0; format <= kDetect; ++format) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (format != kDetect && (format + i) % 3 != 0) continue;
      folder.Write(std::to_string(format) + "-" + std::to_string(i), {format},
                   crypto::AsBytes(texts[i]));
    }
  }
}

void WriteReplica(const std::string& root) {
  Folder folder(root, "replica");
  folder.Write("whole", {0, 9, 0}, {});
  folder.Write("in-pages", {0, 3, 0, 6, 0, 9, 0}, {});
  for (uint8_t what = 0; what < 6; ++what) {
    folder.Write("bent-" + std::to_string(what), {0, 9, 1, what, 3, 7, 0, 1, 9, 0}, {});
    folder.Write("bent-later-" + std::to_string(what),
                 {4, 9, 2, what, 2, 40, 0, 128, what, 5, 1, 0, 3}, {});
  }
}

void WriteLedger(const std::string& root) {
  Folder folder(root, "ledger");
  // As the target's world: numbers and digests come out the same.
  ledger::testing::World world = ledger::testing::WorldWithAccount();
  const ledger::LeafHash request =
      world.Admit(world.RequestDraft(1, 1, "page", {{ledger::ItemKind::kPassword, 1}}, {1, 6}));
  const auto write = [&](const std::string& name, uint8_t author,
                         const ledger::testing::Draft& draft) {
    Bytes prefix = {static_cast<uint8_t>(author - 1),
                    static_cast<uint8_t>(draft.header.blobs.size() % 8)};
    for (const ledger::BlobRef& blob : draft.header.blobs) {
      if (prefix.size() > 2 + 3 * 7) break;
      prefix.push_back(1);
      prefix.push_back(static_cast<uint8_t>(blob.length));
      prefix.push_back(static_cast<uint8_t>(blob.length >> 8));
    }
    folder.Write(name, prefix, wire::EncodeStatement(draft.statement));
  };
  write("receiving-key", 1, world.ReceivingKeyDraft(1, 2));
  write("deposit", 2, world.DepositDraft(2, 1, "blog", {ledger::ItemKind::kPassword}));
  write("confirm", 2, world.ConfirmDraft(2, "page", {{ledger::ItemKind::kPassword, 1}}));
  write("request", 2, world.RequestDraft(2, 1, "page", {{ledger::ItemKind::kPassword, 1}}, {2}));
  write("accept", 6, world.AcceptDraft(6, request));
  write("approve", 2, world.ApproveDraft(2, request));
  write("deny", 3, world.Make(3, ledger::Deny{request, "not tonight"}));
  write("withdraw", 1, world.Make(1, ledger::Withdraw{request}));
  write("rules", 1, world.RulesDraft(2, {1, 2, 3, 4}));
  write("opened", 1, world.Make(1, ledger::Opened{request}));
  write("alarm", 6, world.Make(6, ledger::Alarm{{1}, "page", "not us"}));
  write("lift", 3, world.Make(3, ledger::Lift{{1}, "page", {request}, "all well"}));
}

}  // namespace
}  // namespace quorate::fuzz

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string root = argv[1];
  quorate::fuzz::WriteWire(root);
  quorate::fuzz::WriteLog(root);
  quorate::fuzz::WriteLinks(root);
  quorate::fuzz::WriteImport(root);
  quorate::fuzz::WriteReplica(root);
  quorate::fuzz::WriteLedger(root);
  return 0;
}
