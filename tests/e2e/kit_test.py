#!/usr/bin/env python3
"""The paper kit over the real programs: made, checked, and an organiser who comes back from it.

ben loses his machine. What he has on paper brings him back to read and to deny, on the same log,
and to nothing else. His words are searched for wherever a program could have left them.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
import secrets_test  # noqa: E402
from harness import wait_until  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
KIT_WORDS = 28
GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found(harness.charter(denials_to_block=1))
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from",
                   GROUP.write("page-secret", "the page's password\n"))


def tearDownModule():
    GROUP.close()


def make_kit(person, name):
    path = GROUP.folder / name
    person.must("backup", "paper", "--to", path, "--passphrase-file", person.passphrase_file)
    return path


def words_of(kit):
    """The words on a page, by their numbers."""
    block = re.search(r"(?s)<pre>(.*)</pre>", kit.read_text()).group(1)
    found = dict(re.findall(r"\b(\d+) ([a-z]+)", block.split("organisation ")[1].split("\n", 1)[1]))
    return [found[str(place)] for place in range(1, KIT_WORDS + 1)]


def text_of(kit, **changed):
    """A kit as somebody would type it into a file, its lines changed where a test says so."""
    block = re.search(r"(?s)<pre>\n(.*)</pre>", kit.read_text()).group(1)
    for line, value in changed.items():
        block = re.sub(rf"(?m)^{line} .*$", f"{line} {value}", block)
    return block


def seed_of(words):
    """The 32 bytes that the words say, worked out here."""
    source = (SOURCE / "crypto" / "word_list.cc").read_text()
    known = re.findall(r'"([a-z]+)"', source[source.index("{"):])
    number = 0
    for word in words:
        number = number << 10 | known.index(word)
    return number.to_bytes(35, "big")[:32]


def restore(person, home, kit, *words):
    """`quorate restore` of this person into another folder."""
    again = harness.Person(GROUP.folder, person.name, person.passphrase)
    again.home = GROUP.folder / home
    return again, again.quorate("restore", "--kit-file", kit, "--passphrase-file",
                                person.passphrase_file, *harness.QUICK_ARGON2ID, "--json", *words)


class Terminal:
    """A command at a terminal, and somebody who types."""

    def __init__(self, command, home):
        self._master, slave = pty.openpty()
        self.child = subprocess.Popen([str(word) for word in command], stdin=slave, stdout=slave,
                                      stderr=slave, start_new_session=True,
                                      env=harness.environment(QUORATE_HOME=home))
        os.close(slave)
        self.screen = ""
        self._answered = 0

    def read_until(self, pattern, seconds=harness.DEFAULT_DEADLINE_S):
        """The match of `pattern` in what came since the last answer."""
        deadline = time.monotonic() + seconds
        while True:
            if match := re.search(pattern, self.screen[self._answered:]):
                return match
            if not select.select([self._master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern!r} on:\n{self.screen}")
            try:
                self.screen += os.read(self._master, 4096).decode(errors="replace")
            except OSError as error:
                raise AssertionError(f"it ended without {pattern!r}:\n{self.screen}") from error

    def answer(self, pattern, text):
        match = self.read_until(pattern)
        self._answered = len(self.screen)
        os.write(self._master, text.encode() + b"\n")
        return match

    def finish(self):
        code = self.child.wait(harness.DEFAULT_DEADLINE_S)
        os.close(self._master)
        return code


class Kit(harness.Case):
    def test_a_kit_is_made_for_its_owner_alone_and_is_verified(self):
        chloe = GROUP.chloe
        self.assertFalse(chloe.status()["kit_verified"])
        self.assertIn("quorate backup paper", [r["command"] for r in chloe.status()["risks"]])
        kit = make_kit(chloe, "chloe.html")
        self.assertEqual(kit.stat().st_mode & 0o777, 0o600)
        self.assertIn(chloe.status()["organisation_id"], kit.read_text())
        again = chloe.quorate("backup", "paper", "--to", kit, "--passphrase-file",
                              chloe.passphrase_file)
        self.assert_code(again, 1)
        verify = ("backup", "verify", "--passphrase-file", chloe.passphrase_file, "--kit-file")
        chloe.must(*verify, kit)
        self.assertTrue(chloe.status()["kit_verified"])
        self.assertRegex(chloe.must("status").out, r"paper kit verified \d")
        self.assertNotIn("quorate backup paper", [r["command"] for r in chloe.status()["risks"]])
        chloe.must(*verify, GROUP.write("typed", text_of(kit)))
        lacking = GROUP.write("lacking", text_of(kit, organisation="none"))
        chloe.must(*verify, lacking)
        self.assertIn("your paper kit lacks the organisation's id: make it again",
                      [r["text"] for r in chloe.status()["risks"]])

    def test_another_persons_kit_a_typo_and_a_wrong_passphrase_are_not_verified(self):
        dan = GROUP.dan
        kit = make_kit(dan, "dan.html")
        verify = ("backup", "verify", "--json", "--passphrase-file", dan.passphrase_file,
                  "--kit-file")
        other = make_kit(GROUP.eve, "eve.html")
        self.assert_refused(dan.quorate(*verify, other), 3, "KIT_DIFFERS")
        typo = text_of(kit).replace(" " + words_of(kit)[9], " nonsense", 1)
        self.assert_refused(dan.quorate(*verify, GROUP.write("typo", typo)), 1, "word 10 of")
        self.assert_refused(dan.quorate(*verify, GROUP.write("empty", "")), 1, "BAD_KIT")
        wrong = GROUP.write("wrong", "not this one\n")
        self.assert_refused(dan.quorate("backup", "paper", "--json", "--to", GROUP.folder / "none",
                                        "--passphrase-file", wrong), 3, "WRONG_PASSPHRASE")
        self.assertFalse((GROUP.folder / "none").exists())
        self.assertFalse(dan.status()["kit_verified"])

    def test_at_a_terminal_init_makes_the_kit_and_asks_for_three_of_its_words(self):
        home, kit = GROUP.folder / "fay", GROUP.folder / "fay.html"
        person = Terminal([harness.BIN / "quorate", "init", "--name", "fay", "--server",
                           GROUP.server.invite(), *harness.QUICK_ARGON2ID], home)
        person.answer("New passphrase: ", "a kettle for fay")
        person.answer("again: ", "a kettle for fay")
        person.answer(r"paper kit now\?", "")
        person.answer("which file", str(kit))
        person.answer("on paper", "y")
        words = words_of(kit)
        wrong = True
        for _ in range(4):
            place = int(person.read_until(r"Word (\d+) on the paper: ").group(1))
            person.answer("on the paper: ", "acid" if wrong else words[place - 1])
            if wrong:
                person.read_until("another word")
            wrong = False
        person.read_until("Your paper kit is verified")
        self.assertEqual(person.finish(), 0, person.screen)
        self.assertIn("organisation none", kit.read_text())
        for word in words:
            self.assertNotIn(f" {word}\r\n", person.screen)

    def test_init_without_a_terminal_says_what_to_run_later(self):
        home = GROUP.folder / "gil"
        gil = harness.Person(GROUP.folder, "gil")
        done = gil.init(GROUP.server.invite())
        self.assertIn("quorate backup paper", done.err)
        shutil.rmtree(home)
        done = gil.must("init", "--name", "gil", "--server", GROUP.server.invite(), "--json",
                        "--passphrase-file", gil.passphrase_file, *harness.QUICK_ARGON2ID)
        self.assertIn("quorate backup paper", done.json()["next"])


class Restore(harness.Case):
    """In order: ben is there, loses his machine, and comes back."""

    def test_1_nothing_is_written_where_something_does_not_fit(self):
        kit = make_kit(GROUP.eve, "eve-again.html")
        organisation = GROUP.eve.status()["organisation_id"]
        invite = GROUP.server.invite()
        digit = "A" if invite[-10] != "A" else "B"
        other_server = invite[:-10] + digit + invite[-9:]
        faults = {
            text_of(kit, organisation="0" * 64): (3, "NOT_A_MEMBER"),
            text_of(kit, server=other_server): (5, "WRONG_SERVER_CERTIFICATE"),
            text_of(kit, server="quorate://nowhere"): (2, "invite"),
            text_of(kit, organisation="none"): (2, "--organisation"),
            text_of(kit).replace(words_of(kit)[0], "nonsense", 1): (1, "word 1 of"),
        }
        for text, (code, reason) in faults.items():
            again, done = restore(GROUP.eve, "faulty", GROUP.write("fault", text))
            self.assert_refused(done, code, reason)
            self.assertFalse((again.home / "identity").exists())
        stranger = harness.Person(GROUP.folder, "hal")
        stranger.init(invite)
        kit = make_kit(stranger, "hal.html")
        _, done = restore(stranger, "faulty", kit, "--organisation", organisation)
        self.assert_refused(done, 3, "NOT_A_MEMBER")
        _, done = restore(GROUP.ana, "ana", kit)
        self.assert_refused(done, 1, "IDENTITY_EXISTS")

    def test_2_a_restored_organiser_reads_and_denies_and_does_nothing_else(self):
        ana, ben = GROUP.ana, GROUP.ben
        searcher = secrets_test.Searcher()
        watcher = secrets_test.ProcessWatcher(searcher)
        try:
            kit = make_kit(ben, "ben.html")
            words = words_of(kit)
            self.assertEqual(len(set(words)) > 20, True)
            seed = seed_of(words)
            searcher.forbidden["words"] = ("", [
                shape for i in range(KIT_WORDS - 2)
                for shape in secrets_test.encodings(" ".join(words[i:i + 3]))])
            searcher.forbidden["seed"] = ("", [seed, seed.hex().encode()])
            ben.stop()
            shutil.move(ben.home, GROUP.folder / "lost")
            back, done = restore(ben, "ben-again", kit)
            self.assert_code(done, 0)
            self.assertEqual(done.json()["name"], "ben")
            GROUP.people[1] = GROUP.ben = back
            back.start()
            request = GROUP.request(ana, "page")
            self.check_what_it_can(back, request)
        finally:
            watcher.close()
        kit.unlink()
        self.search(searcher)

    def check_what_it_can(self, ben, request):
        wait_until(lambda: ben.status()["needs_you"], "ben is told of the request")
        status = ben.status()
        self.assertTrue(status["restored_from_kit"])
        self.assertEqual(status["phase"], "ready")
        self.assertIn("restored from a paper kit: can read, deny, withdraw and raise alarms",
                      " ".join(ben.must("status").out.split()))
        self.assertIn(f"quorate deny {request}", status["needs_you"][0]["command"])
        self.assert_refused(ben.quorate("approve", request, "--yes", "--json", "--passphrase-file",
                                        ben.passphrase_file), 3, "DEVICE_NEEDED", "quorate deny")
        secret = GROUP.write("another", "another password\n")
        for words in (("request", "page", "--reason", "for ben"),
                      ("deposit", "page", "--vault", "main", "--from", secret),
                      ("confirm", "page", "--yes")):
            self.assert_refused(ben.quorate(*words, "--json"), 3, "DEVICE_NEEDED")
        self.assertEqual(GROUP.ana.json("show", request)["state"], "open")
        ben.must("deny", request, "--reason", "not without me", "--yes")
        wait_until(lambda: GROUP.ana.json("show", request)["state"] == "denied", "the denial counts")
        ben.must("alarm", "page", "--reason", "my machine is gone", "--yes")
        wait_until(lambda: GROUP.ana.json("show", "account/page")["frozen"], "the alarm counts")
        self.assert_refused(ben.quorate("lift", "page", "--reason", "x", "--yes", "--json",
                                        "--passphrase-file", ben.passphrase_file), 3,
                            "DEVICE_NEEDED")
        audit = ben.audit("verify")
        self.assert_code(audit, 0)

    def search(self, searcher):
        for path in GROUP.folder.rglob("*"):
            if path.is_file():
                searcher.search(path.read_bytes(), path.name)
        self.assertEqual(searcher.found, set())
        # The search can see.
        marker = GROUP.write("marker", searcher.forbidden["words"][1][0])
        searcher.search(marker.read_bytes(), "marker")
        self.assertEqual(searcher.found, {("words", "marker")})

    def test_3_the_words_can_be_typed_and_a_typo_is_named_at_once(self):
        eve = GROUP.eve
        kit = make_kit(eve, "eve-typed.html")
        words = words_of(kit)
        home = GROUP.folder / "eve-again"
        person = Terminal([harness.BIN / "quorate", "restore", "--server", GROUP.server.invite(),
                           *harness.QUICK_ARGON2ID], home)
        person.answer("Word 1: ", " ".join(words[:10]))
        person.answer("Word 11: ", "nonsense")
        person.read_until("word 11 of the kit")
        person.answer("Word 11: ", words[10].upper())
        person.answer("Word 12: ", " ".join(words[11:]))
        person.answer("Organisation", eve.status()["organisation_id"])
        person.answer("New passphrase: ", "another kettle")
        person.answer("again: ", "another kettle")
        person.read_until("You are eve again")
        self.assertEqual(person.finish(), 0, person.screen)
        self.assertTrue((home / "organisation").exists())


if __name__ == "__main__":
    cases.main("e2e_kit")
