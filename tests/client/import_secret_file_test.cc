#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "client/import/secret_file.h"
#include "tests/client/import_testing.h"

namespace quorate::client {
namespace {

// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    path_ = testing::TempDir() + "quorate-import-XXXXXX";
    fd_ = mkstemp(path_.data());
    EXPECT_GE(fd_, 0);
    EXPECT_EQ(write(fd_, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    close(fd_);
    unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

// A pipe into which a thread writes `content` and then closes its end.
class FedPipe {
 public:
  explicit FedPipe(std::string content) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    writer_ = std::thread([this, content = std::move(content)] {
      size_t at = 0;
      while (at < content.size()) {
        const ssize_t count = write(ends_[1], content.data() + at, content.size() - at);
        if (count <= 0) break;
        at += static_cast<size_t>(count);
      }
      close(ends_[1]);
    });
  }
  FedPipe(const FedPipe&) = delete;
  FedPipe& operator=(const FedPipe&) = delete;
  ~FedPipe() {
    // Takes what was not read, so that the writer is never left blocked.
    char rest[4096];
    while (read(ends_[0], rest, sizeof rest) > 0) {
    }
    writer_.join();
    close(ends_[0]);
  }
  int fd() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
  std::thread writer_;
};

std::string Pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 % 251);
  return text;
}

TEST(SecretFile, ReadsAFileExactly) {
  for (size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
    TemporaryFile file(Pattern(size));
    const auto secret = ReadSecretFile(file.path(), 100'000);
    ASSERT_TRUE(secret.ok()) << secret.status();
    EXPECT_EQ(TextOf(*secret), Pattern(size));
  }
}

TEST(SecretFile, ReadsAPipeOfUnknownLength) {
  for (size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
    FedPipe pipe(Pattern(size));
    const auto secret = ReadSecretFd(pipe.fd(), 100'000);
    ASSERT_TRUE(secret.ok()) << secret.status();
    EXPECT_EQ(TextOf(*secret), Pattern(size));
  }
}

TEST(SecretFile, RefusesMoreThanTheLimit) {
  TemporaryFile file(Pattern(101));
  EXPECT_EQ(ReadSecretFile(file.path(), 100).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(ReadSecretFile(file.path(), 101).ok());
  FedPipe pipe(Pattern(5001));
  EXPECT_EQ(ReadSecretFd(pipe.fd(), 5000).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SecretFile, TellsMissingFilesFoldersAndBadDescriptorsApart) {
  EXPECT_EQ(ReadSecretFile(testing::TempDir() + "no-such-file", 10).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadSecretFile(testing::TempDir(), 10).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadSecretFd(-1, 10).status().code(), absl::StatusCode::kUnavailable);
}

absl::StatusOr<crypto::Secret> PassphraseFrom(std::string text) {
  FedPipe pipe(std::move(text));
  return ReadPassphrase(pipe.fd());
}

TEST(Passphrase, LosesOneNewlineAndNothingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"six words", "six words"},
      {"six words\n", "six words"},
      {"six words\n\n", "six words\n"},
      {" six words \n", " six words "},
      {"a\nb\n", "a\nb"},
      {"a\r\n", "a\r"},
      {"\n\n", "\n"},
  };
  for (const auto& [input, expected] : cases) {
    const auto passphrase = PassphraseFrom(input);
    ASSERT_TRUE(passphrase.ok()) << passphrase.status();
    EXPECT_EQ(TextOf(*passphrase), expected);
  }
}

TEST(Passphrase, RefusesEmptyInput) {
  EXPECT_EQ(PassphraseFrom("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PassphraseFrom("\n").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Passphrase, IsAtMost1024Bytes) {
  const std::string longest(kMaxPassphraseBytes, 'x');
  EXPECT_TRUE(PassphraseFrom(longest).ok());
  EXPECT_TRUE(PassphraseFrom(longest + "\n").ok());
  for (const char* tail : {"x", "x\n", "\nx", "\n\n\n"}) {
    EXPECT_EQ(PassphraseFrom(longest + tail).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Passphrase, RefusesNul) {
  EXPECT_EQ(PassphraseFrom(std::string("a\0b\n", 4)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Passphrase, EndsWithTheLineOnATerminal) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) GTEST_SKIP() << "no pseudo-terminals on this machine";
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(write(master, "typed words\n", 12), 12);
  const auto passphrase = ReadPassphrase(terminal);
  ASSERT_TRUE(passphrase.ok()) << passphrase.status();
  EXPECT_EQ(TextOf(*passphrase), "typed words");
  close(terminal);
  close(master);
}

}  // namespace
}  // namespace quorate::client
