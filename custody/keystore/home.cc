#include "custody/keystore/home.h"

#include <cstdlib>
#include <string>

#include "custody/base/error_info.h"

namespace quorate::keystore {

absl::StatusOr<Home> FindHome(const std::string& given) {
  if (!given.empty()) return Home{given};
  if (const char* home = std::getenv("QUORATE_HOME"); home != nullptr && *home != '\0') {
    return Home{home};
  }
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return Home{std::string(data) + "/quorate"};
  }
  if (const char* user = std::getenv("HOME"); user != nullptr && *user == '/') {
    return Home{std::string(user) + "/.local/share/quorate"};
  }
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "NO_HOME",
                         "there is no folder to keep your keys in",
                         "set QUORATE_HOME to a folder of your own");
}

}  // namespace quorate::keystore
