#include "client/audit/seen_heads.h"

#include <utility>

#include "custody/base/error_info.h"
#include "custody/base/files.h"
#include "custody/base/status_macros.h"
#include "custody/log/note.h"

namespace quorate::audit {

absl::StatusOr<std::optional<SeenHead>> HeadOfNode(const node::v1::NodeStatus& status,
                                                   const Trust& trust) {
  if (status.log_size() == 0) return std::optional<SeenHead>();
  if (status.organisation_id() != crypto::Hex(trust.organisation.span())) {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "OTHER_ORGANISATION",
                           "the node that runs here belongs to another organisation",
                           "stop it, and start this home's own");
  }
  const std::optional<crypto::Bytes> bytes = crypto::FromHex(status.log_root());
  const std::optional<crypto::Digest> root =
      bytes.has_value() ? crypto::Digest::FromBytes(*bytes) : std::nullopt;
  if (!root.has_value()) {
    return base::MakeError(absl::StatusCode::kInternal, "BAD_ANSWER",
                           "the node's answer is malformed", "upgrade both programs together");
  }
  return SeenHead{{status.log_size(), *root}, "your node"};
}

absl::StatusOr<std::optional<SeenHead>> ReadRecordedHead(const std::string& path,
                                                         const Trust& trust) {
  const absl::StatusOr<crypto::Bytes> note = base::ReadFile(path, log::kMaxNoteBytes);
  if (absl::IsNotFound(note.status())) return std::optional<SeenHead>();
  if (!note.ok()) return note.status();
  const absl::StatusOr<TreeHead> head = OpenHead(trust, *note);
  if (!head.ok()) {
    return base::MakeError(absl::StatusCode::kDataLoss, "RECORD_DAMAGED",
                           "the checkpoint recorded by the last audit is damaged",
                           "remove " + path + " and go on without it");
  }
  return SeenHead{*head, "the last audit in this home"};
}

absl::Status RecordHead(const std::string& path, const Trust& trust, crypto::ByteSpan note) {
  QUORATE_ASSIGN_OR_RETURN(const TreeHead head, OpenHead(trust, note));
  const absl::StatusOr<std::optional<SeenHead>> before = ReadRecordedHead(path, trust);
  if (before.ok() && before->has_value() && (*before)->head.size >= head.size) {
    return absl::OkStatus();
  }
  return base::WriteFileAtomically(path, note);
}

}  // namespace quorate::audit
