#include "tests/server/testing.h"

namespace quorate::server::testing {
namespace {

using crypto::Bytes;

class BlobsTest : public CustodianTest {
 protected:
  absl::Status Put(const Group& group, uint32_t sender, const std::vector<Bytes>& blobs) {
    std::vector<crypto::ByteSpan> spans(blobs.begin(), blobs.end());
    return custodian_->PutBlobs(group.id(), group.tls(sender), spans);
  }
  static ledger::BlobRef RefOf(const Bytes& blob) {
    return {crypto::Sha256(blob), static_cast<uint32_t>(blob.size())};
  }
  bool Has(const Group& group, const Bytes& blob) {
    return custodian_->GetBlob(group.id(), crypto::Sha256(blob))->has_value();
  }
};

TEST_F(BlobsTest, KeepsWhatAMemberPuts) {
  Group group = Founded();
  const Bytes blob(33 * 1024, 5);
  ASSERT_TRUE(Put(group, 1, {blob}).ok());
  ASSERT_TRUE(Put(group, 1, {blob}).ok());
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(**custodian_->GetBlob(group.id(), crypto::Sha256(blob)), blob);
}

TEST_F(BlobsTest, RefusesBlobsTooLargeEmptyOrTooMany) {
  Group group = Founded();
  const Bytes good(10, 1);
  EXPECT_EQ(Reason(Put(group, 1, {good, Bytes(33 * 1024 + 1, 1)})), "TOO_LARGE");
  EXPECT_EQ(Reason(Put(group, 1, {good, Bytes()})), "TOO_LARGE");
  EXPECT_EQ(Reason(Put(group, 1, std::vector<Bytes>(257, good))), "TOO_MANY");
  EXPECT_FALSE(Has(group, good));
}

TEST_F(BlobsTest, RefusesAStatementWhoseBlobsAreNotHere) {
  Group group = Founded();
  const Bytes blob(100, 1);
  const Submission statement = group.Say(1, {RefOf(blob)});
  EXPECT_EQ(Reason(custodian_->Append(group.id(), statement)), "BLOB_MISSING");
  ASSERT_TRUE(Put(group, 2, {blob}).ok());
  EXPECT_TRUE(custodian_->Append(group.id(), statement).ok());
  ledger::BlobRef wrong = RefOf(blob);
  wrong.length += 1;
  EXPECT_EQ(Reason(custodian_->Append(group.id(), group.Say(1, {wrong}))), "BLOB_MISSING");
}

TEST_F(BlobsTest, OneStatementWithoutItsBlobsDoesNotHoldUpItsBatch) {
  Group group = Founded();
  store_->Hold();
  Answer first;
  Answer bad;
  Answer good;
  custodian_->Append(group.id(), group.Say(), first.Done());
  ASSERT_TRUE(store_->AwaitHeld());
  custodian_->Append(group.id(), group.Say(1, {RefOf(Bytes(3, 3))}), bad.Done());
  custodian_->Append(group.id(), group.Say(), good.Done());
  store_->LetGo();
  EXPECT_EQ(Reason(bad.Wait()), "BLOB_MISSING");
  EXPECT_EQ(good.Wait()->index(), 2u);
}

TEST_F(BlobsTest, BoundsWhatASenderLeavesUnreferenced) {
  limits_.unreferenced_bytes_per_sender = 1000;
  ASSERT_EQ(Reopen(), absl::OkStatus());
  Group group = Founded();
  const Bytes large(900, 1);
  ASSERT_TRUE(Put(group, 1, {large}).ok());
  const absl::Status refused = Put(group, 1, {Bytes(101, 2)});
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(refused), "BLOB_QUOTA");
  EXPECT_TRUE(Put(group, 1, {Bytes(100, 3)}).ok());
  // Others have their own, and a restart forgets nothing.
  EXPECT_TRUE(Put(group, 2, {Bytes(900, 4)}).ok());
  ASSERT_EQ(Reopen(), absl::OkStatus());
  EXPECT_EQ(Reason(Put(group, 1, {Bytes(1, 5)})), "BLOB_QUOTA");

  ASSERT_TRUE(custodian_->Append(group.id(), group.Say(1, {RefOf(large)})).ok());
  EXPECT_TRUE(Put(group, 1, {Bytes(900, 6)}).ok());
}

TEST_F(BlobsTest, DropsAfterADayWhatNoStatementRefersTo) {
  Group group = Founded();
  const Bytes kept(10, 1);
  const Bytes old(10, 2);
  const Bytes young(10, 3);
  ASSERT_TRUE(Put(group, 1, {kept, old}).ok());
  ASSERT_TRUE(custodian_->Append(group.id(), group.Say(1, {RefOf(kept)})).ok());
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(Put(group, 1, {young}).ok());
  ASSERT_TRUE(custodian_->Sweep().ok());
  EXPECT_TRUE(Has(group, old));
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(custodian_->Sweep().ok());
  EXPECT_FALSE(Has(group, old));
  EXPECT_TRUE(Has(group, young));
  EXPECT_TRUE(Has(group, kept));
  EXPECT_EQ(Reason(custodian_->Append(group.id(), group.Say(1, {RefOf(old)}))), "BLOB_MISSING");
}

TEST_F(BlobsTest, DropsAnyNumberOfOldBlobs) {
  Group group = Founded();
  std::vector<Bytes> blobs;
  for (int i = 0; i < 200; ++i) blobs.push_back(crypto::ToBytes("blob " + std::to_string(i)));
  ASSERT_TRUE(Put(group, 1, blobs).ok());
  clock_.Advance(absl::Hours(25));
  ASSERT_TRUE(custodian_->Sweep().ok());
  EXPECT_EQ(*sqlite_->BlobBytes(group.id()), 0u);
}

}  // namespace
}  // namespace quorate::server::testing
