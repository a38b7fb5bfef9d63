#include "client/cli/help_text.h"

namespace quorate::cli {

const char kMainHelp[] = R"(
No single person can open an account that is kept here: a login is rebuilt only when enough holders
of its vault approve one request, and every step stands on a log that nobody can rewrite.

A day with it:
  quorate status                                          what needs you, and the next command
  quorate request mastodon --reason 'reply to the press'  ask; the others are told
  quorate approve 3fa81b22c9                              say yes, after reading it
  quorate open 3fa81b22c9 --wait                          see it once the quorum is there

A beginning:
  quorate init --name ana --server 'quorate://…#…'        your keys; the invite comes from the server
  quorate node start                                      your node, in the background
  quorate organisation draft charter.toml                 one of you; sends the link to the others
  quorate organisation sign                               all of you, on the phone with each other

Files lie in --home, else $QUORATE_HOME, else $XDG_DATA_HOME/quorate, else ~/.local/share/quorate.
--dry-run, at whatever is logged, says what would be signed, who sees it and what it counts for.
Every command takes --json: one value on standard output, {code, reason, message, next} on standard
error. --json and --home may stand before or after the command.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by policy or not yet allowed, 4 node or
server unreachable, 5 integrity (something is not what was signed), 6 incomplete, 130 interrupted.)";

const char kInitHelp[] = R"(
Makes your keys on this machine. --server is the invite of the server (its administrator has it), or
the link of a draft that another organiser sent you. The name is how the others see you.

The passphrase is asked for twice, or read from --passphrase-file (one line; a pipe such as <(…) will
do). It protects your signing key and your key shares. Nobody can reset it: forgotten, your shares
are gone for good; the others go on as long as there are enough of them. Nothing leaves this machine
yet: your name and public keys go to whoever has the draft's link once your node runs. At a terminal
it offers to make your paper kit, which brings back reading and denying; --no-kit does not. See:
quorate backup --help.

  quorate init --name ana --server 'quorate://logs.example.org:7443#…'

--argon2id-passes and --argon2id-memory-kib say what a guess at the passphrase costs. The default is
right for people; less is for tests only.)";

const char kBackupHelp[] = R"(
Your paper kit: one sheet with your keys as 28 words, and what else `quorate restore` needs. It brings
back reading the log, denying, withdrawing and raising alarms. It brings back no share and no device key: with it
alone you approve, open and deposit nothing. Whoever finds it can do in your name what you can do
with it: keep it where you keep your passport.

  quorate backup paper --to /media/stick/kit.html   then print it, and delete the file
  quorate backup verify                             asks for three of its words
  quorate backup verify --kit-file FILE             compares all of it: the page, or its text

Made before the organisation is founded it lacks the organisation's id: make it again afterwards. The
words stay the same. Neither command needs the node.)";

const char kRestoreHelp[] = R"(
Makes your identity again in an empty folder from a paper kit: from its page or text with --kit-file,
else it asks for the words, the server and the organisation. It fetches the organisation's founding,
checks it against the id and your keys, and writes nothing before all of that holds. Device and
witness keys are new, so the node then reads, denies, withdraws and raises alarms, and does nothing else.

  quorate restore
  quorate restore --kit-file kit.html --passphrase-file FILE
  quorate node start

The id of the organisation, where the kit lacks it: any other organiser's `quorate organisation show`.
If your old machine may be in other hands, tell the other organisers.)";

const char kNodeHelp[] = R"(
Your node keeps a verified copy of the log, holds your key shares, and answers the commands of this
program through a socket that only you can open. It runs as `quorate-holder` in the background;
its words go to node.log in your folder. Without your passphrase it follows the log but cannot act
for you; approvals given before are still carried out. The others see when it last said something.

  quorate node start                               asks for the passphrase
  quorate node start --passphrase-file F           for scripts
  quorate node start --locked                      without it; later: quorate unlock
  quorate node stop
Under systemd, let it run quorate-holder itself, in the foreground.)";

const char kStatusHelp[] = R"(
One screen: who you are here, what needs you and the exact command for it, whom others wait on, how
the log is, what is at risk. From your node alone: nobody else learns that you looked.

  quorate status)";

const char kDraftHelp[] = R"(
Opens the draft of a charter on the server and prints its link, the invite for the others
({"link": …} under --json). Nothing is founded before all have joined and signed. Whoever has the
link can read the draft; the server sees its size alone. Without a file you are asked question by
question.

  quorate organisation draft charter.toml

A charter:

  organisation = "Campaign"
  governance_threshold = 2            # how many together change the charter

  [[vault]]
  name = "pages"
  threshold = 2                       # how many approve before anything opens; less than all
  holders = ["ana", "ben", "cleo"]
  cooling_off = "30m"                 # time in which anybody can still deny; default none
  request_lifetime = "24h"            # 60 s to 30 days; default a day
  denials_to_block = 2                # default: the smaller of k and n-k+1

