#include "tests/server/testing.h"

#include <utility>

#include "custody/ledger/queries.h"
#include "custody/wire/statement.h"

namespace quorate::server::testing {

using replica::testing::Must;
using replica::testing::TestLog;

Group::Group(Custodian& custodian, uint64_t seed)
    : seed_(seed), draft_id_(crypto::Sha256(crypto::ToBytes("draft " + std::to_string(seed)))) {
  pb::CreateDraftRequest request;
  request.set_draft_id(Field(draft_id_.span()));
  request.set_sealed("sealed");
  request.set_write_token_hash(Field(crypto::Sha256(crypto::AsBytes(token())).span()));
  crypto::PublicSigningKey creator;
  creator.value[0] = static_cast<uint8_t>(seed);
  draft_ = Must(custodian.drafts().Create(request, creator));
  log_ = std::make_unique<TestLog>(seed, [this](ledger::Charter& charter) {
    charter.salt = draft_id_;
    charter.log_key = *crypto::PublicSigningKey::FromBytes(crypto::AsBytes(draft_.log_key()));
    charter.server_certificate_digest =
        *crypto::Digest::FromBytes(crypto::AsBytes(draft_.server_certificate_digest()));
  });
  founding_ = RequestOf(*log_, draft_id_, token());
}

pb::FoundRequest Group::RequestOf(TestLog& log, const crypto::Digest& draft_id,
                                  const std::string& token) {
  const wire::SignedStatement statement = log.Found();
  pb::FoundRequest request;
  request.set_draft_id(Field(draft_id.span()));
  request.set_write_token(token);
  request.set_organisation(Field(log.organisation().span()));
  request.set_header(Field(statement.header));
  request.set_signature(Field(statement.signature.span()));
  if (statement.device_signature.has_value()) {
    request.set_device_signature(Field(statement.device_signature->span()));
  }
  request.set_body(Field(statement.body));
  return request;
}

pb::FoundRequest Group::FoundingWith(const std::function<void(ledger::Charter&)>& bend) const {
  TestLog log(seed_, [&](ledger::Charter& charter) {
    charter.salt = draft_id_;
    charter.log_key = *crypto::PublicSigningKey::FromBytes(crypto::AsBytes(draft_.log_key()));
    charter.server_certificate_digest =
        *crypto::Digest::FromBytes(crypto::AsBytes(draft_.server_certificate_digest()));
    bend(charter);
  });
  return RequestOf(log, draft_id_, token());
}

Submission Group::Say(uint32_t author, std::vector<ledger::BlobRef> blobs) {
  return SubmissionOf(log_->Sign(author, log_->NextStatement(), std::move(blobs)));
}

Submission Group::SayLarge(size_t bytes, bool with_device) {
  ledger::Header header;
  header.organisation = id();
  header.charter_version = 1;
  header.rules_version = ledger::kRulesVersion;
  header.author.value = 1;
  ++large_;
  for (size_t i = 0; i < 4; ++i) {
    header.statement_id.value[i] = static_cast<uint8_t>(large_ >> 8 * i);
  }
  Submission submission;
  submission.body.assign(bytes, static_cast<uint8_t>(large_));
  header.body_digest = crypto::Sha256(submission.body);
  header.body_length = static_cast<uint32_t>(submission.body.size());
  submission.header = wire::EncodeHeader(header);
  submission.signature = log_->signing_key(1).Sign(ledger::kStatementLabel, submission.header);
  if (with_device) {
    submission.device_signature =
        log_->device_key(1).Sign(ledger::kStatementDeviceLabel, submission.header);
  }
  return submission;
}

absl::Status CustodianTest::Open() {
  auto opened = store::SqliteStore::Open(Path());
  if (!opened.ok()) return opened.status();
  sqlite_ = *std::move(opened);
  store_ = std::make_unique<FaultyStore>(sqlite_.get());
  auto custodian = Custodian::Open({store_.get(), &clock_, LogSeed(), certificate_, limits_});
  if (!custodian.ok()) {
    Close();
    return custodian.status();
  }
  custodian_ = *std::move(custodian);
  return absl::OkStatus();
}

void CustodianTest::Close() {
  custodian_.reset();
  store_.reset();
  sqlite_.reset();
}

Group CustodianTest::Founded(uint64_t seed) {
  Group group(*custodian_, seed);
  const auto founded = group.Found(*custodian_);
  EXPECT_TRUE(founded.ok()) << founded.status();
  return group;
}

}  // namespace quorate::server::testing
