// hostile-holder HOME PASSPHRASE-FILE: see Holder. Prints {"ready":1}, then an answer a line; ends
// with standard input.

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "crypto/init.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/transport.h"
#include "tests/hostile/holder.h"

namespace quorate::hostile {
namespace {

constexpr int kPollMs = 100;

// The next line; false at the end of the input. Polls while there is none.
bool NextLine(Holder& holder, std::string& buffer, std::string& line) {
  while (true) {
    if (const size_t end = buffer.find('\n'); end != std::string::npos) {
      line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return true;
    }
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMs) == 0) {
      // The server may be away; it is asked again.
      (void)holder.Poll();
      continue;
    }
    char part[4096];
    const ssize_t size = ::read(STDIN_FILENO, part, sizeof(part));
    if (size <= 0) return false;
    buffer.append(part, static_cast<size_t>(size));
  }
}

absl::Status Run(const char* folder, const char* passphrase_file) {
  QUORATE_RETURN_IF_ERROR(crypto::InitCrypto());
  QUORATE_ASSIGN_OR_RETURN(keystore::Home home, keystore::FindHome(folder));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase,
                           keystore::ReadPassphraseFile(passphrase_file));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<Holder> holder, Holder::Take(home, passphrase));
  Answer().Add("ready", 1).Print();
  std::string buffer;
  std::string text;
  while (NextLine(*holder, buffer, text)) {
    absl::StatusOr<Line> line = Line::Parse(text);
    (line.ok() ? holder->Do(*line) : ErrorAnswer(line.status())).Print();
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace quorate::hostile

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  quorate::net::PrepareTransport();
  const absl::Status status = quorate::hostile::Run(argv[1], argv[2]);
  if (status.ok()) return 0;
  quorate::hostile::ErrorAnswer(status).Print();
  return 1;
}
