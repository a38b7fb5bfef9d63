#!/usr/bin/env python3
"""An alarm over the real programs: it holds what is approved, recovery codes open, a quorum lifts."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found()
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from",
                   GROUP.write("page-secret", "the page's password\n"))
    GROUP.ana.must("deposit", "page", "--vault", "main", "--item", "recovery-codes", "--from",
                   GROUP.write("codes", "code one\n"))
    GROUP.all_see("the codes", lambda p: len(p.json("show", "account/page")["items"]) == 2)


def tearDownModule():
    GROUP.close()


def lift(person, *words):
    return person.quorate("lift", "page", "--reason", "it was ana", "--yes", "--passphrase-file",
                          person.passphrase_file, *words)


class Alarm(harness.Case):
    def test_an_alarm_holds_an_approved_release_until_a_quorum_lifts_it(self):
        ana, ben, chloe, dan, eve = GROUP.people
        self.assert_refused(lift(ben, "--json"), 3, "NOT_FROZEN")
        self.assert_code(eve.quorate("alarm", "nowhere", "--reason", "x", "--yes"), 1)
        request = GROUP.request(ana, "page")
        for person in (ben, chloe):
            self.assert_code(person.approve(request), 0)
        raised = eve.must("alarm", "page", "--reason", "ana's machine is gone", "--yes").out
        self.assertIn("page is frozen", raised)
        self.assertIn("deploy/runbook.md", raised)
        self.assertIn("quorate status", raised)
        self.assert_refused(eve.quorate("alarm", "page", "--reason", "x", "--yes", "--json"), 3,
                            "ALREADY_SAID")
        GROUP.all_see("the alarm", lambda p: p.json("show", "account/page")["frozen"])
        approved = dan.approve(request)
        self.assert_code(approved, 0)
        self.assertIn("frozen, 0 of 3 have lifted it; eve: ana's machine is gone", approved.out)
        self.assertIn("FROZEN", ana.must("accounts").out)
        self.assertRegex(ana.must("show", "account/page").out,
                         r"FROZEN by +eve, .*: ana's machine is gone")
        self.assertIn("frozen", ana.must("requests").out)
        self.assertIn("page is frozen, 0 of 3", " ".join(ana.must("status").out.split()))
        GROUP.all_see("the approval", lambda p: p.json("show", request)["approvals"] == 3)

        # What wins the account back opens all the same, by the nodes that keep the password in.
        codes = GROUP.request(ana, "page", "--item", "recovery-codes")
        for person in (ben, chloe, dan):
            self.assert_code(person.approve(codes), 0)
        self.assertEqual(ana.must("open", codes, "--wait", "--reveal").out, "code one\n")
        shown = ana.json("show", request)
        self.assertEqual((shown["shares_sent"], shown["approvals"]), (0, 3))
        self.assert_refused(ana.quorate("open", request, "--json"), 3, "NOT_YET",
                            "the account is frozen, 0 of 3", "quorate show account/page")

        for person, count in ((ben, 1), (chloe, 2)):
            self.assertIn(f"Lifted: {count} of 3 have", lift(person).out)
            GROUP.all_see("the lift",
                          lambda p, n=count: len(p.json("show", "account/page")["lifts"]) == n)
        self.assert_refused(lift(ben, "--json"), 3, "ALREADY_SAID")
        self.assertRegex(ana.must("show", "account/page").out, r"lifted by +ben, .*: it was ana")
        self.assertIn("Lifted: page is free", lift(dan).out)
        self.assertEqual(ana.must("open", request, "--wait", "--reveal").out,
                         "the page's password\n")

        rows = [json.loads(line)
                for line in ana.audit("show", "--account", "page", "--json").out.splitlines()]
        said = [(row["author"], row["statement"]) for row in rows
                if row["statement"] in ("alarm", "lift")]
        self.assertEqual(said, [("eve", "alarm"), ("ben", "lift"), ("chloe", "lift"),
                                ("dan", "lift")])
        self.assertIn("ana's machine is gone", ana.audit("show", "--account", "page").out)
        self.assert_code(ana.audit("verify"), 0)

    def test_only_a_passphrase_lifts_an_alarm(self):
        ben = GROUP.ben
        GROUP.chloe.must("alarm", "page", "--reason", "again", "--yes")
        wait_until(lambda: ben.json("show", "account/page")["frozen"], "ben sees it")
        wrong = GROUP.write("wrong", "not the passphrase\n")
        refused = ben.quorate("lift", "page", "--reason", "x", "--yes", "--passphrase-file", wrong,
                              "--json")
        self.assertNotEqual(refused.code, 0)
        self.assertEqual(ben.json("show", "account/page")["lifts"], [])
        # No terminal, nobody who has read it.
        self.assert_code(ben.quorate("lift", "page", "--reason", "x"), 2)
        GROUP.people[3].must("lock")
        locked = GROUP.people[3].quorate("alarm", "page", "--reason", "x", "--yes", "--json")
        self.assert_refused(locked, 3, "LOCKED")
        GROUP.people[3].unlock()


if __name__ == "__main__":
    cases.main("e2e_alarm")
