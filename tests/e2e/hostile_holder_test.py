#!/usr/bin/env python3
"""An organiser who cheats: eve has her keys, her node's disk and the real protocol, and says
whatever tests/hostile's holder can be told to say. The others' real nodes refuse it with the
documented code, name her where the bytes prove it, agree on the state, and open nothing without a
quorum."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
ANA, BEN, CHLOE, DAN, EVE = range(1, 6)
GROUP = None
CHEAT = None
DEALT = {}  # What became of eve's dealings.

# main: three of five. slow: cools off for an hour. brief: requests live for a minute.
VAULTS = """
[[vault]]
name = "slow"
threshold = 2
holders = ["ana", "ben", "chloe", "dan", "eve"]
cooling_off = 3600

[[vault]]
name = "brief"
threshold = 2
holders = ["ana", "ben", "chloe", "dan", "eve"]
request_lifetime = 60
"""


def take_over():
    global CHEAT
    CHEAT = harness.Double("hostile-holder", GROUP.eve.home, GROUP.eve.passphrase_file)
    unittest.addModuleCleanup(CHEAT.close)


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    unittest.addModuleCleanup(GROUP.close)
    eve = GROUP.eve
    link = GROUP.draft(harness.charter(denials_to_block=2) + VAULTS)
    harness.at_once(lambda person: GROUP.join(person, link), GROUP.people[1:])
    GROUP.all_see("frozen", lambda p: p.json("organisation", "show")["state"] == "frozen")
    # Before anybody else's node has a part in the key generation, hers is taken over.
    GROUP.people = GROUP.people[:4]
    for person in GROUP.people:
        person.must("organisation", "sign", "--yes")
        person.must("lock")
    eve.must("organisation", "sign", "--yes")
    wait_until(lambda: eve.quorate("vaults").code == 0, "the organisation")
    eve.stop()
    take_over()
    for person in GROUP.people:
        person.unlock()
    wait_until(lambda: CHEAT.say("status").get("dealings") == 4, "the others have dealt", 60)
    DEALT["copied E"] = CHEAT.say("deal", manner="copied-e")
    DEALT["copied"] = CHEAT.say("deal", manner="copied")
    DEALT["bad"] = CHEAT.say("deal", manner="bad", victims=[ANA, BEN])
    DEALT["second"] = CHEAT.say("deal", manner="again")
    for vault in ("main", "slow", "brief"):
        for person in GROUP.people:
            wait_until(lambda p=person, v=vault: harness.is_active(p, v), f"{vault} has a key", 60)
    for vault in ("main", "slow", "brief"):
        path = GROUP.write("secret", f"what {vault} guards\n")
        GROUP.ana.must("deposit", f"{vault}-page", "--vault", vault, "--from", path)


class Cheat(harness.Case):
    def rows(self):
        return wait_until(GROUP.ben.log, "the log can be read")

    def row(self, answer):
        return self.rows()[answer["index"]]

    def assert_refused_by_all(self, answer, *codes):
        """The server logs what it cannot read; every honest reader refuses it for this reason."""
        self.assertEqual(answer.get("server"), "OK", answer)
        self.assertIn(answer.get("outcome"), codes, answer)
        row = self.row(answer)
        self.assertEqual((row["author"], row["outcome"], row["leaf_hash"]),
                         ("eve", answer["outcome"], answer["leaf_hash"]))

    def assert_admitted(self, answer):
        self.assertEqual(answer.get("outcome"), "admitted", answer)

    def assert_kept_out(self, answer, reason):
        """The server itself refuses it: no entry."""
        self.assertEqual(answer.get("server"), reason, answer)
        self.assertNotIn("index", answer)

    def assert_shut(self, person, request):
        self.assert_code(person.quorate("open", request, "--reveal"), 3)

    def approvals(self, request, *people):
        for person in people:
            self.assert_code(person.approve(request), 0)

    def request(self, vault="main", person=None, *words):
        return GROUP.request(person or GROUP.ana, f"{vault}-page", *words)

    def full(self, request):
        """The leaf hash that a request's short name stands for."""
        return next(row["leaf_hash"] for row in self.rows() if row["leaf_hash"].startswith(request))

    def withdraw(self, request, person=None):
        (person or GROUP.ana).must("withdraw", request, "--yes")

    def assert_one_state(self):
        def same():
            states = [(s["log_size"], s["state_digest"]) for s in (p.status() for p in GROUP.people)]
            mine = CHEAT.say("status")
            hers = (mine.get("size"), mine.get("state_digest"))
            return set(states) == {hers} and hers[1]
        digest = wait_until(same, "all have one state")
        audited = GROUP.ben.audit("verify", "--json")
        self.assert_code(audited, 0)
        self.assertEqual(audited.json()["state_digest"], digest)
        return audited.json()

    def tearDown(self):
        self.assert_one_state()


