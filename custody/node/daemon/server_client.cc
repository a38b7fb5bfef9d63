#include "custody/node/daemon/server_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "crypto/passphrase.h"
#include "crypto/transcript.h"
#include "custody/base/error_info.h"
#include "custody/base/status_macros.h"
#include "custody/node/daemon/open_calls.h"
#include "custody/wire/grpc_status.h"
#include "quorate/log/v1/log.grpc.pb.h"

namespace quorate::node {
namespace {

namespace pb = ::quorate::log::v1;

constexpr size_t kBlobsPerCall = 200;
constexpr char kFoundingName[] = "charter";

std::string Field(crypto::ByteSpan bytes) { return crypto::AsString(bytes); }

crypto::Digest DraftDigest(const net::DraftLink& link) {
  return crypto::Digest{link.draft_id.value};
}

// Keys of a draft, all from the secret in its link.
crypto::Secret DraftKey(const net::DraftLink& link) {
  crypto::Transcript info("quorate/draft-key/v1");
  info.AppendDigest(DraftDigest(link));
  return crypto::DeriveKey(link.secret, info, 32);
}

crypto::Bytes WriteToken(const net::DraftLink& link) {
  crypto::Transcript info("quorate/draft-write-token/v1");
  info.AppendDigest(DraftDigest(link));
  const crypto::Secret token = crypto::DeriveKey(link.secret, info, 32);
  return crypto::Bytes(token.Reveal().begin(), token.Reveal().end());
}

// What a sealed document is bound to: its draft, its sort and (cards, signatures) whose it is.
crypto::Bytes DocumentAad(const net::DraftLink& link, std::string_view sort,
                          crypto::ByteSpan tag = {}) {
  crypto::Transcript transcript("quorate/draft-document/v1");
  transcript.AppendDigest(DraftDigest(link)).AppendText(sort).Append(tag);
  return transcript.encoding();
}

// Says nothing of the name to who does not know the link.
crypto::Bytes Tag(const net::DraftLink& link, std::string_view sort, std::string_view name) {
  crypto::Transcript info("quorate/draft-tag/v1");
  info.AppendDigest(DraftDigest(link)).AppendText(sort).AppendText(name);
  const crypto::Secret tag = crypto::DeriveKey(link.secret, info, 32);
  return crypto::Bytes(tag.Reveal().begin(), tag.Reveal().end());
}

std::string Sealed(const net::DraftLink& link, std::string_view sort, crypto::ByteSpan tag,
                   crypto::ByteSpan plain, crypto::RandomSource& random) {
  return Field(crypto::SealUnder(DraftKey(link), DocumentAad(link, sort, tag), plain, random));
}

absl::StatusOr<crypto::Bytes> Opened(const net::DraftLink& link, std::string_view sort,
                                     crypto::ByteSpan tag, const std::string& sealed) {
  QUORATE_ASSIGN_OR_RETURN(
      crypto::Secret plain,
      crypto::OpenUnder(DraftKey(link), DocumentAad(link, sort, tag), crypto::AsBytes(sealed)));
  return crypto::Bytes(plain.Reveal().begin(), plain.Reveal().end());
}

absl::StatusOr<ServerKeys> ReadServerKeys(const std::string& log_key,
                                          const std::string& certificate_digest) {
  auto key = crypto::PublicSigningKey::FromBytes(crypto::AsBytes(log_key));
  auto digest = crypto::Digest::FromBytes(crypto::AsBytes(certificate_digest));
  if (!key.has_value() || !digest.has_value()) {
    return base::MakeError(absl::StatusCode::kInvalidArgument, "BAD_ANSWER",
                           "the server's answer is malformed", "tell whoever runs the server");
  }
  return ServerKeys{*key, *digest};
}

LogAdvanced ReadEntries(google::protobuf::RepeatedPtrField<pb::Entry>& entries,
                        const std::string& checkpoint) {
  LogAdvanced out;
  out.checkpoint_note = crypto::ToBytes(checkpoint);
  out.entries.reserve(static_cast<size_t>(entries.size()));
  for (const pb::Entry& entry : entries) {
    out.entries.push_back({crypto::ToBytes(entry.leaf()), crypto::ToBytes(entry.body())});
  }
  return out;
}

}  // namespace

struct ServerClient::Impl {
  std::unique_ptr<net::ServerChannel> channel;
  std::unique_ptr<pb::Log::Stub> log;
  std::unique_ptr<pb::Blob::Stub> blob;
  std::unique_ptr<pb::Founding::Stub> founding;
  std::unique_ptr<pb::Status::Stub> status;
  OpenCalls calls;

