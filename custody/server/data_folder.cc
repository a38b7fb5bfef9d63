#include "custody/server/data_folder.h"

#include "crypto/random.h"
#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"
#include "custody/server/refusals.h"

namespace quorate::server {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kMaxSettingBytes = 1024;

absl::StatusOr<crypto::Secret> ReadSeed(const std::string& path) {
  absl::StatusOr<crypto::Secret> seed = keystore::ReadSecretFile(path, kSeedBytes);
  if (absl::IsNotFound(seed.status())) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_INITIALISED",
                           "there are no server's keys in that folder",
                           "run: quorate-server init, or restore");
  }
  if (absl::IsInvalidArgument(seed.status()) || (seed.ok() && seed->size() != kSeedBytes)) {
    return Damaged("the key " + path + " is damaged");
  }
  return seed;
}

absl::Status BadSetting(const std::string& path) {
  return base::MakeError(absl::StatusCode::kDataLoss, "BAD_SETTING",
                         path + " is damaged: it holds one line, HOST:PORT",
                         "write the line again, and start the server");
}

}  // namespace

absl::Status InitFolder(const DataFolder& folder, const std::string& listen,
                        const std::string& advertise) {
  QUORATE_RETURN_IF_ERROR(net::ParseEndpoint(listen, true).status());
  if (!advertise.empty()) QUORATE_RETURN_IF_ERROR(net::ParseEndpoint(advertise).status());
  QUORATE_RETURN_IF_ERROR(base::MakePrivateFolder(folder.path()));
  crypto::SystemRandom random;
  // Never over keys that are there: whoever has them is the server that charters pin.
  for (const std::string& path : {folder.tls_key(), folder.log_key()}) {
    QUORATE_RETURN_IF_ERROR(
        base::CreateFileExclusively(path, crypto::Secret::Random(kSeedBytes, random).Reveal()));
  }
  QUORATE_RETURN_IF_ERROR(base::WriteFileAtomically(folder.listen(), crypto::AsBytes(listen)));
  if (advertise.empty()) return absl::OkStatus();
  return base::WriteFileAtomically(folder.advertise(), crypto::AsBytes(advertise));
}

absl::StatusOr<ServerKeys> ReadKeys(const DataFolder& folder) {
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret tls_seed, ReadSeed(folder.tls_key()));
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret log_seed, ReadSeed(folder.log_key()));
  QUORATE_ASSIGN_OR_RETURN(crypto::SigningKey key, crypto::SigningKey::FromSeed(tls_seed));
  QUORATE_ASSIGN_OR_RETURN(net::Certificate certificate, net::Certificate::Create(key));
  return ServerKeys{std::move(certificate), std::move(log_seed)};
}

absl::StatusOr<std::string> ReadSetting(const std::string& path) {
  absl::StatusOr<crypto::Bytes> read = base::ReadFile(path, kMaxSettingBytes);
  if (base::GetReason(read.status()) == "FILE_TOO_LARGE") return BadSetting(path);
  if (!read.ok()) return read.status();
  const crypto::Bytes bytes = *std::move(read);
  std::string text = crypto::AsString(bytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

absl::StatusOr<std::string> ReadListenAddress(const DataFolder& folder) {
  QUORATE_ASSIGN_OR_RETURN(std::string listen, ReadSetting(folder.listen()));
  absl::StatusOr<net::Endpoint> endpoint = net::ParseEndpoint(listen, true);
  if (!endpoint.ok()) return BadSetting(folder.listen());
  QUORATE_ASSIGN_OR_RETURN(bool listened, base::FileExists(folder.address()));
  if (endpoint->port != 0 || !listened) return listen;
  QUORATE_ASSIGN_OR_RETURN(std::string address, ReadSetting(folder.address()));
  if (!net::ParseEndpoint(address).ok()) return BadSetting(folder.address());
  return address;
}

absl::StatusOr<std::string> ReadInvite(const DataFolder& folder) {
  QUORATE_ASSIGN_OR_RETURN(ServerKeys keys, ReadKeys(folder));
  std::string address;
  for (const std::string& path : {folder.advertise(), folder.address(), folder.listen()}) {
    QUORATE_ASSIGN_OR_RETURN(bool exists, base::FileExists(path));
    if (!exists) continue;
    QUORATE_ASSIGN_OR_RETURN(address, ReadSetting(path));
    break;
  }
  QUORATE_ASSIGN_OR_RETURN(net::Endpoint endpoint, net::ParseEndpoint(address));
  return net::FormatInvite({endpoint, keys.certificate.digest()});
}

}  // namespace quorate::server
