#include <algorithm>
#include <atomic>

#include "custody/base/status_macros.h"
#include "custody/node/daemon/resolve.h"
#include "custody/node/daemon/service_util.h"
#include "custody/node/daemon/services.h"
#include "custody/node/daemon/views.h"

namespace quorate::node {
namespace {

// How long a command waits for a payload that is on its way to this node.
constexpr absl::Duration kBlobLimit = absl::Seconds(10);
constexpr absl::Duration kOpenLimit = absl::Hours(24);
// Each holds one of the few threads of this node.
constexpr int kMaxWaitingToOpen = 16;

void WriteOpened(const OpenedItem& item, pb::OpenedItem& out) {
  pb::ItemLabelView& label = *out.mutable_label();
  label.set_organisation(crypto::AsString(item.label.organisation.span()));
  label.set_vault(item.label.vault);
  label.set_account(item.label.account);
  label.set_kind(item.label.item_kind);
  label.set_version(item.label.version);
  label.set_depositor(item.label.depositor);
  label.set_statement_id(crypto::AsString(item.label.statement_id));
  label.set_part(item.label.part);
  out.set_vault_key(crypto::AsString(item.vault_key.span()));
  out.set_r(crypto::AsString(item.ciphertext.r.span()));
  out.set_r_hat(crypto::AsString(item.ciphertext.r_hat.span()));
  out.set_challenge(crypto::AsString(item.ciphertext.e.span()));
  out.set_response(crypto::AsString(item.ciphertext.f.span()));
  out.set_payload_digest(crypto::AsString(item.ciphertext.payload_digest.span()));
  out.set_payload(crypto::AsString(item.payload));
  out.set_combined_sealed(crypto::AsString(item.combined_sealed));
}

// The password, or the only item that there is.
absl::StatusOr<std::vector<ledger::ItemVersion>> UsualItems(const ledger::Account& account) {
  if (account.items.contains(ledger::ItemKind::kPassword)) {
    return std::vector<ledger::ItemVersion>{{ledger::ItemKind::kPassword, 0}};
  }
  if (account.items.size() == 1) {
    return std::vector<ledger::ItemVersion>{{account.items.begin()->first, 0}};
  }
  return base::MakeError(absl::StatusCode::kInvalidArgument, "WHICH_ITEM",
                         "the account has several items and no password",
                         "say which with --item; see: quorate show " + account.name);
}

// Counts itself in `counter`, where there is one, as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<int>* counter)
      : counter_(counter), before_(counter == nullptr ? 0 : counter->fetch_add(1)) {}
  ~Counted() {
    if (counter_ != nullptr) counter_->fetch_sub(1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  int before() const { return before_; }

 private:
  std::atomic<int>* const counter_;
  const int before_;
};

class RequestService final : public pb::RequestService::Service {
 public:
  explicit RequestService(Runtime* runtime) : runtime_(*runtime) {}

  grpc::Status CreateRequest(grpc::ServerContext*, const pb::CreateRequestRequest* request,
                             pb::Request* response) override {
    if (request->validate_only()) {
      absl::StatusOr<bool> valid = runtime_.WithNode<bool>([&](Node& node) -> absl::StatusOr<bool> {
        QUORATE_ASSIGN_OR_RETURN(RequestDraft draft, ReadDraft(node, *request));
        QUORATE_RETURN_IF_ERROR(node.ValidateRequest(draft));
        return true;
      });
      return wire::ToGrpcStatus(valid.status());
    }
    return Performed(
        [&](Node& node) -> absl::StatusOr<ledger::StatementId> {
          QUORATE_ASSIGN_OR_RETURN(RequestDraft draft, ReadDraft(node, *request));
          return node.CreateRequest(draft);
        },
        response);
  }

  grpc::Status GetRequest(grpc::ServerContext*, const pb::GetRequestRequest* request,
                          pb::Request* response) override {
    return Answer(View(request->id()), response);
  }

  grpc::Status ListRequests(grpc::ServerContext*, const pb::ListRequestsRequest* request,
                            pb::ListRequestsResponse* response) override {
    return Answer(runtime_.WithNode<pb::ListRequestsResponse>(
                      [&](Node& node) -> absl::StatusOr<pb::ListRequestsResponse> {
                        const absl::Time now = runtime_.clock().Now();
                        std::vector<const ledger::RequestRecord*> all;
                        for (const auto& [id, record] : node.state().requests) {
                          if (request->all() || IsOpen(node, record, now)) all.push_back(&record);
                        }
                        // Newest first; two of one millisecond keep the order of their hashes.
                        std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
                          return a->log_time_ms > b->log_time_ms;
                        });
                        pb::ListRequestsResponse list;
                        QUORATE_ASSIGN_OR_RETURN(
                            std::vector<const ledger::RequestRecord*> page,
                            Page(std::move(all), request->page_size(), request->page_token(),
                                 list.mutable_next_page_token()));
                        const SharesOutIndex shares(node.state());
                        for (const ledger::RequestRecord* record : page) {
                          *list.add_requests() = RequestView(node, *record, now, shares);
                        }
                        return list;
                      }),
                  response);
  }