  // The cards that CheckCard has passed, by name: a draft is read again at each of its changes, and
  // to check a hundred cards anew each time kept a hundred machines busy for minutes.
  absl::Mutex mutex;
  net::DraftId cards_of ABSL_GUARDED_BY(mutex);
  std::map<std::string, crypto::Bytes> good_cards ABSL_GUARDED_BY(mutex);

  explicit Impl(const base::Clock* clock) : calls(clock) {}

  bool IsGood(const net::DraftLink& link, const std::string& name, const crypto::Bytes& bytes,
              const wire::Card& card) {
    {
      absl::MutexLock lock(&mutex);
      if (cards_of != link.draft_id) good_cards.clear();
      cards_of = link.draft_id;
      if (auto known = good_cards.find(name); known != good_cards.end() && known->second == bytes) {
        return true;
      }
    }
    if (!CheckCard(DraftDigest(link), name, card).ok()) return false;
    absl::MutexLock lock(&mutex);
    if (cards_of == link.draft_id) good_cards[name] = bytes;
    return true;
  }

  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    net::SetDeadline(context);
    const auto call = calls.Add([&context] { context.TryCancel(); });
    if (call == nullptr) return absl::CancelledError("stopping");
    return channel->ToStatus((stub.*method)(&context, request, &response));
  }

  // Reads a stream to its end. `take` gets each message and says whether to go on.
  template <typename Message, typename Open>
  absl::Status Read(Open open, const std::function<bool(Message&)>& take) {
    grpc::ClientContext context;
    const auto call = calls.Add([&context] { context.TryCancel(); }, net::kStreamSilenceLimit);
    if (call == nullptr) return absl::CancelledError("stopping");
    auto reader = open(&context);
    Message message;
    while (reader->Read(&message)) {
      call->Busy();
      if (!take(message)) {
        context.TryCancel();
        break;
      }
      call->Heard();
    }
    return channel->ToStatus(reader->Finish());
  }
};

ServerClient::ServerClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ServerClient::~ServerClient() = default;

absl::StatusOr<std::unique_ptr<ServerClient>> ServerClient::Create(const net::Invite& invite,
                                                                   const crypto::SigningKey& tls,
                                                                   const base::Clock* clock) {
  QUORATE_ASSIGN_OR_RETURN(net::Certificate own, net::Certificate::Create(tls));
  auto impl = std::make_unique<Impl>(clock);
  QUORATE_ASSIGN_OR_RETURN(
      impl->channel,
      net::ServerChannel::Create(invite.endpoint, invite.server_certificate_digest, own));
  impl->log = pb::Log::NewStub(impl->channel->channel());
  impl->blob = pb::Blob::NewStub(impl->channel->channel());
  impl->founding = pb::Founding::NewStub(impl->channel->channel());
  impl->status = pb::Status::NewStub(impl->channel->channel());
  return std::unique_ptr<ServerClient>(new ServerClient(std::move(impl)));
}

absl::StatusOr<ServerKeys> ServerClient::CreateDraft(const net::DraftLink& link,
                                                     const wire::Draft& draft,
                                                     crypto::RandomSource& random) {
  pb::CreateDraftRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  request.set_sealed(Sealed(link, "draft", {}, wire::EncodeDraft(draft), random));
  request.set_write_token_hash(Field(crypto::Sha256(WriteToken(link)).span()));
  pb::CreateDraftResponse response;
  QUORATE_RETURN_IF_ERROR(
      impl_->Call(*impl_->founding, &pb::Founding::Stub::CreateDraft, request, response));
  return ReadServerKeys(response.log_key(), response.server_certificate_digest());
}

