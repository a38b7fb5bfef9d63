#ifndef QUORATE_CLIENT_CLI_NODE_CLIENT_H_
#define QUORATE_CLIENT_CLI_NODE_CLIENT_H_

#include <memory>
#include <string>

#include "client/cli/node_api.h"

namespace quorate::cli {

// The node behind the Unix socket at `socket_path`. Connects at the first call, and again after the
// node was away. A path too long for a socket is an error of each call.
[[nodiscard]] std::unique_ptr<NodeApi> ConnectToNode(const std::string& socket_path);

}  // namespace quorate::cli

#endif  // QUORATE_CLIENT_CLI_NODE_CLIENT_H_
