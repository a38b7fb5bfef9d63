#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using absl::StatusCode;

class DraftsTest : public CustodianTest {
 protected:
  Drafts& drafts() { return custodian_->drafts(); }
  static crypto::PublicSigningKey Caller(uint8_t fill) {
    crypto::PublicSigningKey key;
    key.value.fill(fill);
    return key;
  }
  static std::string Id(uint8_t fill) { return std::string(32, static_cast<char>(fill)); }
  static pb::CreateDraftRequest Request(uint8_t fill) {
    pb::CreateDraftRequest request;
    request.set_draft_id(Id(fill));
    request.set_sealed("sealed");
    request.set_write_token_hash(Field(crypto::Sha256(crypto::ToBytes("token")).span()));
    return request;
  }
  static pb::PutCardRequest Card(uint8_t fill, const std::string& tag, const std::string& sealed) {
    pb::PutCardRequest request;
    request.set_draft_id(Id(fill));
    request.set_write_token("token");
    request.mutable_card()->set_tag(tag);
    request.mutable_card()->set_sealed(sealed);
    return request;
  }
  static pb::PutDocumentRequest Document(uint8_t fill, const std::string& name,
                                         const std::string& sealed, uint64_t expected) {
    pb::PutDocumentRequest request;
    request.set_draft_id(Id(fill));
    request.set_write_token("token");
    request.set_name(name);
    request.set_sealed(sealed);
    request.set_expected_version(expected);
    return request;
  }
  absl::StatusOr<pb::GetDraftResponse> Get(uint8_t fill) {
    return drafts().Get(crypto::AsBytes(Id(fill)));
  }
};

TEST_F(DraftsTest, KeepsADraftAndGivesItBack) {
  const auto created = drafts().Create(Request(1), Caller(1));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->server_certificate_digest(), Field(certificate_.span()));
  EXPECT_EQ(*drafts().PutCard(Card(1, "ana", "card")), 2u);
  ASSERT_EQ(Reopen(), absl::OkStatus());
  const auto draft = Get(1);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->sealed(), "sealed");
  EXPECT_EQ(draft->log_key(), created->log_key());
  EXPECT_EQ(draft->cards_size(), 1);
  EXPECT_EQ(draft->revision(), 2u);
}

TEST_F(DraftsTest, GivesEachDraftALogKeyOfItsOwn) {
  EXPECT_NE(drafts().Create(Request(1), Caller(1))->log_key(),
            drafts().Create(Request(2), Caller(1))->log_key());
}

TEST_F(DraftsTest, MakesTheSameDraftOnce) {
  const auto first = drafts().Create(Request(1), Caller(1));
  clock_.Advance(absl::Hours(1));
  const auto again = drafts().Create(Request(1), Caller(1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->expire_time_ms(), first->expire_time_ms());
  pb::CreateDraftRequest other = Request(1);
  other.set_sealed("other");
  EXPECT_EQ(Reason(drafts().Create(other, Caller(1))), "DRAFT_ID_USED");
}

TEST_F(DraftsTest, RefusesFieldsOfAnotherSize) {
  for (const auto& bend : std::vector<std::function<void(pb::CreateDraftRequest&)>>{
           [](auto& r) { r.set_draft_id("short"); },
           [](auto& r) { r.clear_sealed(); },
           [](auto& r) { r.set_sealed(std::string(512 * 1024 + 1, 'x')); },
           [](auto& r) { r.set_write_token_hash("short"); },
       }) {
    pb::CreateDraftRequest request = Request(1);
    bend(request);
    EXPECT_EQ(Reason(drafts().Create(request, Caller(1))), "MALFORMED");
  }
  EXPECT_EQ(Reason(drafts().Get(crypto::ToBytes("short"))), "MALFORMED");
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, "", "x"))), "MALFORMED");
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, std::string(65, 't'), "x"))), "MALFORMED");
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, "t", ""))), "MALFORMED");
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, "t", std::string(16385, 'x')))), "MALFORMED");
  for (const std::string& name : {std::string(), std::string(33, 'a'), std::string("A")}) {
    EXPECT_EQ(Reason(drafts().PutDocument(Document(1, name, "x", 0))), "MALFORMED");
  }
}

TEST_F(DraftsTest, BoundsDraftsOfOneCallerAndOfAll) {
  limits_.drafts_per_caller = 2;
  limits_.drafts = 3;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  EXPECT_TRUE(drafts().Create(Request(2), Caller(1)).ok());
  EXPECT_EQ(Reason(drafts().Create(Request(3), Caller(1))), "TOO_MANY_DRAFTS");
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Reason(drafts().Create(Request(3), Caller(1))), "TOO_MANY_DRAFTS");
  EXPECT_TRUE(drafts().Create(Request(3), Caller(2)).ok());
  EXPECT_EQ(Reason(drafts().Create(Request(4), Caller(3))), "TOO_MANY_DRAFTS");
  clock_.Advance(absl::Hours(24 * 30) + absl::Seconds(1));
  EXPECT_TRUE(drafts().Create(Request(4), Caller(3)).ok());
  EXPECT_EQ(sqlite_->ListDrafts()->size(), 1u);
}

