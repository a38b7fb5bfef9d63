#ifndef QUORATE_CUSTODY_STORE_SQLITE_STORE_H_
#define QUORATE_CUSTODY_STORE_SQLITE_STORE_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custody/store/database.h"
#include "custody/store/store.h"

namespace quorate::store {

// The Store on one SQLite file that this process alone has open.
class SqliteStore final : public Store {
 public:
  // Opens or makes the file. Errors: see Database.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(
      const std::string& path, const Database::Options& options = {});

  [[nodiscard]] absl::StatusOr<std::vector<OrganisationRecord>> Organisations() override;
  [[nodiscard]] absl::Status CreateOrganisation(const ledger::OrganisationId& id,
                                                crypto::ByteSpan record) override;
  [[nodiscard]] absl::Status UpdateOrganisation(const ledger::OrganisationId& id,
                                                crypto::ByteSpan record) override;
  [[nodiscard]] absl::StatusOr<AppendBatchResult> Append(const ledger::OrganisationId& organisation,
                                                         std::span<const NewEntry> entries,
                                                         std::string_view checkpoint) override;
  [[nodiscard]] absl::StatusOr<std::optional<uint64_t>> FindStatement(
      const ledger::OrganisationId& organisation, ledger::OrganiserNumber author,
      const ledger::StatementId& statement_id) override;
  [[nodiscard]] absl::StatusOr<std::vector<StoredEntry>> ReadEntries(
      const ledger::OrganisationId& organisation, uint64_t start, uint64_t max_count,
      uint64_t max_bytes) override;
  [[nodiscard]] absl::StatusOr<uint64_t> Size(const ledger::OrganisationId& organisation) override;
  [[nodiscard]] absl::StatusOr<uint64_t> AuthorBytes(const ledger::OrganisationId& organisation,
                                                     ledger::OrganiserNumber author) override;
  [[nodiscard]] absl::StatusOr<log::Tree> LoadTree(
      const ledger::OrganisationId& organisation) override;
  [[nodiscard]] absl::StatusOr<std::optional<std::string>> LatestCheckpoint(
      const ledger::OrganisationId& organisation) override;
  [[nodiscard]] absl::Status ReplaceCheckpoint(const ledger::OrganisationId& organisation,
                                               std::string_view checkpoint) override;
  [[nodiscard]] absl::Status EraseBody(const ledger::OrganisationId& organisation,
                                       uint64_t index) override;
  [[nodiscard]] absl::Status PutBlobs(const ledger::OrganisationId& organisation,
                                      crypto::ByteSpan sender, uint64_t time_ms,
                                      std::span<const crypto::ByteSpan> blobs) override;
  [[nodiscard]] absl::StatusOr<uint64_t> UnreferencedBytes(crypto::ByteSpan sender) override;
  [[nodiscard]] absl::StatusOr<uint64_t> DropUnreferencedBlobs(uint64_t time_ms,
                                                               uint64_t max_count) override;
  [[nodiscard]] absl::StatusOr<std::optional<crypto::Bytes>> GetBlob(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest) override;
  [[nodiscard]] absl::StatusOr<std::optional<uint64_t>> BlobLength(
      const ledger::OrganisationId& organisation, const crypto::Digest& digest) override;
  [[nodiscard]] absl::Status DeleteBlob(const ledger::OrganisationId& organisation,
                                        const crypto::Digest& digest) override;
  [[nodiscard]] absl::StatusOr<uint64_t> BlobBytes(
      const ledger::OrganisationId& organisation) override;
  [[nodiscard]] absl::Status PutDraft(crypto::ByteSpan id, crypto::ByteSpan bytes) override;
  [[nodiscard]] absl::StatusOr<std::optional<crypto::Bytes>> GetDraft(crypto::ByteSpan id) override;
  [[nodiscard]] absl::Status DeleteDraft(crypto::ByteSpan id) override;
  [[nodiscard]] absl::StatusOr<std::vector<crypto::Bytes>> ListDrafts() override;
  [[nodiscard]] absl::Status PutServerValue(const std::string& key,
                                            crypto::ByteSpan value) override;
  [[nodiscard]] absl::StatusOr<std::optional<crypto::Bytes>> GetServerValue(
      const std::string& key) override;
  using Store::Backup;
  [[nodiscard]] absl::Status Backup(const std::string& path, const Progress& progress) override;
  [[nodiscard]] absl::Status Check() override;

 private:
  explicit SqliteStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // All of these with mutex_ held. RowOf gives the row number of an organisation.
  absl::StatusOr<uint64_t> RowOf(const ledger::OrganisationId& id);
  absl::StatusOr<std::vector<OrganisationRecord>> ReadOrganisations();
  absl::StatusOr<uint64_t> SizeOfRow(uint64_t row);
  absl::StatusOr<log::Tree> TreeOfRow(uint64_t row);
  absl::StatusOr<std::optional<std::string>> CheckpointOfRow(uint64_t row);
  absl::Status WriteCheckpoint(uint64_t row, std::string_view checkpoint);
  absl::Status InsertEntry(uint64_t row, uint64_t index, const NewEntry& entry);
  absl::Status CheckLog(const ledger::OrganisationId& id);
  absl::Status InsertBlob(uint64_t row, crypto::ByteSpan sender, uint64_t time_ms,
                          crypto::ByteSpan blob);
  absl::Status MarkReferenced(uint64_t row, const crypto::Digest& digest);
  absl::Status DeleteBlobOfRow(uint64_t row, const crypto::Digest& digest);
  absl::Status CheckBlobs();

  std::mutex mutex_;  // Guards the database.
  const std::unique_ptr<Database> database_;
};

}  // namespace quorate::store

#endif  // QUORATE_CUSTODY_STORE_SQLITE_STORE_H_