class Dealings(Cheat):
    def test_a_copied_ephemeral_key_and_a_copied_dealing_are_refused(self):
        self.assert_refused_by_all(DEALT["copied E"], "VALUE_SEEN_BEFORE")
        self.assert_refused_by_all(DEALT["copied"], "VALUE_SEEN_BEFORE")

    def test_a_second_dealing_is_refused(self):
        # The others close the dealing as soon as the fifth is there.
        self.assert_refused_by_all(DEALT["second"], "REPEATED", "WRONG_STAGE")

    def test_bad_sub_shares_expel_and_name_their_dealer_and_the_key_is_made_without_them(self):
        self.assert_admitted(DEALT["bad"])
        complaints = [row for row in self.rows() if row["statement"] == "complain"]
        self.assertLessEqual({row["author"] for row in complaints}, {"ana", "ben"})
        # One is enough; whoever comes second has nothing to add.
        self.assertEqual([(row["outcome"], "eve" in row["what"]) for row in complaints][:1],
                         [("admitted", True)])
        named = self.assert_one_state()["named"]
        self.assertIn(("eve", "BAD_DEALING"), {(n["who"], n["kind"]) for n in named})
        self.assertEqual({n["who"] for n in named}, {"eve"})
        for person in GROUP.people:
            self.assertRegex(person.must("status").out, r"(?s)Risk\n.*  eve, entry \d+: Dealt a sub-share that")


