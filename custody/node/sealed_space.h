#ifndef QUORATE_CUSTODY_NODE_SEALED_SPACE_H_
#define QUORATE_CUSTODY_NODE_SEALED_SPACE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "custody/base/node_store.h"

namespace quorate::node {

// One named space of a node's store whose values are sealed: nothing of them can be read without
// the key that the caller brings. Bound to its space and name, so values cannot be exchanged.
class SealedSpace {
 public:
  SealedSpace(std::string space, base::NodeStoreInterface* store)
      : space_(std::move(space)), store_(store) {}

  // Into `batch`: durable once the caller commits it.
  void Put(base::WriteBatch& batch, const std::string& name, const crypto::Secret& key,
           const crypto::Secret& value, crypto::RandomSource& random) const;
  void Put(base::WriteBatch& batch, const std::string& name, const crypto::Secret& key,
           crypto::ByteSpan value, crypto::RandomSource& random) const;
  void Delete(base::WriteBatch& batch, const std::string& name) const;
  // NotFound where there is none, DataLoss where it does not open.
  [[nodiscard]] absl::StatusOr<crypto::Secret> Get(const std::string& name,
                                                   const crypto::Secret& key) const;
  [[nodiscard]] bool Has(const std::string& name) const;
  // Names that begin with `prefix`, in order.
  [[nodiscard]] absl::StatusOr<std::vector<std::string>> Names(const std::string& prefix) const;

 private:
  crypto::Bytes Aad(const std::string& name) const;
  std::string space_;
  base::NodeStoreInterface* store_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_SEALED_SPACE_H_
