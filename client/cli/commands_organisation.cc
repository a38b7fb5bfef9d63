#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/charter_file.h"
#include "client/cli/commands.h"
#include "client/cli/dialogue.h"
#include "client/cli/dry_run.h"
#include "client/cli/exit_codes.h"
#include "client/cli/message_json.h"
#include "client/cli/views.h"
#include "custody/keystore/secret_file.h"

namespace quorate::cli {
namespace {

constexpr int kTries = 3;
constexpr size_t kWords = 12;
constexpr int kAskedWords = 3;

v1::DraftSpec ToMessage(const CharterSpec& spec) {
  v1::DraftSpec out;
  out.set_organisation(spec.organisation);
  out.set_governance_threshold(spec.governance_threshold);
  out.mutable_organisers()->Add(spec.organisers.begin(), spec.organisers.end());
  out.mutable_witnesses()->Add(spec.witnesses.begin(), spec.witnesses.end());
  for (const CharterVault& vault : spec.vaults) {
    v1::DraftVault& to = *out.add_vaults();
    to.set_name(vault.name);
    to.set_threshold(vault.threshold);
    to.mutable_holders()->Add(vault.holders.begin(), vault.holders.end());
    to.set_cooling_off_seconds(vault.cooling_off_seconds);
    to.set_request_lifetime_seconds(vault.request_lifetime_seconds);
    to.set_denials_to_block(vault.denials_to_block);
  }
  return out;
}

// A charter is not secret, but the reader is bounded and takes "-" alike.
absl::StatusOr<CharterSpec> ReadCharterFile(const std::string& file) {
  absl::StatusOr<crypto::Secret> content =
      file == "-" ? keystore::ReadSecretFd(0, kMaxCharterFileBytes)
                  : keystore::ReadSecretFile(file, kMaxCharterFileBytes);
  const std::string source = file == "-" ? "standard input" : Shown(file);
  if (!content.ok()) return AsLocalError(source, content.status());
  return ParseCharter(crypto::AsText(content->Reveal()), source);
}

absl::StatusOr<CharterSpec> AskForCharter(Context& context) {
  if (!context.terminal.interactive()) {
    return UsageError("a charter is needed, and nobody is here to be asked",
                      "give a file: quorate organisation draft charter.toml (its form: "
                      "quorate organisation draft --help)");
  }
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  QUORATE_ASSIGN_OR_RETURN(CharterSpec spec, AskCharter(context.terminal, status.person()));
  context.out.Remark("\n" + DescribeCharter(spec));
  return spec;
}

absl::Status CheckNoDraft(Context& context) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  if (status.phase() == "new") return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "HAS_ORGANISATION",
                         "this node has an organisation or a draft of one already",
                         "quorate organisation show");
}

void PrintDraft(Context& context, const v1::Draft& draft) {
  if (context.out.json()) {
    JsonOut json;
    WriteMessage(json, draft);
    context.out.PrintJson(json);
    return;
  }
  context.out.Print(DescribeDraft(draft));
}

std::vector<std::string> WordsOf(const v1::Draft& draft) {
  return std::vector<std::string>(draft.words().begin(), draft.words().end());
}

absl::Status CheckFrozen(const v1::Draft& draft) {
  if (draft.state() == "founded") {
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "ALREADY_FOUNDED",
                           "the organisation is founded; there is nothing left to sign",
                           "quorate status");
  }
  if (draft.state() != "frozen") {
    std::string missing;
    for (const std::string& name : draft.missing()) {
      missing += (missing.empty() ? "" : ", ") + Shown(name, 64);
    }
    return base::MakeError(absl::StatusCode::kFailedPrecondition, "NOT_ALL_JOINED",
                           missing.empty()
                               ? "the draft is not frozen yet"
                               : "the draft cannot be signed before these have joined: " + missing,
                           "send them the link: quorate organisation show");
  }
  const bool whole =
      draft.words_size() == kWords && draft.ask_positions_size() == kAskedWords &&
      !draft.founding_digest().empty() &&
      std::ranges::all_of(draft.ask_positions(), [](uint32_t at) { return at < kWords; });
  if (whole) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kDataLoss, "BAD_DRAFT",
                         "the node shows a draft without its twelve words",
                         "do not sign; restart the node and look again");
}

// The words come from another founder's mouth: whoever only copies the screen checks nothing.
absl::Status AskWords(Context& context, const v1::Draft& draft) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    bool right = true;
    for (const uint32_t position : draft.ask_positions()) {
      QUORATE_ASSIGN_OR_RETURN(
          std::string word,
          context.terminal.AskLine(absl::StrCat("Word ", position + 1, ", as they read it: ")));
      absl::AsciiStrToLower(&word);
      right = right && word == draft.words(static_cast<int>(position));
    }
    if (right) return absl::OkStatus();
    context.out.Remark("These are not the words of what you would sign.\n");
  }
  return base::MakeError(
      absl::StatusCode::kPermissionDenied, "WORDS_DIFFER",
      "the words differ: they read from another charter than the one that you would sign. Nothing "
      "was signed",
      "compare all twelve, by another way than this server; if they differ, draft anew");
}