absl::StatusOr<DraftOnServer> ServerClient::GetDraft(const net::DraftLink& link) {
  pb::GetDraftRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  pb::GetDraftResponse response;
  QUORATE_RETURN_IF_ERROR(
      impl_->Call(*impl_->founding, &pb::Founding::Stub::GetDraft, request, response));
  DraftOnServer out;
  QUORATE_ASSIGN_OR_RETURN(crypto::Bytes draft, Opened(link, "draft", {}, response.sealed()));
  QUORATE_ASSIGN_OR_RETURN(out.draft, wire::DecodeDraft(draft));
  QUORATE_ASSIGN_OR_RETURN(out.draft, CheckDraft(std::move(out.draft)));
  QUORATE_ASSIGN_OR_RETURN(
      out.server, ReadServerKeys(response.log_key(), response.server_certificate_digest()));
  out.revision = response.revision();
  out.organisation = ledger::OrganisationId::FromBytes(crypto::AsBytes(response.organisation()));

  std::map<crypto::Bytes, const pb::DraftCard*> by_tag;
  for (const pb::DraftCard& card : response.cards()) {
    by_tag.emplace(crypto::ToBytes(card.tag()), &card);
  }
  uint32_t number = 0;
  for (const std::string& name : out.draft.organisers) {
    ++number;
    const crypto::Bytes card_tag = Tag(link, "card", name);
    if (auto found = by_tag.find(card_tag); found != by_tag.end()) {
      auto bytes = Opened(link, "card", card_tag, found->second->sealed());
      auto card = bytes.ok() ? wire::DecodeCard(*bytes) : bytes.status();
      if (card.ok() && impl_->IsGood(link, name, *bytes, *card)) {
        out.cards.emplace(name, *std::move(card));
      }
    }
    const crypto::Bytes signature_tag = Tag(link, "signature", std::to_string(number));
    if (auto found = by_tag.find(signature_tag); found != by_tag.end()) {
      auto bytes = Opened(link, "signature", signature_tag, found->second->sealed());
      auto signature = bytes.ok() ? wire::DecodeFounderSignature(*bytes) : bytes.status();
      if (signature.ok() && signature->organiser.value == number) {
        out.signatures.push_back(*signature);
      }
    }
  }
  for (const pb::DraftDocument& document : response.documents()) {
    if (document.name() != kFoundingName) continue;
    QUORATE_ASSIGN_OR_RETURN(crypto::Bytes bytes,
                             Opened(link, kFoundingName, {}, document.sealed()));
    QUORATE_ASSIGN_OR_RETURN(out.founding, wire::DecodeFounding(bytes));
  }
  return out;
}

absl::Status ServerClient::PutCard(const net::DraftLink& link, const wire::Card& card,
                                   crypto::RandomSource& random) {
  pb::PutCardRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  request.set_write_token(Field(WriteToken(link)));
  const crypto::Bytes tag = Tag(link, "card", card.name);
  request.mutable_card()->set_tag(Field(tag));
  request.mutable_card()->set_sealed(Sealed(link, "card", tag, wire::EncodeCard(card), random));
  pb::PutCardResponse response;
  return impl_->Call(*impl_->founding, &pb::Founding::Stub::PutCard, request, response);
}

absl::Status ServerClient::PutSignature(const net::DraftLink& link,
                                        const ledger::Endorsement& endorsement,
                                        crypto::RandomSource& random) {
  pb::PutCardRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  request.set_write_token(Field(WriteToken(link)));
  const crypto::Bytes tag = Tag(link, "signature", std::to_string(endorsement.organiser.value));
  request.mutable_card()->set_tag(Field(tag));
  request.mutable_card()->set_sealed(
      Sealed(link, "signature", tag, wire::EncodeFounderSignature(endorsement), random));
  pb::PutCardResponse response;
  return impl_->Call(*impl_->founding, &pb::Founding::Stub::PutCard, request, response);
}

absl::Status ServerClient::PutFounding(const net::DraftLink& link,
                                       const wire::FoundingDocument& founding,
                                       crypto::RandomSource& random) {
  pb::PutDocumentRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  request.set_write_token(Field(WriteToken(link)));
  request.set_name(kFoundingName);
  request.set_sealed(Sealed(link, kFoundingName, {}, wire::EncodeFounding(founding), random));
  request.set_expected_version(0);
  pb::PutDocumentResponse response;
  return impl_->Call(*impl_->founding, &pb::Founding::Stub::PutDocument, request, response);
}

absl::Status ServerClient::Found(const net::DraftLink& link,
                                 const ledger::OrganisationId& organisation,
                                 const wire::SignedStatement& statement) {
  pb::FoundRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  request.set_write_token(Field(WriteToken(link)));
  request.set_organisation(Field(organisation.span()));
  request.set_header(Field(statement.header));
  request.set_signature(Field(statement.signature.span()));
  if (statement.device_signature.has_value()) {
    request.set_device_signature(Field(statement.device_signature->span()));
  }
  request.set_body(Field(statement.body));
  pb::AppendResponse response;
  return impl_->Call(*impl_->founding, &pb::Founding::Stub::Found, request, response);
}