More [[vault]] tables may follow. Optional above them: organisers = […] for people who hold no vault
(default: all holders), witnesses = […] (default: all holders). Times are seconds as a number, or
text: "90s", "30m", "24h", "2d". Names are a-z 0-9 . _ @ + -, as each typed at `quorate init`.)";

const char kShowOrganisationHelp[] = R"(
Before the founding: the draft, who has joined, who is missing, who has signed, and once it is frozen
its twelve words. Read them to another organiser who asks you for three. Afterwards: the
organisation, its organisers, vaults and witnesses. Nobody else learns that you looked.

  quorate organisation show)";

const char kSignHelp[] = R"(
All founders sign the same bytes. The twelve words stand for all of them, keys included: a server
that shows you another charter, or other people's keys, shows you other words. So three of them, at
places picked at random, must come from another organiser's mouth, not the author's, by a way that
is not this server: a call, or in one room. After three wrong tries nothing is signed. The other
founders see that you have signed; once all have, it cannot be undone.

  quorate organisation sign

--yes signs without asking, for scripts that compare the words themselves.)";

const char kDepositHelp[] = R"(
Encrypts a secret here to the vault's key and logs it; from then on only a quorum opens it. A new
version is a candidate until another organiser has used it and says `quorate confirm`; until then
requests take the last confirmed one. Every organiser sees the account's name, title, user name and
address, and who deposited when; nobody sees the secret.

  quorate deposit mastodon --vault pages                         asks for the password twice
  quorate deposit mastodon --vault pages --item recovery-codes --from codes.txt
  pass show mastodon | quorate deposit mastodon --vault pages --from -

One line end at the end is taken off. At most 32768 bytes. Kinds: password, totp (an otpauth://
address or the seed), recovery-codes, token, note. Not as an argument: everybody on this machine can
see those. A password that people still remember is not protected by this: change it first.)";

const char kImportHelp[] = R"(
Deposits what a password manager exported: KeePassXC CSV, Bitwarden JSON, and others (--format names
one where it is not recognised); or otpauth:// addresses, one a line; or a PNG picture of a QR code.
Google Authenticator's transfer codes are read too: each holds a part, so import all. Everything is
read and checked first; a line that cannot be taken stops the import before the first deposit,
unless --keep-going. The report names lines. Every organiser sees what `quorate deposit` shows them.
The password of a "password protected" export of Bitwarden is asked for, or read from
--export-passphrase-file; lines are then those of the JSON inside.

  quorate import export.csv --vault pages --dry-run      what would happen; no values are shown
  quorate import export.csv --vault pages

Stopped in the middle, run it again: what is there already is skipped, unless --update, which
deposits new versions. The export holds every secret: delete it afterwards.)";

const char kRemindHelp[] = R"(
Writes a message for those who have not answered: what it is about, until when, and their command.
Nothing is sent: you send it, by whatever way you talk to each other. It names the account and the
reason, so mind who else reads there.

  quorate remind 3fa81b22c9)";

const char kRequestHelp[] = R"(
Asks the holders of the account's vault to open it for you. The reason is what they decide by; every
organiser sees it, for good. What opens counts as known to you until it is changed. Under --json the
request is printed, {"id": …} among it.

  quorate request mastodon --reason 'reply to the press'
  quorate request mastodon --item password --item totp --reason 'new phone'
  quorate request mastodon --item password@3 --reason 'the newest does not work'

--to NAME opens it for another organiser (who says `quorate accept`); repeat it for several.)";

const char kApproveHelp[] = R"(
Shows the request in full and asks. Your passphrase is needed each time, also while your node is
unlocked. Your node sends your share when the quorum, the cooling-off and the log are as the charter
says, also when you are away; until then `quorate deny` takes your word back; a share that is out
cannot be. Every organiser sees that you approved. Nobody approves their own request.

  quorate approve 3fa81b22c9
  quorate approve 3fa81b22c9 --yes --passphrase-file F        for scripts)";

const char kDenyHelp[] = R"(
Says no, for all to see, also after an approval. Enough denials block the request.

  quorate deny 3fa81b22c9 --reason 'nobody asked me on the phone')";

const char kWithdrawHelp[] = R"(
Takes your own request back, or your word on another's. Every organiser sees it; what was already
released stays out.

  quorate withdraw 3fa81b22c9)";

const char kAcceptHelp[] = R"(
For a recipient other than the requester: makes the one-time key that the request will be opened to.
Before the first approval. Every organiser sees that you accepted, and from the first share on you
count as knowing what it opens.

  quorate accept 3fa81b22c9)";

const char kConfirmHelp[] = R"(
Says that you logged in with the newest deposit and that it works. By another organiser than the
depositor. From then on requests take this version, and every organiser sees that you vouched for it.

  quorate confirm mastodon)";