  grpc::Status AcceptRequest(grpc::ServerContext*, const pb::AcceptRequestRequest* request,
                             pb::Request* response) override {
    if (request->validate_only()) {
      return Validated(
          request->id(),
          [](Node& node, const ledger::LeafHash& id) { return node.ValidateAccept(id); }, response);
    }
    return OnRequest(
        request->id(), [](Node& node, const ledger::LeafHash& id) { return node.Accept(id); },
        response);
  }

  grpc::Status ApproveRequest(grpc::ServerContext* context,
                              const pb::ApproveRequestRequest* request,
                              pb::Request* response) override {
    // The passphrase first: a wrong one must not tell whether the request can be approved.
    absl::StatusOr<crypto::Secret> passphrase = OpenSealed(runtime_, request->passphrase());
    if (!passphrase.ok()) return wire::ToGrpcStatus(passphrase.status());
    absl::StatusOr<keystore::PersonKeys> person = runtime_.OpenFresh(*passphrase);
    if (!person.ok()) return wire::ToGrpcStatus(person.status());
    // The item's payload may still be on its way here.
    absl::StatusOr<bool> ready = runtime_.Retry<bool>(
        [&](Node& node) -> absl::StatusOr<bool> {
          QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* record,
                                   ResolveRequest(node, request->id()));
          QUORATE_RETURN_IF_ERROR(node.ReadyToApprove(record->id));
          return true;
        },
        false, kBlobLimit, [&] { return context->IsCancelled(); });
    if (!ready.ok()) return wire::ToGrpcStatus(ready.status());
    if (request->validate_only()) return Answer(View(request->id()), response);
    return OnRequest(
        request->id(),
        [&](Node& node, const ledger::LeafHash& id) { return node.Approve(id, *person); },
        response);
  }

  grpc::Status DenyRequest(grpc::ServerContext*, const pb::DenyRequestRequest* request,
                           pb::Request* response) override {
    if (request->validate_only()) {
      return Validated(
          request->id(),
          [&](Node& node, const ledger::LeafHash& id) {
            return node.ValidateDeny(id, request->reason());
          },
          response);
    }
    return OnRequest(
        request->id(),
        [&](Node& node, const ledger::LeafHash& id) { return node.Deny(id, request->reason()); },
        response);
  }

  grpc::Status WithdrawRequest(grpc::ServerContext*, const pb::WithdrawRequestRequest* request,
                               pb::Request* response) override {
    if (request->validate_only()) {
      return Validated(
          request->id(),
          [](Node& node, const ledger::LeafHash& id) { return node.ValidateWithdraw(id); },
          response);
    }
    return OnRequest(
        request->id(), [](Node& node, const ledger::LeafHash& id) { return node.Withdraw(id); },
        response);
  }