TEST_F(DraftsTest, ForgetsADraftThatExpired) {
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  clock_.Advance(absl::Hours(24 * 30));
  EXPECT_TRUE(Get(1).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Reason(Get(1)), "NO_SUCH_DRAFT");
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, "t", "x"))), "NO_SUCH_DRAFT");
  ASSERT_TRUE(custodian_->Sweep().ok());
  EXPECT_EQ(drafts().count(), 0u);
  EXPECT_TRUE(sqlite_->ListDrafts()->empty());
}

TEST_F(DraftsTest, LetsOnlyThoseWriteWhoKnowTheLink) {
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  pb::PutCardRequest card = Card(1, "t", "x");
  card.set_write_token("other");
  EXPECT_EQ(Reason(drafts().PutCard(card)), "WRONG_WRITE_TOKEN");
  pb::PutDocumentRequest document = Document(1, "a", "x", 0);
  document.clear_write_token();
  EXPECT_EQ(Reason(drafts().PutDocument(document)), "WRONG_WRITE_TOKEN");
  EXPECT_EQ(Get(1)->revision(), 1u);
}

TEST_F(DraftsTest, LetsTheFirstCardOfATagLie) {
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  EXPECT_EQ(*drafts().PutCard(Card(1, "ana", "card")), 2u);
  EXPECT_EQ(*drafts().PutCard(Card(1, "ana", "card")), 2u);
  const auto refused = drafts().PutCard(Card(1, "ana", "other"));
  EXPECT_EQ(refused.status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Reason(refused), "CARD_TAKEN");
}

TEST_F(DraftsTest, ReplacesADocumentOnlyForWhoHasReadIt) {
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  EXPECT_EQ(Reason(drafts().PutDocument(Document(1, "a", "x", 1))), "DOCUMENT_CHANGED");
  EXPECT_EQ(drafts().PutDocument(Document(1, "a", "x", 0))->version(), 1u);
  const auto refused = drafts().PutDocument(Document(1, "a", "y", 0));
  EXPECT_EQ(refused.status().code(), StatusCode::kAborted);
  EXPECT_EQ(Reason(refused), "DOCUMENT_CHANGED");
  const auto replaced = drafts().PutDocument(Document(1, "a", "y", 1));
  EXPECT_EQ(replaced->version(), 2u);
  EXPECT_EQ(replaced->revision(), 3u);
  EXPECT_EQ(Get(1)->documents(0).sealed(), "y");
}

TEST_F(DraftsTest, BoundsCardsDocumentsAndBytesOfADraft) {
  ASSERT_TRUE(drafts().Create(Request(1), Caller(1)).ok());
  for (int i = 0; i < 8; ++i) {
    const std::string name = "d" + std::to_string(i);
    const std::string sealed(i < 7 ? 512 * 1024 : 1, 'x');
    ASSERT_TRUE(drafts().PutDocument(Document(1, name, sealed, 0)).ok());
  }
  EXPECT_EQ(Reason(drafts().PutDocument(Document(1, "d8", "x", 0))), "DRAFT_FULL");
  // Half a megabyte is left: a document of that size and its frame do not fit into it.
  EXPECT_EQ(Reason(drafts().PutDocument(Document(1, "d7", std::string(512 * 1024, 'x'), 1))),
            "DRAFT_FULL");
  for (int i = 0; i < 31; ++i) {
    ASSERT_TRUE(drafts().PutCard(Card(1, "c" + std::to_string(i), std::string(16384, 'x'))).ok());
  }
  EXPECT_EQ(Reason(drafts().PutCard(Card(1, "last", std::string(16384, 'x')))), "DRAFT_FULL");
  // What it refused is not there, and what is there can still be replaced.
  EXPECT_EQ(Get(1)->cards_size(), 31);
  EXPECT_TRUE(drafts().PutDocument(Document(1, "d0", "x", 1)).ok());

  ASSERT_TRUE(drafts().Create(Request(2), Caller(1)).ok());
  for (int i = 0; i < 512; ++i) {
    ASSERT_TRUE(drafts().PutCard(Card(2, std::to_string(i), "x")).ok());
  }
  EXPECT_EQ(Reason(drafts().PutCard(Card(2, "last", "x"))), "DRAFT_FULL");
}

}  // namespace
}  // namespace quorate::server::testing
