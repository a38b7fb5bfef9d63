#!/usr/bin/env python3
"""What the commands say beside doing: dry runs, reminders, checklists, and what
shells are offered."""

import contextlib
import hashlib
import json
import os
import pathlib
import pty
import select
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    draft_by_dry_run()
    GROUP.found()
    path = GROUP.write("page-secret", "the page's password\n")
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from", path)
    GROUP.ana.must("deposit", "page@home", "--vault", "main", "--from", path, "--title", "At home")
    GROUP.all_see("the account", lambda p: p.quorate("show", "account/page@home").code == 0)


def tearDownModule():
    GROUP.close()


def files_of(person):
    """What the person's folder holds, but for what a running node writes of itself."""
    held = {}
    for path in sorted(person.home.rglob("*")):
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".log")):
            held[str(path.relative_to(person.home))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return held


DRAFTED = {}


def draft_by_dry_run():
    """Before the founding, where alone a draft can be tried."""
    people = [person.name for person in GROUP.people]
    GROUP.server.start()
    ana = GROUP.people[0]
    GROUP.join(ana, GROUP.server.invite())
    before = files_of(ana)
    tried = ana.quorate("organisation", "draft", "--dry-run", "--json",
                        GROUP.write("charter.toml", harness.charter(holders=people)))
    DRAFTED.update(tried=tried, unchanged=files_of(ana) == before,
                   phase=ana.status()["phase"])
    # The group is founded as ever, by the same person.
    GROUP.draft = lambda text: ana.json("organisation", "draft",
                                        GROUP.write("charter.toml", text))["link"]
    sign = GROUP.sign

    def sign_by_dry_run_first():
        GROUP.all_see("frozen", lambda p: p.json("organisation", "show")["state"] == "frozen")
        DRAFTED["sign"] = ana.quorate("organisation", "sign", "--dry-run", "--json")
        DRAFTED["signed_by"] = ana.json("organisation", "show")["signed_by"]
        sign()

    GROUP.sign = sign_by_dry_run_first


class DryRun(harness.Case):
    def dry(self, person, *words, **options):
        """Runs it; the log and the person's folder must not change. What it says."""
        size = person.status()["log_size"]
        before = files_of(person)
        result = person.quorate(*words, "--dry-run", "--json", **options)
        self.assert_code(result, 0)
        said = result.json()
        self.assertTrue(said["dry_run"])
        self.assertEqual(said["by"], person.name)
        self.assertTrue(said["effects"])
        status = person.status()
        self.assertEqual((status["log_size"], status["unsent"]), (size, 0))
        self.assertEqual(files_of(person), before)
        text = person.must(*words, "--dry-run", **options).out
        self.assertIn("A dry run: nothing was signed, sent or kept.\n", text)
        self.assertIn(said["effects"][0], text)
        return said

    def test_of_a_draft_and_a_signature_founds_nothing(self):
        self.assert_code(DRAFTED["tried"], 0)
        self.assertTrue(DRAFTED["unchanged"])
        self.assertEqual(DRAFTED["phase"], "new")
        self.assertIn("invited, by the link, to join: ana, ben, chloe, dan, eve",
                      DRAFTED["tried"].json()["effects"][0])
        self.assert_code(DRAFTED["sign"], 0)
        self.assertEqual(DRAFTED["signed_by"], [])
        self.assertIn("signature 1 of 5", DRAFTED["sign"].json()["effects"][0])
        self.assert_refused(GROUP.ana.quorate("organisation", "draft", "--dry-run", "--json",
                                              GROUP.write("charter.toml", harness.charter())), 3)

    def test_of_a_deposit_says_which_version_it_would_be(self):
        path = GROUP.write("next", "another\n")
        said = self.dry(GROUP.ana, "deposit", "page", "--vault", "main", "--from", path)
        self.assertEqual((said["statement"], said["subject"]), ("deposit", "page in vault main"))
        self.assertIn("password v2", said["effects"][0])
        refused = GROUP.ana.quorate("deposit", "page", "--vault", "main", "--from", path,
                                    "--title", "x\u202ey", "--dry-run", "--json")
        self.assert_refused(refused, 3, "BAD_TEXT")

    def test_of_a_request_says_who_decides(self):
        said = self.dry(GROUP.ana, "request", "page", "--reason", "why not")
        self.assertIn("3 of these open it, all of them are told: ben, chloe, dan, eve",
                      said["effects"])
        self.assertIn("from the first share on it counts as exposed to ana", said["effects"])
        refused = GROUP.ana.quorate("request", "page", "--reason", "x", "--to", "ben", "--to",
                                    "chloe", "--dry-run", "--json")
        self.assert_refused(refused, 3, "TOO_FEW_HOLDERS")

    def test_of_each_word_on_a_request_counts_it_and_leaves_it_unsaid(self):
        request = GROUP.request(GROUP.ana, "page")
        secret = ("--passphrase-file", GROUP.ben.passphrase_file)
        said = self.dry(GROUP.ben, "approve", request, *secret)
        self.assertIn("it would be approval 1 of 3", said["effects"])
        self.assertIn("it would be denial 1 of 3 that block the request",
                      self.dry(GROUP.ben, "deny", request, "--reason", "no")["effects"])
        self.assertIn("your request is over, for everyone",
                      self.dry(GROUP.ana, "withdraw", request)["effects"])
        self.assert_refused(GROUP.ben.quorate("withdraw", request, "--dry-run", "--json"), 3,
                            "NOTHING_TO_WITHDRAW")
        self.assert_refused(GROUP.ana.quorate("deny", request, "--reason", "x", "--dry-run",
                                              "--json"), 3, "OWN_REQUEST")
        shown = GROUP.ben.json("show", request)
        self.assertEqual((shown["approvals"], shown["denials"], shown["armed"]), (0, 0, False))
        GROUP.ana.must("withdraw", request, "--yes")

    def test_of_a_confirmation_and_of_an_acceptance(self):
        said = self.dry(GROUP.ben, "confirm", "page")
        self.assertEqual(said["effects"], ["requests take password v1 from then on"])
        self.assert_refused(GROUP.ana.quorate("confirm", "page", "--dry-run", "--json"), 3,
                            "OWN_VERSION")
        request = GROUP.request(GROUP.ana, "page", "--to", "eve")
        self.assertEqual(self.dry(GROUP.eve, "accept", request)["statement"], "accept")
        self.assertEqual(GROUP.eve.json("show", request)["not_accepted"], ["eve"])
        GROUP.ana.must("withdraw", request, "--yes")

    def test_of_an_alarm_freezes_nothing_and_of_a_lift_frees_nothing(self):
        chloe = GROUP.chloe
        said = self.dry(chloe, "alarm", "page@home", "--reason", "odd posts")
        self.assertIn("until 3 holders have lifted it", said["effects"][0])
        self.assertFalse(chloe.json("show", "page@home")["frozen"])
        secret = ("--passphrase-file", chloe.passphrase_file)
        self.assert_refused(chloe.quorate("lift", "page@home", "--reason", "x", "--dry-run",
                                          "--json", *secret), 3, "NOT_FROZEN")
        chloe.must("alarm", "page@home", "--reason", "odd posts", "--yes")
        said = self.dry(chloe, "lift", "page@home", "--reason", "seen to", *secret)
        self.assertEqual(said["effects"], ["it would be lift 1 of 3"])
        self.assertTrue(chloe.json("show", "page@home")["frozen"])
        self.assert_refused(chloe.quorate("alarm", "page@home", "--reason", "again", "--dry-run",
                                          "--json"), 3, "ALREADY_SAID")

    def test_of_a_locked_node_says_what_comes_first(self):
        GROUP.dan.must("lock")
        said = self.dry(GROUP.dan, "confirm", "page")
        self.assertTrue(said["needs_unlock"])
        GROUP.dan.unlock()


class Migrate(harness.Case):
    def setUp(self):
        path = GROUP.write("mailbox-secret", "everybody knows it\n")
        if GROUP.ana.quorate("show", "account/mailbox").code != 0:
            GROUP.ana.must("deposit", "mailbox", "--vault", "main", "--from", path)
        GROUP.ana.must("account", "migrate", "mailbox", "--again", "--json")

    def migrate(self, *words):
        return GROUP.ana.json("account", "migrate", "mailbox", *words)

    def protection(self, person):
        return {a["name"]: a["not_protected"] for a in person.json("accounts")["accounts"]}

    def test_notes_steps_locally_and_deposits_the_new_password(self):
        ana, ben = GROUP.ana, GROUP.ben
        self.assertIn("the first that was deposited", self.protection(ana)["mailbox"])
        self.assertRegex(ana.must("accounts").out, r"(?m)^mailbox .* no ")
        self.assertTrue(any("not protected by being here: mailbox" in risk["text"]
                            for risk in ana.status()["risks"]))
        steps = [step["step"] for step in self.migrate()["steps"]]
        self.assertEqual(steps, ["administrators", "recovery", "sessions", "app-passwords",
                                 "backup-codes", "password", "second-factor", "test"])
        size = ana.status()["log_size"]
        for step in steps[:5]:
            self.assertEqual(self.migrate()["next"], step)
            self.migrate("--step", step)
        self.assertEqual(ana.status()["log_size"], size)
        self.assert_refused(ana.quorate("account", "migrate", "mailbox", "--step", "password",
                                        "--json"), 2, "--from")
        self.assertEqual(self.migrate()["next"], "password")
        path = GROUP.write("generated", "nobody has seen it\n")
        self.assertEqual(self.migrate("--step", "password", "--from", str(path))["next"],
                         "second-factor")
        self.assertEqual(ana.json("show", "mailbox")["items"][0]["newest_version"], 2)
        wait_until(lambda: ben.json("show", "mailbox")["items"][0]["newest_version"] == 2,
                   "the deposit is seen")
        ben.must("confirm", "mailbox", "--yes", "--passphrase-file", ben.passphrase_file)
        wait_until(lambda: self.protection(ana)["mailbox"] == "", "it is protected")
        self.assertRegex(ana.must("accounts").out, r"(?m)^mailbox .* yes ")
        self.assertNotIn("mailbox", json.dumps(ana.status()["risks"]))

    def test_asks_at_a_terminal_and_can_be_taken_up_again(self):
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(harness.BIN / "quorate", ["quorate", "account", "migrate", "mailbox"],
                      harness.environment(QUORATE_HOME=GROUP.ana.home))
        seen = ""
        for question, answer in (("administrators", "y"), ("recovery", "y"), ("sessions", "n")):
            while not (question in seen and seen.endswith("[y/N] ")):
                self.assertTrue(select.select([fd], [], [], harness.DEFAULT_DEADLINE_S)[0], seen)
                seen += os.read(fd, 65536).decode()
            os.write(fd, (answer + "\n").encode())
            seen = ""
        with contextlib.suppress(OSError):  # The end of a terminal is an error.
            while os.read(fd, 65536):
                pass
        os.close(fd)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertEqual(self.migrate()["next"], "sessions")

    def test_refuses_a_step_that_does_not_exist_and_notes_that_are_not_its_own(self):
        self.assert_refused(GROUP.ana.quorate("account", "migrate", "mailbox", "--step", "frob",
                                              "--json"), 2, "no such step")
        self.migrate("--step", "recovery")
        notes = GROUP.ana.home / "migrations" / "mailbox"
        notes.write_text("something else\n")
        self.assert_refused(GROUP.ana.quorate("account", "migrate", "mailbox", "--json"), 1,
                            "move that file away")
        notes.unlink()


class Remind(harness.Case):
    def test_writes_to_those_who_have_not_answered_alone(self):
        request = GROUP.request(GROUP.ana, "page")
        GROUP.ben.approve(request)
        GROUP.chloe.must("deny", request, "--reason", "not now")
        wait_until(lambda: GROUP.ana.json("show", request)["denials"] == 1, "the words are seen")
        self.assertIn(f"quorate remind {request}", GROUP.ana.must("status").out)
        said = GROUP.ana.json("remind", request)
        self.assertEqual((said["to"], said["command"]), (["dan", "eve"],
                                                         f"quorate approve {request}"))
        text = GROUP.ana.must("remind", request).out
        self.assertEqual(text, said["message"])
        self.assertRegex(text, rf"(?s)^To: dan, eve\n\nana asks for page \(vault main\): for the "
                               rf"test\n1 of 3 have approved.*\n  quorate approve {request}\n.*"
                               r"It ends at \d{4}-\d\d-\d\d \d\d:\d\d UTC")
        # Who is awaited too needs no message to themselves.
        self.assertEqual(GROUP.dan.json("remind", request)["to"], ["eve"])
        self.assertIn("You have not answered yourself", GROUP.dan.quorate("remind", request).err)
        GROUP.ana.must("withdraw", request, "--yes")
        self.assert_refused(GROUP.ana.quorate("remind", request, "--json"), 3, "REQUEST_CLOSED")

    def test_asks_a_recipient_to_accept_first(self):
        request = GROUP.request(GROUP.ana, "page", "--to", "eve")
        said = GROUP.ana.json("remind", request)
        self.assertEqual((said["to"], said["command"]), (["eve"], f"quorate accept {request}"))
        GROUP.eve.must("accept", request)
        wait_until(lambda: GROUP.ana.json("remind", request)["to"] == ["ben", "chloe", "dan"],
                   "the acceptance is seen")
        GROUP.ana.must("withdraw", request, "--yes")


class Completion(harness.Case):
    def offered(self, person, *words, shell="fish"):
        result = person.quorate("__complete", shell, *words)
        self.assert_code(result, 0)
        self.assertEqual(result.err, "")
        return [line.split("\t") for line in result.out.splitlines()]

    def test_offers_what_the_node_knows(self):
        request = GROUP.request(GROUP.ana, "page")
        self.assertEqual(self.offered(GROUP.ben, "approve", ""),
                         [[request, "ana asks for page: for the test"]])
        self.assertEqual(self.offered(GROUP.ben, "approve", request[:4])[0][0], request)
        self.assertEqual(self.offered(GROUP.ben, "deposit", "page", "--vault", ""),
                         [["main", "opens with 3 of 5"]])
        self.assertEqual(self.offered(GROUP.ben, "request", "page@"), [["page@home", "At home"]])
        self.assertEqual([word for word, *_ in self.offered(GROUP.ben, "show", "")],
                         ["main", "page", "page@home", request])
        self.assertEqual(self.offered(GROUP.ben, "request", "page", "--to", "ch"), [["chloe"]])
        # bash ends words at the @ and replaces what stands behind it alone.
        self.assertEqual(self.offered(GROUP.ben, "request", "page", "@", "h", shell="bash"),
                         [["home", "At home"]])
        GROUP.ana.must("withdraw", request, "--yes")
        wait_until(lambda: self.offered(GROUP.ben, "approve", "") == [], "it is over")

    def test_finds_the_node_of_another_folder_on_the_line(self):
        asked = harness.run([harness.BIN / "quorate", "__complete", "zsh", "--home",
                             GROUP.ben.home, "confirm", ""], env=harness.environment())
        self.assertEqual([line.split("\t")[0] for line in asked.out.splitlines()],
                         ["page", "page@home"])

    def test_does_not_wait_for_a_node_that_is_stuck(self):
        GROUP.eve.process.signal(signal.SIGSTOP)
        try:
            self.assertEqual(self.offered(GROUP.eve, "confirm", ""), [])
        finally:
            GROUP.eve.process.signal(signal.SIGCONT)


if __name__ == "__main__":
    cases.main("e2e_cli")
