#include "custody/base/status_macros.h"
#include "custody/node/daemon/service_util.h"
#include "custody/node/daemon/services.h"
#include "custody/node/daemon/views.h"

namespace quorate::node {
namespace {

wire::Draft ReadSpec(const std::string& author, const pb::DraftSpec& spec) {
  wire::Draft draft;
  draft.author = author;
  draft.organisation = spec.organisation();
  draft.governance_threshold = spec.governance_threshold();
  draft.organisers.assign(spec.organisers().begin(), spec.organisers().end());
  for (const pb::DraftVault& vault : spec.vaults()) {
    draft.vaults.push_back({vault.name(),
                            vault.threshold(),
                            {vault.holders().begin(), vault.holders().end()},
                            vault.cooling_off_seconds(),
                            vault.request_lifetime_seconds(),
                            vault.denials_to_block()});
  }
  draft.witnesses.assign(spec.witnesses().begin(), spec.witnesses().end());
  return draft;
}

class CharterService final : public pb::CharterService::Service {
 public:
  explicit CharterService(Runtime* runtime) : runtime_(*runtime) {}

  grpc::Status CreateDraft(grpc::ServerContext*, const pb::CreateDraftRequest* request,
                           pb::Draft* response) override {
    return Show(runtime_.CreateDraft(ReadSpec(runtime_.keystore().name(), request->spec())),
                response);
  }

  grpc::Status GetDraft(grpc::ServerContext*, const pb::GetDraftRequest*,
                        pb::Draft* response) override {
    return Show(runtime_.GetDraft(), response);
  }

  grpc::Status SignDraft(grpc::ServerContext*, const pb::SignDraftRequest* request,
                         pb::Draft* response) override {
    auto digest = crypto::Digest::FromBytes(crypto::AsBytes(request->founding_digest()));
    if (!digest.has_value()) {
      return wire::ToGrpcStatus(base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_DIGEST",
                                                "that is not a charter's digest",
                                                "run: quorate organisation show"));
    }
    return Show(runtime_.SignDraft(*digest), response);
  }

  grpc::Status GetOrganisation(grpc::ServerContext*, const pb::GetOrganisationRequest*,
                               pb::Organisation* response) override {
    return Answer(
        runtime_.WithNode<pb::Organisation>(
            [](Node& node) -> absl::StatusOr<pb::Organisation> { return OrganisationView(node); }),
        response);
  }

 private:
  grpc::Status Show(const absl::StatusOr<DraftView>& view, pb::Draft* response) {
    if (!view.ok()) return wire::ToGrpcStatus(view.status());
    *response = DraftMessage(*view);
    return grpc::Status::OK;
  }

  Runtime& runtime_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeCharterService(Runtime* runtime) {
  return std::make_unique<CharterService>(runtime);
}

}  // namespace quorate::node
