#include <algorithm>

#include "custody/base/status_macros.h"
#include "custody/node/daemon/resolve.h"
#include "custody/node/daemon/service_util.h"
#include "custody/node/daemon/services.h"
#include "custody/node/daemon/views.h"

namespace quorate::node {
namespace {

absl::Status Malformed(const std::string& what) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED", what,
                         "deposit it again with a current program");
}

absl::StatusOr<DepositItem> ReadItem(const pb::EncryptedItem& in) {
  auto r = crypto::Point::FromBytes(crypto::AsBytes(in.r()));
  auto r_hat = crypto::Point::FromBytes(crypto::AsBytes(in.r_hat()));
  auto challenge = crypto::Scalar::FromCanonical(crypto::AsBytes(in.challenge()));
  auto response = crypto::Scalar::FromCanonical(crypto::AsBytes(in.response()));
  if (!r || !r_hat || !challenge || !response || in.kind() < 1 || in.kind() > 5 ||
      in.payload().size() > ledger::kMaxBlobBytes) {
    return Malformed("the encrypted item is malformed");
  }
  DepositItem item;
  item.kind = static_cast<ledger::ItemKind>(in.kind());
  item.version = in.version();
  item.payload = crypto::ToBytes(in.payload());
  item.ciphertext = {*r, *r_hat, *challenge, *response, crypto::Sha256(item.payload)};
  return item;
}

void WriteLabel(const crypto::ItemLabel& label, pb::ItemLabelView& out) {
  out.set_organisation(crypto::AsString(label.organisation.span()));
  out.set_vault(label.vault);
  out.set_account(label.account);
  out.set_kind(label.item_kind);
  out.set_version(label.version);
  out.set_depositor(label.depositor);
  out.set_statement_id(crypto::AsString(label.statement_id));
  out.set_part(label.part);
}

class AccountService final : public pb::AccountService::Service {
 public:
  explicit AccountService(Runtime* runtime) : runtime_(*runtime) {}

  grpc::Status GetAccount(grpc::ServerContext*, const pb::GetAccountRequest* request,
                          pb::Account* response) override {
    return Answer(View(request->name()), response);
  }

  grpc::Status ListAccounts(grpc::ServerContext*, const pb::ListAccountsRequest* request,
                            pb::ListAccountsResponse* response) override {
    return Answer(runtime_.WithNode<pb::ListAccountsResponse>(
                      [&](Node& node) -> absl::StatusOr<pb::ListAccountsResponse> {
                        std::optional<ledger::VaultNumber> only;
                        if (!request->vault().empty()) {
                          QUORATE_ASSIGN_OR_RETURN(const ledger::Vault* vault,
                                                   ResolveVault(node, request->vault()));
                          only = vault->number;
                        }
                        std::vector<const ledger::Account*> all;
                        for (const auto& [name, account] : node.state().accounts) {
                          if (!only.has_value() || account.vault == *only) all.push_back(&account);
                        }
                        pb::ListAccountsResponse list;
                        QUORATE_ASSIGN_OR_RETURN(
                            std::vector<const ledger::Account*> page,
                            Page(std::move(all), request->page_size(), request->page_token(),
                                 list.mutable_next_page_token()));
                        const SharesOutIndex shares(node.state());
                        for (const ledger::Account* account : page) {
                          *list.add_accounts() = AccountView(node, *account, shares);
                        }
                        return list;
                      }),
                  response);
  }

