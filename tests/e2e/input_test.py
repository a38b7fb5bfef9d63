#!/usr/bin/env python3
"""Bad input: a clear error that names the culprit, the exit code that is documented, and nothing
changed. One organisation serves all cases; each checks that its log did not grow."""

import json
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import charter  # noqa: E402

MAX_ITEM_BYTES = 32768
KEEPASSXC_HEADER = ('"Group","Title","Username","Password","URL","Notes","TOTP","Icon",'
                    '"Last Modified","Created"\n')


def entry(title, password, totp="", notes=""):
    return (f'"Passwords","{title}","us","{password}","https://x.example","{notes}","{totp}","0",'
            '"2026-11-01T10:00:00Z","2026-11-01T10:00:00Z"\n')


GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found()
    path = GROUP.write("page-secret", "the page's password\n")
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from", path)
    # Each node has all that the log holds: its size tells a change from here on.
    size = GROUP.ana.status()["log_size"]
    GROUP.all_see("the deposit", lambda p: p.status()["log_size"] == size)


def tearDownModule():
    GROUP.close()


class Unchanged(harness.Case):
    """Nothing that a case does may reach the log."""

    def setUp(self):
        self.before = GROUP.ben.status()["log_root"]

    def assert_unchanged(self):
        self.assertEqual(GROUP.ben.status()["log_root"], self.before)
        self.assertEqual(GROUP.ana.status()["unsent"], 0)