absl::Status ServerClient::WatchDraft(const net::DraftLink& link,
                                      const std::function<bool()>& changed) {
  pb::WatchDraftRequest request;
  request.set_draft_id(Field(link.draft_id.span()));
  return impl_->Read<pb::WatchDraftResponse>(
      [&](grpc::ClientContext* context) { return impl_->founding->WatchDraft(context, request); },
      [&](pb::WatchDraftResponse&) { return changed(); });
}

absl::Status ServerClient::Append(const ledger::OrganisationId& organisation,
                                  const Submit& submit) {
  for (size_t from = 0; from < submit.blobs.size(); from += kBlobsPerCall) {
    pb::PutBlobsRequest request;
    request.set_organisation(Field(organisation.span()));
    const size_t to = std::min(submit.blobs.size(), from + kBlobsPerCall);
    for (size_t i = from; i < to; ++i) request.add_blobs(Field(submit.blobs[i]));
    pb::PutBlobsResponse response;
    QUORATE_RETURN_IF_ERROR(
        impl_->Call(*impl_->blob, &pb::Blob::Stub::PutBlobs, request, response));
  }
  pb::AppendRequest request;
  request.set_organisation(Field(organisation.span()));
  request.set_header(Field(submit.statement.header));
  request.set_signature(Field(submit.statement.signature.span()));
  if (submit.statement.device_signature.has_value()) {
    request.set_device_signature(Field(submit.statement.device_signature->span()));
  }
  request.set_body(Field(submit.statement.body));
  // The answer is not looked at: what counts is the entry in the replica, which is verified.
  pb::AppendResponse response;
  return impl_->Call(*impl_->log, &pb::Log::Stub::Append, request, response);
}

absl::StatusOr<std::vector<crypto::Bytes>> ServerClient::GetBlobs(
    const ledger::OrganisationId& organisation, std::span<const crypto::Digest> digests) {
  std::vector<crypto::Bytes> blobs;
  for (size_t from = 0; from < digests.size(); from += kBlobsPerCall) {
    pb::GetBlobsRequest request;
    request.set_organisation(Field(organisation.span()));
    const size_t to = std::min(digests.size(), from + kBlobsPerCall);
    for (size_t i = from; i < to; ++i) request.add_digests(Field(digests[i].span()));
    pb::GetBlobsResponse response;
    QUORATE_RETURN_IF_ERROR(
        impl_->Call(*impl_->blob, &pb::Blob::Stub::GetBlobs, request, response));
    for (const pb::BlobContent& blob : response.blobs()) {
      if (!blob.content().empty()) blobs.push_back(crypto::ToBytes(blob.content()));
    }
  }
  return blobs;
}

absl::StatusOr<LogAdvanced> ServerClient::GetEntries(const ledger::OrganisationId& organisation,
                                                     uint64_t start) {
  pb::GetEntriesRequest request;
  request.set_organisation(Field(organisation.span()));
  request.set_start(start);
  pb::GetEntriesResponse response;
  QUORATE_RETURN_IF_ERROR(impl_->Call(*impl_->log, &pb::Log::Stub::GetEntries, request, response));
  return ReadEntries(*response.mutable_entries(), response.checkpoint());
}

absl::Status ServerClient::Watch(const ledger::OrganisationId& organisation, uint64_t start,
                                 const std::function<bool(LogAdvanced)>& take) {
  pb::WatchRequest request;
  request.set_organisation(Field(organisation.span()));
  request.set_start(start);
  uint64_t next = start;
  return impl_->Read<pb::WatchResponse>(
      [&](grpc::ClientContext* context) { return impl_->log->Watch(context, request); },
      [&](pb::WatchResponse& response) {
        // A gap, or entries once more: the stream is of no use, another one is opened.
        if (!response.entries().empty() && response.start() != next) return false;
        next += static_cast<uint64_t>(response.entries_size());
        return take(ReadEntries(*response.mutable_entries(), response.checkpoint()));
      });
}

absl::StatusOr<int64_t> ServerClient::ServerTime() {
  pb::GetStatusRequest request;
  pb::GetStatusResponse response;
  QUORATE_RETURN_IF_ERROR(
      impl_->Call(*impl_->status, &pb::Status::Stub::GetStatus, request, response));
  return response.time_ms();
}

void ServerClient::EndSilentStreams() { impl_->calls.EndSilent(); }
void ServerClient::EndStreams() { impl_->calls.EndStreams(); }
void ServerClient::Cancel() { impl_->calls.EndAll(); }

}  // namespace quorate::node