class Shares(Cheat):
    def test_wrong_and_forged_shares_are_refused_and_the_login_opens_with_the_others(self):
        request = self.request()
        full = self.full(request)
        self.assert_admitted(CHEAT.say("approve", request=full))
        for manner, code in (("wrong", "BAD_SHARE"), ("own-key", "BAD_SHARE"),
                             ("forged", "BAD_SHARE"), ("epoch", "WRONG_EPOCH")):
            with self.subTest(manner=manner):
                answer = CHEAT.say("shares", request=full, manner=manner)
                self.assert_refused_by_all(answer, code)
        self.approvals(request, GROUP.ben, GROUP.chloe)
        # Three have approved; two shares are good.
        wait_until(lambda: GROUP.ana.json("show", request)["shares_sent"] == 2, "two released")
        self.assert_shut(GROUP.ana, request)
        self.approvals(request, GROUP.dan)
        opened = GROUP.ana.must("open", request, "--wait", "--reveal")
        self.assertEqual(opened.out, "what main guards\n")
        named = self.assert_one_state()["named"]
        self.assertIn(("eve", "BAD_SHARE"), {(n["who"], n.get("reason")) for n in named})

    def test_replayed_shares_open_nothing(self):
        first, second = self.request(), self.request()
        early = CHEAT.say("shares", request=self.full(first), manner="honest")
        self.assert_admitted(early)
        again = CHEAT.say("shares", request=self.full(second), manner="replayed",
                          **{"from": self.full(first)})
        self.assert_refused_by_all(again, "BAD_SHARE")
        self.approvals(first, GROUP.ben, GROUP.chloe, GROUP.dan)
        GROUP.ana.must("open", first, "--wait", "--reveal")
        others = CHEAT.say("shares", request=self.full(second), manner="replayed", by=BEN,
                           **{"from": self.full(first)})
        self.assert_refused_by_all(others, "BAD_SHARE")
        self.assert_shut(GROUP.ana, second)
        self.withdraw(second)

    def test_a_share_before_any_approval_is_named_and_a_denial_after_it_still_counts(self):
        request = self.request()
        early = CHEAT.say("shares", request=self.full(request), manner="honest")
        self.assert_admitted(early)
        self.assert_shut(GROUP.ana, request)
        named = self.assert_one_state()["named"]
        self.assertIn(("eve", "PREMATURE_SHARES", early["index"]),
                      {(n["who"], n["kind"], n["index"]) for n in named})
        for person in (GROUP.ben, GROUP.chloe):
            person.must("deny", request, "--reason", "nobody called me")
        late = CHEAT.say("approve", request=self.full(request))
        self.assert_refused_by_all(late, "REQUEST_CLOSED")
        self.assert_shut(GROUP.ana, request)
        shown = GROUP.ana.json("show", request)
        self.assertEqual((shown["state"], shown["shares_sent"]), ("denied", 1))

    def test_a_share_before_the_cooling_off_is_over_opens_nothing(self):
        request = self.request("slow")
        self.assert_admitted(CHEAT.say("approve", request=self.full(request)))
        self.approvals(request, GROUP.ben, GROUP.chloe)
        self.assert_admitted(CHEAT.say("shares", request=self.full(request), manner="honest"))
        wait_until(lambda: GROUP.ana.json("show", request)["shares_sent"] == 1, "hers is seen")
        self.assertIn("cooling-off", GROUP.ana.json("show", request)["waiting_for"])
        self.assert_shut(GROUP.ana, request)
        self.withdraw(request)