absl::Status AskToSign(Context& context, const v1::Draft& draft) {
  if (!context.terminal.interactive()) {
    return UsageError("signing needs a person to type three words",
                      "run it in a terminal, or give --yes");
  }
  context.out.Remark(DescribeDraft(draft));
  context.out.Remark(
      "\nCall another organiser, not " + Shown(draft.author(), 64) +
      " who wrote the draft. They run `quorate organisation show` and read you three of\n"
      "their twelve words. Type what you hear.\n");
  QUORATE_RETURN_IF_ERROR(AskWords(context, draft));
  QUORATE_ASSIGN_OR_RETURN(
      bool yes, AskYesNo(context.terminal, "The words are the same. Sign this charter?", false));
  if (yes) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kUnknown, "DECLINED", "nothing was signed",
                         "quorate organisation sign, when you agree");
}

}  // namespace

absl::Status OrganisationDraft(Context& context, const DraftOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(CharterSpec spec, options.file.empty() ? AskForCharter(context)
                                                                  : ReadCharterFile(options.file));
  v1::CreateDraftRequest request;
  *request.mutable_spec() = ToMessage(spec);
  if (options.dry_run) {
    QUORATE_RETURN_IF_ERROR(CheckNoDraft(context));
    return PrintDryRun(context, DryDraft(request.spec()));
  }
  if (options.file.empty()) {
    QUORATE_ASSIGN_OR_RETURN(bool yes, AskYesNo(context.terminal, "Draft this?", true));
    if (!yes) {
      return base::MakeError(absl::StatusCode::kUnknown, "DECLINED", "nothing was drafted",
                             "run it again");
    }
  }
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  absl::StatusOr<v1::Draft> draft =
      WithUnlock(context, [&] { return context.node.CreateDraft(request); });
  if (!draft.ok()) return draft.status();
  PrintDraft(context, *draft);
  if (context.out.json()) return absl::OkStatus();
  context.out.Print(
      absl::StrCat("\nThe invite for the others. It opens the draft: send it to them "
                   "alone.\n\n  ",
                   Shown(draft->link(), 1000),
                   "\n\nEach runs:  quorate init --name NAME --server 'INVITE', then  "
                   "quorate node start\nThen all:   quorate organisation sign\n"));
  return absl::OkStatus();
}

absl::Status OrganisationShow(Context& context) {
  QUORATE_ASSIGN_OR_RETURN(v1::NodeStatus status, context.node.GetStatus({}));
  if (status.phase() == "new" || status.phase() == "draft") {
    QUORATE_ASSIGN_OR_RETURN(v1::Draft draft, context.node.GetDraft({}));
    PrintDraft(context, draft);
    if (context.out.json()) return absl::OkStatus();
    if (draft.words_size() > 0) {
      context.out.Print("  The words of what is to be signed:\n" + NumberedWords(WordsOf(draft)));
    }
    if (!draft.link().empty()) {
      context.out.Print("  The invite for the others:\n  " + Shown(draft.link(), 1000) + "\n");
    }
    return absl::OkStatus();
  }
  QUORATE_ASSIGN_OR_RETURN(v1::Organisation organisation, context.node.GetOrganisation({}));
  if (!context.out.json()) {
    context.out.Print(DescribeOrganisation(organisation));
    return absl::OkStatus();
  }
  JsonOut json;
  json.BeginObject();
  json.Member("state", "founded");
  WriteMembers(json, organisation);
  json.EndObject();
  context.out.PrintJson(json);
  return absl::OkStatus();
}

absl::Status OrganisationSign(Context& context, const SignOptions& options) {
  QUORATE_ASSIGN_OR_RETURN(v1::Draft draft, context.node.GetDraft({}));
  QUORATE_RETURN_IF_ERROR(CheckFrozen(draft));
  if (options.dry_run) return PrintDryRun(context, DrySign(draft));
  if (options.yes) {
    context.out.Remark("Signing what these words stand for:\n" + NumberedWords(WordsOf(draft)));
  } else {
    QUORATE_RETURN_IF_ERROR(AskToSign(context, draft));
  }
  QUORATE_RETURN_IF_ERROR(UnlockIfGiven(context, options.passphrase_file));
  v1::SignDraftRequest request;
  request.set_founding_digest(draft.founding_digest());
  absl::StatusOr<v1::Draft> now =
      WithUnlock(context, [&] { return context.node.SignDraft(request); });
  if (!now.ok()) return now.status();
  PrintDraft(context, *now);
  return absl::OkStatus();
}

}  // namespace quorate::cli
