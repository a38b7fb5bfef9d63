// hostile-founder HOME PASSPHRASE-FILE NAME: a founder, whose home is HOME and who was sent a
// draft's link, lays an honest card; once everybody has, and before the draft's author does, lays
// the charter, with a wrap for NAME that holds another organisation key than everybody else's.
// hostile-founder HOME PASSPHRASE-FILE NAME TEXT: where HOME was sent the server's invite instead,
// makes a draft for NAME and whoever has HOME, in which TEXT is what names can be, and prints its
// {"link": ...}.

#include <memory>
#include <string>
#include <utility>

#include "crypto/init.h"
#include "custody/base/status_macros.h"
#include "custody/keystore/keystore.h"
#include "custody/keystore/secret_file.h"
#include "custody/net/invite.h"
#include "custody/net/transport.h"
#include "custody/node/daemon/server_client.h"
#include "custody/node/founding.h"
#include "tests/hostile/answer.h"

namespace quorate::hostile {
namespace {

absl::StatusOr<wire::FoundingDocument> Forge(const crypto::Digest& draft_id,
                                             const node::DraftOnServer& draft,
                                             const std::string& victim,
                                             crypto::RandomSource& random) {
  const crypto::Secret key = crypto::Secret::Random(crypto::kOrganisationKeySize, random);
  const crypto::Secret other = crypto::Secret::Random(crypto::kOrganisationKeySize, random);
  QUORATE_ASSIGN_OR_RETURN(
      wire::FoundingDocument founding,
      node::BuildFounding(draft_id, draft.draft, draft.cards, draft.server, key));
  QUORATE_ASSIGN_OR_RETURN(
      const wire::FoundingDocument differs,
      node::BuildFounding(draft_id, draft.draft, draft.cards, draft.server, other));
  const std::vector<std::string>& names = draft.draft.organisers;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == victim) founding.wraps.at(i) = differs.wraps.at(i);
  }
  return founding;
}

absl::Status MakeDraft(const keystore::Keystore& keystore, const std::string& name,
                       const std::string& text, const base::Clock& clock,
                       crypto::RandomSource& random) {
  QUORATE_ASSIGN_OR_RETURN(const net::Invite invite, net::ParseInvite(keystore.invite()));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<node::ServerClient> client,
                           node::ServerClient::Create(invite, keystore.tls(), &clock));
  wire::Draft draft;
  draft.organisation = text;
  draft.author = keystore.name();
  draft.organisers = {keystore.name(), name};
  draft.governance_threshold = 2;
  draft.vaults.push_back({text, 2, draft.organisers, 0, 86400, 1});
  net::DraftLink link{invite, {}, crypto::Secret::Random(net::kDraftSecretSize, random)};
  random.Fill(link.draft_id.value);
  QUORATE_RETURN_IF_ERROR(client->CreateDraft(link, draft, random).status());
  QUORATE_ASSIGN_OR_RETURN(const std::string link_text, net::FormatDraftLink(link));
  Answer().Add("link", link_text).Print();
  return absl::OkStatus();
}

absl::Status Run(int argc, char** argv) {
  QUORATE_RETURN_IF_ERROR(crypto::InitCrypto());
  base::SystemClock clock;
  crypto::SystemRandom random;
  QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase, keystore::ReadPassphraseFile(argv[2]));
  QUORATE_ASSIGN_OR_RETURN(keystore::Keystore keystore, keystore::Keystore::Open({argv[1]}));
  if (argc == 5) return MakeDraft(keystore, argv[3], argv[4], clock, random);
  QUORATE_ASSIGN_OR_RETURN(keystore::PersonKeys person, keystore.Unlock(passphrase));
  QUORATE_ASSIGN_OR_RETURN(net::DraftLink link, net::ParseDraftLink(keystore.invite()));
  QUORATE_ASSIGN_OR_RETURN(std::unique_ptr<node::ServerClient> client,
                           node::ServerClient::Create(link.invite, keystore.tls(), &clock));
  const crypto::Digest draft_id{link.draft_id.value};
  QUORATE_RETURN_IF_ERROR(
      client->PutCard(link, node::MakeCard(draft_id, keystore, person), random));
  absl::Status put = absl::UnavailableError("the draft's stream ended");
  (void)client->WatchDraft(link, [&] {
    const absl::StatusOr<node::DraftOnServer> draft = client->GetDraft(link);
    if (!draft.ok() || draft->cards.size() < draft->draft.organisers.size()) return true;
    const absl::StatusOr<wire::FoundingDocument> founding =
        Forge(draft_id, *draft, argv[3], random);
    put = founding.ok() ? client->PutFounding(link, *founding, random) : founding.status();
    return false;
  });
  return put;
}

}  // namespace
}  // namespace quorate::hostile

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
  quorate::net::PrepareTransport();
  const absl::Status status = quorate::hostile::Run(argc, argv);
  if (!status.ok()) quorate::hostile::ErrorAnswer(status).Print();
  return status.ok() ? 0 : 1;
}