class Words(Cheat):
    def test_own_and_recipients_approvals_are_refused(self):
        own = CHEAT.say("request", account="main-page", reason="mine", key="own", **{"for": [EVE]})
        self.assert_admitted(own)
        self.assert_refused_by_all(CHEAT.say("approve", request=own["leaf_hash"]), "OWN_REQUEST")
        self.assert_admitted(CHEAT.say("withdraw", request=own["leaf_hash"]))
        given = self.request("main", GROUP.ana, "--to", "eve")
        self.assert_refused_by_all(CHEAT.say("approve", request=self.full(given)),
                                   "RECIPIENT_MAY_NOT_APPROVE")
        self.withdraw(given)

    def test_an_approval_counts_once(self):
        request = self.request()
        full = self.full(request)
        self.assert_admitted(CHEAT.say("approve", request=full))
        self.assert_refused_by_all(CHEAT.say("approve", request=full), "ALREADY_APPROVED")
        wait_until(lambda: GROUP.ana.json("show", request)["approvals"] == 1, "it counts")
        self.assert_admitted(CHEAT.say("deny", request=full, reason="no"))
        self.assert_refused_by_all(CHEAT.say("deny", request=full, reason="no"), "ALREADY_SAID")
        wait_until(lambda: GROUP.ana.json("show", request)["denials"] == 1, "it counts")
        self.assertEqual(GROUP.ana.json("show", request)["approvals"], 0)
        self.withdraw(request)

    def test_approvals_and_accepts_of_another_request_do_not_count(self):
        request = self.request()
        given = self.request("main", GROUP.dan, "--to", "chloe")
        GROUP.chloe.must("accept", given, "--yes")
        self.assert_refused_by_all(
            CHEAT.say("approve", request=self.full(request), accepts_of=self.full(given)),
            "ACCEPTS_MISSING")
        self.approvals(given, GROUP.ben)
        said = next(row for row in reversed(self.rows()) if row["statement"] == "approve")
        size = len(self.rows())
        self.assert_kept_out(
            CHEAT.say("replay", index=said["index"], request=self.full(request)),
            "BODY_DIGEST_MISMATCH")
        # The same bytes once more are the same statement.
        self.assertEqual(CHEAT.say("replay", index=said["index"]).get("server"), "OK")
        self.assertEqual(len(self.rows()), size)
        self.assertEqual(GROUP.ana.json("show", request)["approvals"], 0)
        self.withdraw(request)
        self.withdraw(given, GROUP.dan)

    def test_an_approval_names_one_request_in_full(self):
        request = self.request()
        self.assert_refused_by_all(CHEAT.say("approve", request="00" * 32), "UNKNOWN_REQUEST")
        cut = self.full(request)[:5]
        self.assert_refused(GROUP.ben.quorate("approve", cut, "--yes", "--json",
                                              "--passphrase-file", GROUP.ben.passphrase_file), 2)
        self.assertEqual(GROUP.ana.json("show", request)["approvals"], 0)
        self.withdraw(request)

    def test_keys_of_ones_own_for_somebody_else_are_refused(self):
        request = self.request("main", GROUP.ana, "--to", "chloe")
        self.assert_refused_by_all(CHEAT.say("accept", request=self.full(request)),
                                   "NOT_A_RECIPIENT")
        self.withdraw(request)
        self.assert_refused_by_all(
            CHEAT.say("request", account="main-page", reason="x", key="own", **{"for": [CHLOE]}),
            "MALFORMED_BODY")
        self.assert_refused_by_all(
            CHEAT.say("request", account="main-page", reason="x", key="copied", **{"for": [EVE]}),
            "VALUE_SEEN_BEFORE")
        self.assert_refused_by_all(CHEAT.say("opened", request=self.full(request)),
                                   "NOT_A_RECIPIENT")

    def test_an_identifier_belongs_to_its_author_and_to_the_first_bytes(self):
        request = self.request()
        squatted = CHEAT.say("deny", request=self.full(request), reason="no", **{"as": ANA})
        self.assert_admitted(squatted)
        self.assertEqual(GROUP.ana.json("show", request)["state"], "open")
        self.assert_kept_out(CHEAT.say("withdraw", request=self.full(request), again=1),
                             "STATEMENT_ID_USED")
        self.withdraw(request)


class Bytes(Cheat):
    def test_bytes_that_are_not_the_one_encoding_change_nothing(self):
        for manner in ("unknown-kind", "unknown-field", "duplicate-field", "long-length",
                       "cut-short", "explicit-zero"):
            with self.subTest(manner=manner):
                request = "11" * 32
                self.assert_refused_by_all(CHEAT.say("bytes", manner=manner, request=request),
                                           "MALFORMED_BODY")

    def test_other_rules_charters_and_roots_are_refused(self):
        for manner, code in (("other-rules", "UNKNOWN_RULES"), ("other-charter", "STALE_CHARTER"),
                             ("other-root", "FOREIGN_ROOT")):
            with self.subTest(manner=manner):
                self.assert_refused_by_all(CHEAT.say("bytes", manner=manner), code)

    def test_headers_that_the_server_can_judge_do_not_reach_the_log(self):
        self.assert_kept_out(CHEAT.say("bytes", manner="header-field"), "NOT_CANONICAL")
        self.assert_kept_out(CHEAT.say("bytes", manner="other-organisation"), "WRONG_ORGANISATION")
        # A member, with their own keys, as another.
        self.assert_kept_out(CHEAT.say("bytes", manner="other-author"), "BAD_SIGNATURE")

    def test_ciphertexts_for_another_account_or_key_are_refused(self):
        self.assert_refused_by_all(
            CHEAT.say("deposit", manner="relabelled", account="stolen", **{"from": "main-page"}),
            "VALUE_SEEN_BEFORE", "BAD_CIPHERTEXT")
        self.assert_refused_by_all(CHEAT.say("deposit", manner="other-key", account="stolen"),
                                   "BAD_CIPHERTEXT")
        self.assert_code(GROUP.ana.quorate("show", "stolen"), 1)