  grpc::Status PrepareDeposit(grpc::ServerContext*, const pb::PrepareDepositRequest* request,
                              pb::PreparedDeposit* response) override {
    return Answer(
        runtime_.WithNode<pb::PreparedDeposit>(
            [&](Node& node) -> absl::StatusOr<pb::PreparedDeposit> {
              QUORATE_ASSIGN_OR_RETURN(const ledger::Vault* vault,
                                       ResolveVault(node, request->vault()));
              std::vector<ledger::ItemKind> kinds;
              for (const std::string& name : request->kinds()) {
                QUORATE_ASSIGN_OR_RETURN(ledger::ItemKind kind, KindByName(name));
                if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
                  return Malformed("an item stands twice in one deposit");
                }
                kinds.push_back(kind);
              }
              QUORATE_ASSIGN_OR_RETURN(
                  std::vector<crypto::ItemLabel> labels,
                  node.PrepareDeposit(vault->number, request->account(), kinds));
              pb::PreparedDeposit prepared;
              prepared.set_vault_key(crypto::AsString(vault->active->commitments.front().span()));
              for (const crypto::ItemLabel& label : labels) {
                WriteLabel(label, *prepared.add_labels());
              }
              return prepared;
            }),
        response);
  }

  grpc::Status CommitDeposit(grpc::ServerContext*, const pb::CommitDepositRequest* request,
                             pb::Account* response) override {
    absl::StatusOr<DepositDraft> draft = ReadDraft(*request);
    if (!draft.ok()) return wire::ToGrpcStatus(draft.status());
    const auto find_vault = [&](Node& node) -> absl::Status {
      QUORATE_ASSIGN_OR_RETURN(const ledger::Vault* vault, ResolveVault(node, request->vault()));
      draft->vault = vault->number;
      return absl::OkStatus();
    };
    if (request->validate_only()) {
      return Validated([&](Node& node) -> absl::Status {
        QUORATE_RETURN_IF_ERROR(find_vault(node));
        return node.ValidateDeposit(*draft);
      });
    }
    absl::StatusOr<ledger::LeafHash> logged =
        runtime_.Perform([&](Node& node) -> absl::StatusOr<ledger::StatementId> {
          QUORATE_RETURN_IF_ERROR(find_vault(node));
          return node.CommitDeposit(*std::move(draft));
        });
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(request->account()), response);
  }

  grpc::Status ConfirmAccount(grpc::ServerContext*, const pb::ConfirmAccountRequest* request,
                              pb::Account* response) override {
    if (request->validate_only()) {
      return Validated([&](Node& node) -> absl::Status {
        QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                                 ResolveAccount(node, request->name()));
        return node.ValidateConfirm(account->name);
      });
    }
    std::string name;
    const auto confirm = [&](Node& node) -> absl::StatusOr<ledger::StatementId> {
      QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                               ResolveAccount(node, request->name()));
      name = account->name;
      return node.Confirm(name);
    };
    absl::StatusOr<ledger::LeafHash> logged = request->passphrase().sealed().empty()
                                                  ? runtime_.Perform(confirm)
                                                  : PerformAs(request->passphrase(), confirm);
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(name), response);
  }

  grpc::Status RaiseAlarm(grpc::ServerContext*, const pb::RaiseAlarmRequest* request,
                          pb::Account* response) override {
    if (request->validate_only()) {
      return Validated([&](Node& node) -> absl::Status {
        QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                                 ResolveAccount(node, request->name()));
        return node.ValidateAlarm(account->name, request->reason());
      });
    }
    std::string name;
    absl::StatusOr<ledger::LeafHash> logged =
        runtime_.Perform([&](Node& node) -> absl::StatusOr<ledger::StatementId> {
          QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                                   ResolveAccount(node, request->name()));
          name = account->name;
          return node.RaiseAlarm(name, request->reason());
        });
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(name), response);
  }

  grpc::Status LiftAlarms(grpc::ServerContext*, const pb::LiftAlarmsRequest* request,
                          pb::Account* response) override {
    absl::StatusOr<std::vector<ledger::LeafHash>> alarms = ReadHashes(*request);
    if (!alarms.ok()) return wire::ToGrpcStatus(alarms.status());
    // The passphrase first: a wrong one must not tell whether the alarms can be lifted.
    absl::StatusOr<crypto::Secret> passphrase = OpenSealed(runtime_, request->passphrase());
    if (!passphrase.ok()) return wire::ToGrpcStatus(passphrase.status());
    absl::StatusOr<keystore::PersonKeys> person = runtime_.OpenFresh(*passphrase);
    if (!person.ok()) return wire::ToGrpcStatus(person.status());
    if (request->validate_only()) {
      return Validated([&](Node& node) -> absl::Status {
        QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                                 ResolveAccount(node, request->name()));
        return node.ValidateLift(account->name, *alarms, request->reason());
      });
    }
    std::string name;
    absl::StatusOr<ledger::LeafHash> logged =
        runtime_.Perform([&](Node& node) -> absl::StatusOr<ledger::StatementId> {
          QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                                   ResolveAccount(node, request->name()));
          name = account->name;
          return node.LiftAlarms(name, *alarms, request->reason(), *person);
        });
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(name), response);
  }

 private:
  absl::StatusOr<pb::Account> View(const std::string& name) {
    return runtime_.WithNode<pb::Account>([&](Node& node) -> absl::StatusOr<pb::Account> {
      QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account, ResolveAccount(node, name));
      return AccountView(node, *account, SharesOutIndex(node.state()));
    });
  }

  // Whether a command would go through.
  grpc::Status Validated(const std::function<absl::Status(Node&)>& validate) {
    return wire::ToGrpcStatus(runtime_
                                  .WithNode<bool>([&](Node& node) -> absl::StatusOr<bool> {
                                    QUORATE_RETURN_IF_ERROR(validate(node));
                                    return true;
                                  })
                                  .status());
  }

  absl::StatusOr<ledger::LeafHash> PerformAs(
      const pb::SealedSecret& sealed,
      const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command) {
    QUORATE_ASSIGN_OR_RETURN(crypto::Secret passphrase, OpenSealed(runtime_, sealed));
    QUORATE_ASSIGN_OR_RETURN(keystore::PersonKeys person, runtime_.OpenFresh(passphrase));
    return runtime_.PerformAs(std::move(person), command);
  }

  // In the order that a lift has them in.
  static absl::StatusOr<std::vector<ledger::LeafHash>> ReadHashes(
      const pb::LiftAlarmsRequest& request) {
    std::vector<ledger::LeafHash> hashes;
    for (const std::string& text : request.alarms()) {
      const auto bytes = crypto::FromHex(text);
      const auto hash = bytes.has_value() ? ledger::LeafHash::FromBytes(*bytes) : std::nullopt;
      if (!hash.has_value()) {
        return base::MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED",
                               "an alarm's name is no leaf hash", "name them as GetAccount does");
      }
      hashes.push_back(*hash);
    }
    std::sort(hashes.begin(), hashes.end());
    return hashes;
  }

  static absl::StatusOr<DepositDraft> ReadDraft(const pb::CommitDepositRequest& request) {
    DepositDraft draft;
    draft.account = request.account();
    draft.title = request.title();
    draft.username = request.username();
    draft.url = request.url();
    if (request.statement_id().size() != draft.statement_id.value.size() ||
        request.items().empty() ||
        request.items_size() > static_cast<int>(ledger::kMaxItemsPerStatement)) {
      return Malformed("the deposit is malformed");
    }
    std::copy(request.statement_id().begin(), request.statement_id().end(),
              draft.statement_id.value.begin());
    for (const pb::EncryptedItem& in : request.items()) {
      QUORATE_ASSIGN_OR_RETURN(DepositItem item, ReadItem(in));
      draft.items.push_back(std::move(item));
    }
    return draft;
  }

  Runtime& runtime_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccountService(Runtime* runtime) {
  return std::make_unique<AccountService>(runtime);
}

}  // namespace quorate::node