class Charters(harness.Case):
    """A draft that is refused leaves the person without a draft, on this machine and the server."""

    @classmethod
    def setUpClass(cls):
        cls.newcomer = harness.Person(GROUP.folder, "newcomer")
        cls.newcomer.init(GROUP.server.invite())
        cls.newcomer.start()

    @classmethod
    def tearDownClass(cls):
        cls.newcomer.stop()

    def draft(self, text):
        path = GROUP.write("bad.toml", text)
        return self.newcomer.quorate("organisation", "draft", path, "--json")

    def test_a_malformed_charter_is_refused_by_name_and_changes_nothing(self):
        good = charter(holders=("newcomer", "ben", "chloe"), threshold=2, governance=2)
        bad = {
            "unknown organiser": (good + '\nholder = ["zoe"]\n', "holder"),
            "holder who is no organiser": ('organisers = ["newcomer", "ben"]\n' + good, "chloe"),
            "witness who is no organiser": ('witnesses = ["zoe"]\n' + good, "zoe"),
            "threshold of 1": (good.replace("threshold = 2\nholders", "threshold = 1\nholders"),
                               "threshold 1"),
            "threshold of 0": (good.replace("threshold = 2\nholders", "threshold = 0\nholders"),
                               "threshold 0"),
            "threshold above the holders": (
                good.replace("threshold = 2\nholders", "threshold = 4\nholders"), "threshold 4"),
            "threshold of all, who may ask": (
                good.replace("threshold = 2\nholders", "threshold = 3\nholders"), "threshold 3"),
            "a holder twice": (good.replace('"chloe"', '"ben"'), "ben"),
            "a vault twice": (good + '[[vault]]\nname = "main"\nthreshold = 2\n'
                              'holders = ["newcomer", "ben", "chloe"]\n', "main"),
            "no vault": ('organisation = "X"\ngovernance_threshold = 2\n', "vault"),
            "empty": ("", "organisation"),
            "unknown field": ('treshold = 2\n' + good, "treshold"),
            "unknown field of a vault": (good + 'colling_off = "1h"\n', "colling_off"),
            "threshold in quotes": (
                good.replace("threshold = 2\nholders", 'threshold = "2"\nholders'), "threshold"),
            "threshold with a fraction": (
                good.replace("threshold = 2\nholders", "threshold = 2.5\nholders"), "threshold"),
            "holders as text": (good.replace('["newcomer", "ben", "chloe"]', '"newcomer"'),
                                "holders"),
            "a holder who is a number": (good.replace('"chloe"', "7"), "holders"),
            "negative threshold": (
                good.replace("threshold = 2\nholders", "threshold = -2\nholders"), "threshold"),
            "negative cooling-off": (good + "cooling_off = -1\n", "cooling_off"),
            "endless cooling-off": (good + "cooling_off = 9223372036854775807\n", "cooling-off"),
            "huge threshold": (
                good.replace("threshold = 2\nholders", "threshold = 4294967298\nholders"),
                "threshold"),
            "a number too large for TOML": (
                good.replace("threshold = 2\nholders", "threshold = 99999999999999999999\nholders"),
                "bad.toml:6"),
            "governance of 1": (good.replace("governance_threshold = 2",
                                             "governance_threshold = 1"), "governance_threshold"),
            "governance of more than all": (
                good.replace("governance_threshold = 2", "governance_threshold = 4"),
                "governance_threshold"),
            "lifetime of a second": (good + "request_lifetime = 1\n", "request_lifetime"),
            "lifetime of a year": (good + 'request_lifetime = "365d"\n', "request_lifetime"),
            "too many denials": (good + "denials_to_block = 3\n", "denials_to_block"),
            "no denials": (good + "denials_to_block = 0\n", "denials_to_block"),
            "a name in capitals": (good.replace('"chloe"', '"Chloe"'), "Chloe"),
            "a name in Cyrillic letters": (good.replace('"ben"', '"b\u0435n"'), "b\u0435n"),
            "a name that turns the text around": (good.replace('"ben"', '"be\u202en"'),
                                                  "organiser"),
            "an empty name": (good.replace('"chloe"', '""'), "organiser"),
            "a name of 65 letters": (good.replace('"chloe"', '"' + "c" * 65 + '"'), "ccc"),
            "an organisation without a name": (good.replace('"Campaign"', '""'), "organisation"),
            "an organisation of two lines": (good.replace('"Campaign"', '"a\\nb"'),
                                             "organisation"),
            "not TOML": (good + "[[vault\n", "bad.toml:"),
            "not text": (b"\xff\xfe\x00\x01", "bad.toml"),
            "larger than a charter can be": (good + "#" * (1 << 20), "bad.toml"),
            "somebody else's charter": (charter(holders=("ana", "ben", "chloe"), threshold=2,
                                                governance=2), "newcomer"),
        }
        for what, (text, culprit) in bad.items():
            with self.subTest(charter=what):
                result = self.draft(text)
                self.assertIn(result.code, (1, 2), f"{what}: {result}")
                self.assert_refused(result, result.code, culprit)
                shown = self.newcomer.quorate("organisation", "show", "--json")
                self.assertEqual(shown.error()["reason"], "NO_DRAFT", f"{what}: {shown}")
                self.assertEqual(self.newcomer.status()["phase"], "new")

    def test_a_charter_that_is_not_there_is_named(self):
        result = self.newcomer.quorate("organisation", "draft", "/nonexistent/charter.toml",
                                       "--json")
        self.assert_refused(result, 1, "/nonexistent/charter.toml")


