#ifndef QUORATE_CUSTODY_KEYSTORE_HOME_H_
#define QUORATE_CUSTODY_KEYSTORE_HOME_H_

#include <string>

#include "absl/status/statusor.h"

namespace quorate::keystore {

// Where a person's files lie: one private folder (0700). Plain paths; nothing is opened here.
struct Home {
  std::string folder;

  std::string identity() const { return folder + "/identity"; }
  std::string unattended_key() const { return folder + "/unattended.key"; }
  std::string organisation() const { return folder + "/organisation"; }
  std::string draft() const { return folder + "/draft"; }
  std::string config() const { return folder + "/config.toml"; }
  std::string database() const { return folder + "/node.db"; }
  std::string socket() const { return folder + "/node.sock"; }
  std::string log() const { return folder + "/node.log"; }
  // When a paper kit was compared with this identity.
  std::string kit_record() const { return folder + "/kit"; }
  // The largest checkpoint that an audit in this home verified.
  std::string audited_checkpoint() const { return folder + "/audited.checkpoint"; }
};

// `given` where it is not empty, else $QUORATE_HOME, else $XDG_DATA_HOME/quorate, else
// $HOME/.local/share/quorate. FailedPrecondition where none of them is set.
[[nodiscard]] absl::StatusOr<Home> FindHome(const std::string& given);

}  // namespace quorate::keystore

#endif  // QUORATE_CUSTODY_KEYSTORE_HOME_H_
