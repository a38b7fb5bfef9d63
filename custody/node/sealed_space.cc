#include "custody/node/sealed_space.h"

#include <optional>

#include "crypto/passphrase.h"
#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"

namespace quorate::node {

crypto::Bytes SealedSpace::Aad(const std::string& name) const {
  crypto::Transcript transcript("quorate/node-store/v1");
  transcript.AppendText(space_).AppendText(name);
  return transcript.encoding();
}

void SealedSpace::Put(base::WriteBatch& batch, const std::string& name, const crypto::Secret& key,
                      crypto::ByteSpan value, crypto::RandomSource& random) const {
  batch.Put(space_, crypto::ToBytes(name), crypto::SealUnder(key, Aad(name), value, random));
}

void SealedSpace::Put(base::WriteBatch& batch, const std::string& name, const crypto::Secret& key,
                      const crypto::Secret& value, crypto::RandomSource& random) const {
  batch.Put(space_, crypto::ToBytes(name), crypto::SealUnder(key, Aad(name), value, random));
}

void SealedSpace::Delete(base::WriteBatch& batch, const std::string& name) const {
  batch.Delete(space_, crypto::ToBytes(name));
}

absl::StatusOr<crypto::Secret> SealedSpace::Get(const std::string& name,
                                                const crypto::Secret& key) const {
  QUORATE_ASSIGN_OR_RETURN(std::optional<base::NodeBytes> sealed,
                           store_->Get(space_, crypto::ToBytes(name)));
  if (!sealed.has_value()) {
    return base::MakeError(absl::StatusCode::kNotFound, "NO_SECRET",
                           "this node does not hold that secret (" + space_ + ")",
                           "it was never made on this device, or has been destroyed");
  }
  absl::StatusOr<crypto::Secret> opened = crypto::OpenUnder(key, Aad(name), *sealed);
  if (opened.ok()) return opened;
  return base::MakeError(absl::StatusCode::kDataLoss, "SECRET_DAMAGED",
                         "a secret that this node keeps does not open (" + space_ + ")",
                         "restore this node's folder, or start again on a new device");
}

absl::StatusOr<std::vector<std::string>> SealedSpace::Names(const std::string& prefix) const {
  QUORATE_ASSIGN_OR_RETURN(std::vector<base::NodeKeyValue> all, store_->List(space_));
  std::vector<std::string> names;
  for (const base::NodeKeyValue& stored : all) {
    std::string name = crypto::AsString(stored.key);
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  }
  return names;
}

bool SealedSpace::Has(const std::string& name) const {
  absl::StatusOr<std::optional<base::NodeBytes>> sealed =
      store_->Get(space_, crypto::ToBytes(name));
  return sealed.ok() && sealed->has_value();
}

}  // namespace quorate::node