  grpc::Status OpenRequest(grpc::ServerContext* context, const pb::OpenRequestRequest* request,
                           pb::OpenedRequest* response) override {
    auto caller = crypto::Point::FromBytes(crypto::AsBytes(request->public_key()));
    if (!caller.has_value() || caller->IsIdentity()) {
      return wire::ToGrpcStatus(base::MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED",
                                                "the caller's key is no point",
                                                "use a current program"));
    }
    const Counted waiting(request->wait() ? &waiting_to_open_ : nullptr);
    if (waiting.before() >= kMaxWaitingToOpen) {
      return wire::ToGrpcStatus(base::MakeError(absl::StatusCode::kResourceExhausted,
                                                "TOO_MANY_WAITING",
                                                "sixteen programs wait for a quorum here already",
                                                "end one of them: quorate open --wait"));
    }
    return Answer(runtime_.Retry<pb::OpenedRequest>(
                      [&](Node& node) -> absl::StatusOr<pb::OpenedRequest> {
                        QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* record,
                                                 ResolveRequest(node, request->id()));
                        QUORATE_ASSIGN_OR_RETURN(std::vector<OpenedItem> items,
                                                 node.OpenRequest(record->id, *caller));
                        pb::OpenedRequest opened;
                        *opened.mutable_request() = RequestView(
                            node, *record, runtime_.clock().Now(), SharesOutIndex(node.state()));
                        for (const OpenedItem& item : items) WriteOpened(item, *opened.add_items());
                        return opened;
                      },
                      request->wait(), request->wait() ? kOpenLimit : kBlobLimit,
                      [&] { return context->IsCancelled(); }),
                  response);
  }

  grpc::Status CloseRequest(grpc::ServerContext*, const pb::CloseRequestRequest* request,
                            pb::Request* response) override {
    return OnRequest(
        request->id(), [](Node& node, const ledger::LeafHash& id) { return node.CloseRequest(id); },
        response);
  }

 private:
  absl::StatusOr<pb::Request> View(const std::string& id) {
    return runtime_.WithNode<pb::Request>([&](Node& node) -> absl::StatusOr<pb::Request> {
      QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* record, ResolveRequest(node, id));
      return RequestView(node, *record, runtime_.clock().Now(), SharesOutIndex(node.state()));
    });
  }

  // A command that makes a request; shows what it made.
  grpc::Status Performed(const std::function<absl::StatusOr<ledger::StatementId>(Node&)>& command,
                         pb::Request* response) {
    absl::StatusOr<ledger::LeafHash> logged = runtime_.Perform(command);
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(crypto::Hex(logged->span())), response);
  }

  // A command about a request; shows the request after it.
  grpc::Status OnRequest(
      const std::string& text,
      const std::function<absl::StatusOr<ledger::StatementId>(Node&, const ledger::LeafHash&)>&
          command,
      pb::Request* response) {
    std::string id;
    absl::StatusOr<ledger::LeafHash> logged =
        runtime_.Perform([&](Node& node) -> absl::StatusOr<ledger::StatementId> {
          QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* record, ResolveRequest(node, text));
          id = crypto::Hex(record->id.span());
          return command(node, record->id);
        });
    if (!logged.ok()) return wire::ToGrpcStatus(logged.status());
    return Answer(View(id), response);
  }

  // Whether a command about a request would go through; shows the request as it is.
  grpc::Status Validated(
      const std::string& text,
      const std::function<absl::Status(Node&, const ledger::LeafHash&)>& validate,
      pb::Request* response) {
    absl::StatusOr<bool> valid = runtime_.WithNode<bool>([&](Node& node) -> absl::StatusOr<bool> {
      QUORATE_ASSIGN_OR_RETURN(const ledger::RequestRecord* record, ResolveRequest(node, text));
      QUORATE_RETURN_IF_ERROR(validate(node, record->id));
      return true;
    });
    if (!valid.ok()) return wire::ToGrpcStatus(valid.status());
    return Answer(View(text), response);
  }

  static absl::StatusOr<RequestDraft> ReadDraft(Node& node,
                                                const pb::CreateRequestRequest& request) {
    QUORATE_ASSIGN_OR_RETURN(const ledger::Account* account,
                             ResolveAccount(node, request.account()));
    RequestDraft draft;
    draft.account = account->name;
    draft.reason = request.reason();
    for (const pb::ItemRef& item : request.items()) {
      QUORATE_ASSIGN_OR_RETURN(ledger::ItemKind kind, KindByName(item.kind()));
      draft.items.push_back({kind, item.version()});
    }
    if (draft.items.empty()) {
      QUORATE_ASSIGN_OR_RETURN(draft.items, UsualItems(*account));
    }
    for (const std::string& name : request.recipients()) {
      std::optional<ledger::OrganiserNumber> number = node.FindOrganiser(name);
      if (!number.has_value()) {
        return base::MakeError(absl::StatusCode::kNotFound, "UNKNOWN_ORGANISER",
                               "a recipient is not an organiser", "run: quorate organisation show");
      }
      draft.recipients.push_back(*number);
    }
    return draft;
  }

  Runtime& runtime_;
  std::atomic<int> waiting_to_open_ = 0;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRequestService(Runtime* runtime) {
  return std::make_unique<RequestService>(runtime);
}

}  // namespace quorate::node
