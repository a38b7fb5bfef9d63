#include "custody/keystore/keystore.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "crypto/init.h"
#include "crypto/random.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/keystore/organisation_record.h"

namespace quorate::keystore {
namespace {

class KeystoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::InitCrypto().ok());
    char name[] = "/tmp/quorate-keystore-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
    home_.folder = root_ + "/home";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  crypto::Secret Passphrase(std::string_view text) {
    return crypto::Secret::Copy(crypto::AsBytes(text));
  }
  absl::StatusOr<Keystore> Make() {
    return Keystore::Create(home_, {"ana", "quorate://h:1#x", crypto::kArgon2idParamsForTest},
                            Passphrase("correct horse"), random_);
  }
  void FlipByte(const std::string& path, size_t at) {
    auto bytes = base::ReadFile(path, 1 << 20);
    ASSERT_TRUE(bytes.ok());
    ASSERT_LT(at, bytes->size());
    (*bytes)[at] ^= 1;
    ASSERT_TRUE(base::WriteFileAtomically(path, *bytes).ok());
  }

  std::string root_;
  Home home_;
  crypto::SystemRandom random_;
};

TEST_F(KeystoreTest, OpensWithItsPassphraseAfterARestart) {
  ASSERT_TRUE(Make().ok());
  auto opened = Keystore::Open(home_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->name(), "ana");
  EXPECT_EQ(opened->invite(), "quorate://h:1#x");
  EXPECT_EQ(opened->tls().public_key(), opened->card().tls);
  auto person = opened->Unlock(Passphrase("correct horse"));
  ASSERT_TRUE(person.ok()) << person.status();
  EXPECT_EQ(person->signing.public_key(), opened->card().signing);
  EXPECT_EQ(person->device.public_key(), opened->card().device);
  EXPECT_EQ(person->wrap.public_key, opened->card().wrap);
}

TEST_F(KeystoreTest, RefusesAWrongPassphrase) {
  auto made = Make();
  ASSERT_TRUE(made.ok());
  auto person = made->Unlock(Passphrase("correct horsf"));
  ASSERT_FALSE(person.ok());
  EXPECT_EQ(base::GetReason(person.status()), "WRONG_PASSPHRASE");
}

TEST_F(KeystoreTest, NeverReplacesAnIdentity) {
  auto first = Make();
  ASSERT_TRUE(first.ok());
  auto second = Make();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  auto opened = Keystore::Open(home_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->card().signing, first->card().signing);
}

TEST_F(KeystoreTest, RefusesEveryFlippedByte) {
  ASSERT_TRUE(Make().ok());
  const size_t size = base::ReadFile(home_.identity(), 1 << 20)->size();
  for (size_t at = 0; at < size; ++at) {
    FlipByte(home_.identity(), at);
    auto opened = Keystore::Open(home_);
    // A fault in what only the passphrase opens shows when it is used.
    EXPECT_FALSE(opened.ok() && opened->Unlock(Passphrase("correct horse")).ok()) << at;
    FlipByte(home_.identity(), at);
  }
}

TEST_F(KeystoreTest, RefusesTruncatedAndExtendedFiles) {
  ASSERT_TRUE(Make().ok());
  auto bytes = *base::ReadFile(home_.identity(), 1 << 20);
  for (size_t size = 0; size < bytes.size(); size += 7) {
    auto cut = bytes;
    cut.resize(size);
    ASSERT_TRUE(base::WriteFileAtomically(home_.identity(), cut).ok());
    EXPECT_FALSE(Keystore::Open(home_).ok()) << size;
  }
  bytes.push_back(0);
  ASSERT_TRUE(base::WriteFileAtomically(home_.identity(), bytes).ok());
  EXPECT_FALSE(Keystore::Open(home_).ok());
}

TEST_F(KeystoreTest, RefusesAKeyFileThatOthersCanRead) {
  ASSERT_TRUE(Make().ok());
  ASSERT_EQ(::chmod(home_.unattended_key().c_str(), 0640), 0);
  EXPECT_EQ(base::GetReason(Keystore::Open(home_).status()), "NOT_PRIVATE");
}

TEST_F(KeystoreTest, SaysWhatToDoWhereThereIsNoIdentity) {
  auto opened = Keystore::Open(home_);
  EXPECT_EQ(base::GetReason(opened.status()), "NO_IDENTITY");
  EXPECT_NE(base::GetNext(opened.status()).find("quorate init"), std::string::npos);
}

TEST_F(KeystoreTest, KeepsNeitherPassphraseNorSecretsInTheClear) {
  auto made = Make();
  ASSERT_TRUE(made.ok());
  auto person = made->Unlock(Passphrase("correct horse"));
  ASSERT_TRUE(person.ok());
  const std::string file = crypto::AsString(*base::ReadFile(home_.identity(), 1 << 20));
  EXPECT_EQ(file.find("correct horse"), std::string::npos);
  EXPECT_EQ(file.find(crypto::AsText(person->lock_key.Reveal())), std::string::npos);
  EXPECT_EQ(file.find(crypto::AsText(made->unattended_key().Reveal())), std::string::npos);
  EXPECT_EQ(file.find("quorate://h:1#x"), std::string::npos);
}

TEST_F(KeystoreTest, KeepsTheOrganisationSealed) {
  auto made = Make();
  ASSERT_TRUE(made.ok());
  auto none = ReadOrganisation(*made);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
  OrganisationRecord record;
  record.organisation = crypto::Sha256(crypto::AsBytes("organisation"));
  record.me = 0x01020304;
  record.log_key = made->card().signing;
  record.server_certificate_digest = crypto::Sha256(crypto::AsBytes("certificate"));
  record.server = "127.0.0.1:1";
  record.organisation_key = crypto::Secret::Random(32, random_);
  ASSERT_TRUE(WriteOrganisation(*made, record, random_).ok());
  auto read = ReadOrganisation(*made);
  ASSERT_TRUE(read.ok() && read->has_value()) << read.status();
  EXPECT_EQ((*read)->organisation, record.organisation);
  EXPECT_EQ((*read)->me, record.me);
  EXPECT_EQ((*read)->log_key, record.log_key);
  EXPECT_EQ((*read)->server_certificate_digest, record.server_certificate_digest);
  EXPECT_EQ((*read)->server, record.server);
  EXPECT_TRUE(crypto::SecretsEqual((*read)->organisation_key, record.organisation_key));
  const std::string file = crypto::AsString(*base::ReadFile(home_.organisation(), 1 << 20));
  EXPECT_EQ(file.find(crypto::AsText(record.organisation_key.Reveal())), std::string::npos);
  FlipByte(home_.organisation(), 40);
  EXPECT_EQ(base::GetReason(ReadOrganisation(*made).status()), "DAMAGED_IDENTITY");
}

TEST_F(KeystoreTest, KeepsADraftsLinkSealed) {
  auto made = Make();
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(WriteDraftLink(*made, "quorate://h:1/draft/a#b.c", random_).ok());
  auto read = ReadDraftLink(*made);
  ASSERT_TRUE(read.ok() && read->has_value());
  EXPECT_EQ(**read, "quorate://h:1/draft/a#b.c");
  const std::string file = crypto::AsString(*base::ReadFile(home_.draft(), 1 << 20));
  EXPECT_EQ(file.find("quorate://"), std::string::npos);
}

}  // namespace
}  // namespace quorate::keystore
