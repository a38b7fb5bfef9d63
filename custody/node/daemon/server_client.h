#ifndef QUORATE_CUSTODY_NODE_DAEMON_SERVER_CLIENT_H_
#define QUORATE_CUSTODY_NODE_DAEMON_SERVER_CLIENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/bytes.h"
#include "crypto/secret.h"
#include "custody/base/clock.h"
#include "custody/ledger/types.h"
#include "custody/net/certificate.h"
#include "custody/net/channel.h"
#include "custody/net/invite.h"
#include "custody/node/actions.h"
#include "custody/node/founding.h"

namespace quorate::node {

// A draft as the server shows it, opened with the secret in its link. What does not open is left
// out: it was not put there by someone who has the link.
struct DraftOnServer {
  wire::Draft draft;
  std::map<std::string, wire::Card> cards;  // By name; each passed CheckCard.
  std::optional<wire::FoundingDocument> founding;
  std::vector<ledger::Endorsement> signatures;
  ServerKeys server;
  uint64_t revision = 0;
  std::optional<ledger::OrganisationId> organisation;  // Once founded.
};

// What a node says to its custody server, as plain blocking calls. The server is a peer: whatever
// it answers is bounded here and verified by whoever takes it. Every call ends by its deadline, a
// stream once it is silent (see EndSilentStreams). Thread-safe.
class ServerClient {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<ServerClient>> Create(
      const net::Invite& invite, const crypto::SigningKey& tls, const base::Clock* clock);
  ~ServerClient();

  // Drafts.
  [[nodiscard]] absl::StatusOr<ServerKeys> CreateDraft(const net::DraftLink& link,
                                                       const wire::Draft& draft,
                                                       crypto::RandomSource& random);
  [[nodiscard]] absl::StatusOr<DraftOnServer> GetDraft(const net::DraftLink& link);
  [[nodiscard]] absl::Status PutCard(const net::DraftLink& link, const wire::Card& card,
                                     crypto::RandomSource& random);
  [[nodiscard]] absl::Status PutFounding(const net::DraftLink& link,
                                         const wire::FoundingDocument& founding,
                                         crypto::RandomSource& random);
  [[nodiscard]] absl::Status PutSignature(const net::DraftLink& link,
                                          const ledger::Endorsement& endorsement,
                                          crypto::RandomSource& random);
  [[nodiscard]] absl::Status Found(const net::DraftLink& link,
                                   const ledger::OrganisationId& organisation,
                                   const wire::SignedStatement& statement);
  // Calls `changed` at once and at every change, until it returns false or the stream ends.
  [[nodiscard]] absl::Status WatchDraft(const net::DraftLink& link,
                                        const std::function<bool()>& changed);

  // The log.
  [[nodiscard]] absl::Status Append(const ledger::OrganisationId& organisation,
                                    const Submit& submit);
  [[nodiscard]] absl::StatusOr<std::vector<crypto::Bytes>> GetBlobs(
      const ledger::OrganisationId& organisation, std::span<const crypto::Digest> digests);
  [[nodiscard]] absl::StatusOr<LogAdvanced> GetEntries(const ledger::OrganisationId& organisation,
                                                       uint64_t start);
  // Hands on what the log says from `start` on, until `take` returns false or the stream ends.
  [[nodiscard]] absl::Status Watch(const ledger::OrganisationId& organisation, uint64_t start,
                                   const std::function<bool(LogAdvanced)>& take);
  // Milliseconds since 1970 by the server's clock.
  [[nodiscard]] absl::StatusOr<int64_t> ServerTime();

  // Ends the streams on which nothing has come for net::kStreamSilenceLimit: the server says
  // something more often than that. To be called from time to time.
  void EndSilentStreams();
  // Ends the streams that are open; others may be opened.
  void EndStreams();
  // Ends every call that is open, and each that is begun later.
  void Cancel();

 private:
  struct Impl;
  explicit ServerClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quorate::node

#endif  // QUORATE_CUSTODY_NODE_DAEMON_SERVER_CLIENT_H_