class Texts(Cheat):
    NASTY = "\x1b]0;owned\x07\x1b[2J\u202etxt\u2066\u200b\x9b31m\r"
    SHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

    def assert_clean(self, result):
        found = self.SHOWN.search(result.out + result.err)
        self.assertIsNone(found, repr(found) + str(result))

    def test_no_text_of_an_author_reaches_a_terminal_as_control_or_bidi_characters(self):
        request = self.request()
        self.assert_refused_by_all(
            CHEAT.say("deny", request=self.full(request), reason=self.NASTY), "BAD_TEXT")
        self.assert_refused_by_all(
            CHEAT.say("request", account="main-page", reason=self.NASTY, key="own",
                      **{"for": [EVE]}), "BAD_TEXT")
        for field in ("account", "title", "username", "url"):
            with self.subTest(field=field):
                texts = {"account": "nasty", field: self.NASTY}
                self.assert_refused_by_all(CHEAT.say("deposit", manner="honest", **texts),
                                           "BAD_TEXT")
        for words in (["status"], ["requests"], ["accounts"], ["vaults"], ["show", request]):
            for how in ([], ["--json"]):
                self.assert_clean(GROUP.ben.must(*words, *how))
        for words in (["show"], ["show", "--refused"], ["verify"]):
            for how in ([], ["--json"]):
                self.assert_clean(GROUP.ben.audit(*words, *how))
        self.withdraw(request)


class WordsAfterExpiry(Cheat):
    """The last: the log's time does not go back."""

    @unittest.skipIf(FAKETIME is None, "libfaketime is not installed")
    def test_an_approval_is_refused(self):
        request = self.request("brief")
        full = self.full(request)
        self.approvals(request, GROUP.ben)
        CHEAT.close()
        GROUP.server.stop()
        # Within what nodes take of a clock that is ahead, and the log's time does not go back.
        GROUP.server.start(LD_PRELOAD=FAKETIME, FAKETIME="+90s", FAKETIME_DONT_FAKE_MONOTONIC="1")
        for person in GROUP.people:
            wait_until(lambda p=person: p.status()["connected"], f"{person.name} is connected")
        take_over()
        self.assert_refused_by_all(CHEAT.say("approve", request=full), "REQUEST_EXPIRED")
        self.assert_shut(GROUP.ana, request)


class YoungerRules(Cheat):
    """The very last: under rules that nobody here knows, all stops."""

    def rules(self, version, *people):
        return CHEAT.say("rules", version=version, passphrase_file=str(GROUP.ana.passphrase_file),
                         homes=[str(person.home) for person in people])

    def test_rules_that_a_program_does_not_know_stop_it_and_are_told(self):
        ana, ben, chloe, dan = GROUP.people
        self.assert_refused_by_all(self.rules(3, ana, ben, chloe), "UNKNOWN_RULES")
        self.assert_refused_by_all(self.rules(2, ana, ben), "NOT_ENOUGH_ENDORSEMENTS")
        request = self.request()
        self.approvals(request, ben, chloe)
        self.assert_admitted(self.rules(2, ana, ben, chloe))
        for person in GROUP.people:
            wait_until(lambda p=person: "rules in force that this program does not know"
                       in p.must("status").out.replace("\n", " "), f"{person.name} is told")
        self.assert_refused(dan.quorate("approve", request, "--yes", "--json", "--passphrase-file",
                                        dan.passphrase_file), 3)
        self.assert_shut(ana, request)
        self.assertIn("does not know", " ".join(self.assert_one_state()["notes"]))


if __name__ == "__main__":
    cases.main("e2e_hostile_holder")