class ExitCodes(Unchanged):
    """Each documented exit code, by a real command."""

    def test_0_is_done(self):
        self.assert_code(GROUP.ana.quorate("status"), 0)

    def test_1_is_failed(self):
        result = GROUP.ana.quorate("show", "no-such-account", "--json")
        self.assert_refused(result, 1)

    def test_2_is_usage(self):
        for words in (("no-such-command",), ("request", "page"), ("open",),
                      ("request", "page", "--reason", ""), ("approve", "abcdef"),
                      ("deposit", "page", "--vault", "main", "--item", "certificate", "--from",
                       "-")):
            with self.subTest(command=words):
                error = self.assert_refused(GROUP.ana.quorate(*words, "--json"), 2)
                self.assertEqual(error["reason"], "USAGE")

    def test_3_is_refused_by_policy_or_not_yet(self):
        request = GROUP.request(GROUP.ana, "page")
        own = GROUP.ana.quorate("approve", request, "--yes", "--passphrase-file",
                                GROUP.ana.passphrase_file, "--json")
        self.assert_refused(own, 3)
        early = GROUP.ana.quorate("open", request, "--json")
        self.assert_refused(early, 3, "0 of 3")
        GROUP.ana.must("withdraw", request, "--yes")
        late = GROUP.ana.quorate("open", request, "--json")
        self.assert_refused(late, 3)

    def test_4_is_unreachable(self):
        stranger = harness.Person(GROUP.folder, "stranger")
        error = self.assert_refused(stranger.quorate("status", "--json"), 4)
        self.assertEqual(error["next"], "quorate node start")

    def test_5_is_integrity(self):
        result = GROUP.ben.audit("verify", "--json", "--charter-words", "not these")
        self.assert_code(result, 5)
        self.assertEqual(result.json()["verdict"], "TAMPERED")
        self.assertEqual(result.error()["reason"], "WRONG_CHARTER")

    def test_6_is_incomplete(self):
        export = GROUP.write("partly.csv", KEEPASSXC_HEADER + entry("partly", "p1") +
                             entry("broken", "p2", totp="no seed!"))
        result = GROUP.ana.quorate("import", export, "--vault", "main", "--keep-going")
        self.assert_code(result, 6)
        self.assertIn("line 3", result.out)

    def test_130_is_interrupted(self):
        request = GROUP.request(GROUP.ana, "page")
        waiting = GROUP.ana.begin("open", request, "--wait", "--reveal")
        # SIGINT is blocked until the thread that takes it up waits: it cannot be lost.
        process = harness.Process(waiting.child.pid)
        status = pathlib.Path(f"/proc/{process.pid}/status")
        harness.wait_until(lambda: "SigBlk:\t0000000000000000" not in status.read_text(),
                           "it has begun")
        process.signal(signal.SIGINT)
        result = waiting.finish()
        self.assert_code(result, 130)
        self.assertEqual(result.out, "")
        GROUP.ana.must("withdraw", request, "--yes")


class Deposits(Unchanged):
    def deposit(self, content, *words):
        path = GROUP.write("item", content)
        return GROUP.ana.quorate("deposit", "new-page", "--vault", "main", "--from", path, *words,
                                 "--json")

    def test_a_secret_that_is_empty_or_too_large_is_refused(self):
        for what, content in (("nothing", b""), ("a line end alone", b"\n"),
                              ("a byte too many", b"x" * (MAX_ITEM_BYTES + 1)),
                              ("far too much", b"x" * (1 << 20))):
            with self.subTest(secret=what):
                self.assert_refused(self.deposit(content), 1)
                self.assert_unchanged()
        self.assert_refused(self.deposit(b"no seed", "--item", "totp"), 1)
        self.assert_unchanged()

    def test_a_vault_or_account_that_cannot_be_is_refused(self):
        path = GROUP.write("item", "x")
        for words in (("a page", "--vault", "main"), ("page", "--vault", "other"),
                      ("PAGE", "--vault", "main"), ("p" * 65, "--vault", "main")):
            with self.subTest(words=words):
                result = GROUP.ana.quorate("deposit", *words, "--from", path, "--json")
                self.assertIn(result.code, (1, 2), str(result))
                self.assert_refused(result, result.code)
                self.assert_unchanged()

    def test_the_largest_secret_is_taken(self):
        path = GROUP.write("item", b"x" * MAX_ITEM_BYTES)
        self.assert_code(GROUP.ana.quorate("deposit", "largest", "--vault", "main", "--from", path),
                         0)


