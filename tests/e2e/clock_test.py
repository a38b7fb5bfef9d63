#!/usr/bin/env python3
"""A server whose clock is wrong: people are warned, and nothing opens earlier for it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
COOLING_OFF_S = 300
# More than the two minutes that are warned of; behind also more than the cooling-off. Entries that
# are dated more than five minutes ahead are not taken at all.
BEHIND_S = 600
AHEAD_S = 200
FAR_AHEAD_S = 600


class WrongClock(harness.Case):
    def setUp(self):
        if FAKETIME is None:
            self.skipTest("libfaketime is not installed")
        self.group = harness.Group()
        self.addCleanup(self.group.close)
        self.group.found(harness.charter(cooling_off=COOLING_OFF_S))
        path = self.group.write("page-secret", "the page's password\n")
        self.group.ana.must("deposit", "page", "--vault", "main", "--from", path)

    def restart_server(self, offset):
        self.group.server.stop()
        # Its graceful stop waits by the clock that is wrong.
        self.addCleanup(self.group.server.kill)
        # Only the wall clock is wrong: what programs wait by goes on as it does.
        self.group.server.start(LD_PRELOAD=FAKETIME, FAKETIME=offset,
                                FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.group.all_see("connected", lambda p: p.status()["connected"])

    def assert_warned(self, skew):
        for person in self.group.people:
            status = wait_until(lambda p=person: p.status(), "status")
            self.assertAlmostEqual(status["clock_skew_ms"] / 1000, skew, delta=30)
            self.assertTrue(any("clock" in risk["text"] for risk in status["risks"]))
        self.assertIn("set the clock", self.group.ana.must("status").out)

    def assert_shut(self):
        request = self.group.request(self.group.ana, "page")
        for person in self.group.people[1:]:
            self.assert_code(person.approve(request), 0)
        wait_until(lambda: self.group.ana.json("show", request)["approvals"] == 4, "all approved")
        size = self.group.ana.status()["log_size"]
        self.assert_code(self.group.ana.quorate("open", request, "--reveal"), 3)
        shown = self.group.ana.json("show", request)
        self.assertEqual((shown["shares_sent"], shown["openable_by_me"]), (0, False))
        self.assertIn("cooling-off", shown["waiting_for"])
        self.assertEqual(self.group.ana.status()["log_size"], size)
        self.group.ana.must("withdraw", request, "--yes")
        wait_until(lambda: self.group.ben.audit("verify").code == 0, "the log verifies")

    def test_ahead_is_warned_of_and_opens_nothing_early(self):
        self.restart_server(f"+{AHEAD_S}s")
        self.assert_warned(AHEAD_S)
        self.assert_shut()

    def test_far_ahead_moves_no_node(self):
        # Else one wrong clock would expire every open request, and the log's time for good.
        size = self.group.ana.status()["log_size"]
        self.restart_server(f"+{FAR_AHEAD_S}s")
        self.assert_warned(FAR_AHEAD_S)
        asked = self.group.ana.quorate("request", "page", "--reason", "for the test")
        self.assert_code(asked, 4)
        self.assertIn("kept", asked.err)
        for person in self.group.people:
            self.assertEqual(person.status()["log_size"], size)

    def test_behind_is_warned_of_and_opens_nothing_early(self):
        # A request that is dated back seems to have cooled off long ago.
        self.restart_server(f"-{BEHIND_S}s")
        self.assert_warned(-BEHIND_S)
        self.assert_shut()


if __name__ == "__main__":
    cases.main("e2e_clock")