const char kAlarmHelp[] = R"(
Freezes an account at once: a login was changed, a machine is gone, a request is nobody's. From then
on no node sends a share for it, approved or not, but for recovery codes, which win it back. Requests
and approvals go on and wait. Any organiser may, up to three times a day for one account; a quorum of
its holders says `quorate lift`. Every organiser sees who froze it and why. What to do next:
deploy/runbook.md.

  quorate alarm mastodon --reason 'it posts what we did not write'
  quorate alarm mastodon --reason '…' --yes --passphrase-file F        for scripts)";

const char kLiftHelp[] = R"(
Shows who froze the account and why, and asks. Your passphrase is needed, as for approving. The
freeze ends once as many holders as open the vault have lifted the same alarms; another alarm begins
it anew. What was approved meanwhile is then released. Every organiser sees who lifted it and why.

  quorate lift mastodon --reason 'new password, all sessions ended'
  quorate lift mastodon --reason '…' --yes --passphrase-file F         for scripts)";

const char kOpenHelp[] = R"(
Decrypts what the quorum released, on this machine. On a terminal it is shown on a screen of its own
until a key is pressed, and leaves nothing in the scrollback. Then the request is closed and its
one-time key destroyed: to see it again, ask again. Every organiser sees that you have it.

  quorate open 3fa81b22c9 --wait                 wait for the others
  quorate open 3fa81b22c9 --copy                 to the clipboard, cleared after 30 seconds
  quorate open 3fa81b22c9 --exec -- ./login.sh   the value on descriptor 3 (QUORATE_SECRET_FD)
  quorate open 3fa81b22c9 --reveal | …           the bare value and a line end
  quorate open 3fa81b22c9 --json                 {"account", "items": [{"kind", "version", "value"}]}

Into a pipe or file only with --reveal or --json. Not yet allowed: exit code 3, and who is awaited.
With --exec the exit code is the command's own, and the request is closed only where that is 0.)";

const char kShowHelp[] = R"(
An account, vault or request by its name or identifier. Where one word is several of these:
account/NAME, vault/NAME, request/ID. From your node's copy of the log: nobody else learns of it.

  quorate show mastodon)";

const char kUnlockHelp[] = R"(
Opens your keys in the node, until `quorate lock` or its end: it then deals, asks, denies and opens
for you, for any program that runs as you. Approving and confirming take the passphrase all the
same. It costs a quarter of a gigabyte for half a second; nobody else learns of it.

  quorate unlock)";

const char kLockHelp[] = R"(
The node goes on following the log, and carries out what you approved before. Nobody else learns of
it.

  quorate lock)";

const char kNodeStatusHelp[] = R"(
From your node alone: nobody else learns that you looked.

  quorate node status)";

const char kNodeStopHelp[] = R"(
While your node is stopped it sends no share, so the others may lack one. Nothing is lost.

  quorate node stop)";

const char kVaultsHelp[] = R"(
Who holds each vault, how many open it, how its key stands. From your node's copy of the log: nobody
else learns that you looked.

  quorate vaults)";

const char kAccountsHelp[] = R"(
From your node's copy of the log: nobody else learns that you looked. No secret is in it.

  quorate accounts --vault pages)";

const char kRequestsHelp[] = R"(
From your node's copy of the log: nobody else learns that you looked.

  quorate requests --all)";

const char kOrganisationHelp[] = R"(
One of you drafts the charter, all of you sign it, and the organisation is founded.

  quorate organisation show)";

const char kAccountHelp[] = R"(
A password that people still know, or can reset, is not protected by being deposited.

  quorate account migrate mastodon)";

const char kMigrateHelp[] = R"(
Walks through the platform's settings: other administrators, recovery mail and phone, sessions, app
passwords, backup codes, the new password (which it deposits), the second factor, a test by somebody
else. It can be stopped and taken up again. What you did is your own note, on this machine alone: it
is not on the log, and nobody else sees it but the new password's deposit.

  quorate account migrate mastodon                               asks, step by step
  quorate account migrate mastodon --step recovery               notes one as done
  quorate account migrate mastodon --step password --from FILE   deposits it, too

`quorate accounts` says of every account whether the log shows it protected: its password must be a
later one than the first deposited, confirmed, and shown to nobody since.)";

const char kWatchHelp[] = R"(
Prints what happens as it happens, one line each (one JSON object each under --json), until
interrupted. Holds one of the eight places for watchers at your node; nobody else learns of it.

  quorate watch --json)";

const char kCompletionHelp[] = R"(
Names of accounts, vaults, organisers and requests come from your node, where it runs; nobody else
learns of it. An installed
Quorate has this in place already; otherwise, for this shell:

  source <(quorate completion bash))";

}  // namespace quorate::cli