class CheapPassphrases(harness.Case):
    def init(self, name, *words):
        person = harness.Person(GROUP.folder, name)
        return person, person.quorate(
            "init", "--name", name, "--server", GROUP.server.invite(), "--passphrase-file",
            person.passphrase_file, *words)

    def test_are_warned_of_and_have_a_floor(self):
        _, result = self.init("cheap", *harness.QUICK_ARGON2ID)
        self.assert_code(result, 0)
        self.assertIn("cheap to guess", result.err)
        for words in (("--argon2id-memory-kib", "8191"), ("--argon2id-passes", "0"),
                      ("--argon2id-memory-kib", "4294967295")):
            with self.subTest(settings=words):
                person, result = self.init("cheaper", *words, "--json")
                self.assert_refused(result, 2, "--argon2id-memory-kib")
                self.assertFalse(person.home.exists())


class WrongPassphrase(Unchanged):
    def test_is_named_and_approves_nothing(self):
        wrong = GROUP.write("wrong", "not a kettle\n")
        request = GROUP.request(GROUP.ana, "page")
        for words in (("unlock",), ("approve", request, "--yes"),
                      ("deposit", "page", "--vault", "main", "--from", wrong)):
            with self.subTest(command=words):
                result = GROUP.ben.quorate(*words, "--passphrase-file", wrong, "--json")
                self.assertEqual(self.assert_refused(result, 3)["reason"], "WRONG_PASSPHRASE")
        self.assertEqual(GROUP.ben.json("show", request)["approvals"], 0)
        GROUP.ana.must("withdraw", request, "--yes")


class Imports(Unchanged):
    BROKEN = KEEPASSXC_HEADER + entry("Good one", "p1") + entry("Bad code", "p2", totp="!!!") + \
        entry("Too long", "x" * (MAX_ITEM_BYTES + 1)) + entry("Good two", "p3")

    def run_import(self, text, *words):
        return GROUP.ana.quorate("import", GROUP.write("export.csv", text), "--vault", "main",
                                 *words)

    def test_broken_lines_are_named_and_nothing_is_deposited(self):
        result = self.run_import(self.BROKEN)
        self.assert_code(result, 1)
        for line in (3, 4):
            self.assertRegex(result.out, rf"(?m)^line {line}: refused: ")
        self.assertNotIn("x" * 100, result.out + result.err)
        self.assert_unchanged()

    def test_a_dry_run_deposits_nothing_and_shows_no_values(self):
        result = self.run_import(KEEPASSXC_HEADER + entry("Dry", "dry-password", notes="dry-note"),
                                 "--dry-run", "--json")
        self.assert_code(result, 0)
        self.assertEqual(result.json()["planned"], 1)
        self.assertNotIn("dry-password", result.out)
        self.assertNotIn("dry-note", result.out)
        self.assert_unchanged()

    def test_keep_going_deposits_the_rest_and_says_what_is_left_out(self):
        result = self.run_import(self.BROKEN, "--keep-going", "--json")
        self.assert_code(result, 6)
        report = json.loads(result.out)
        # Of the second entry the password is good, and taken; only its code is left out.
        self.assertEqual({(a["account"], *a["items"]) for a in report["accounts"]
                          if a["outcome"] == "deposited"},
                         {("good-one", "password"), ("bad-code", "password"),
                          ("good-two", "password")})
        self.assertEqual(sorted({p["line"] for p in report["problems"]
                                 if p["severity"] == "refused"}), [3, 4])

    def test_files_that_are_no_export_are_refused(self):
        for what, text in (("empty", ""), ("no header", entry("a", "b")), ("NUL bytes", b"\0\0"),
                           ("cut off", KEEPASSXC_HEADER + '"Passwords","Cut'),
                           ("JSON that is none", '{"encrypted": false, "items": [')):
            with self.subTest(file=what):
                result = self.run_import(text, "--json")
                self.assertNotEqual(result.code, 0, str(result))
                self.assertTrue(result.error()["next"] or result.error()["message"])
                self.assert_unchanged()


if __name__ == "__main__":
    cases.main("e2e_input")
