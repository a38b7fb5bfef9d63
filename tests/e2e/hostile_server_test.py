#!/usr/bin/env python3
"""A server that cheats: tests/hostile's stands at the real one's address, has its TLS key, speaks
the real protocol and forwards to the real one, whose answers it changes. Readers say what is wrong;
nodes take nothing of it, open nothing for it, lose nothing, and go on once it is honest again."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

COOLING_OFF_S = 4
GROUP = None
CHEAT = None

# main: three of five, one denial closes a request. slow: the same, and cools off.
VAULTS = f"""
[[vault]]
name = "slow"
threshold = 3
holders = ["ana", "ben", "chloe", "dan", "eve"]
cooling_off = {COOLING_OFF_S}
denials_to_block = 1
"""


def address():
    return (GROUP.server.data / "address").read_text().strip()


def double(data, listen):
    """The cheat at `listen`, the real server behind it."""
    global CHEAT
    CHEAT = harness.Double("hostile-server", data, listen, address(), GROUP.eve.home)
    unittest.addModuleCleanup(CHEAT.close)


def connected(people):
    for person in people:
        wait_until(lambda p=person: p.status()["connected"], f"{person.name} is connected", 60)


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    unittest.addModuleCleanup(GROUP.close)
    GROUP.found(harness.charter(denials_to_block=1) + VAULTS)
    for person in GROUP.people:
        wait_until(lambda p=person: harness.is_active(p, "slow"), "slow has a key", 60)
    for vault in ("main", "slow"):
        path = GROUP.write("secret", f"what {vault} guards\n")
        GROUP.ana.must("deposit", f"{vault}-page", "--vault", vault, "--from", path)
    # The real server moves, and the cheat takes its place.
    GROUP.public = address()
    GROUP.server.stop()
    (GROUP.server.data / "address").unlink()
    GROUP.server.start()
    double(GROUP.server.data, GROUP.public)
    connected(GROUP.people)


class Cheat(harness.Case):
    def setUp(self):
        self.honest()

    def tearDown(self):
        """Everybody has everything, and the same of it."""
        self.honest()

        def same():
            states = {(s["log_size"], s["state_digest"]) for s in
                      (person.status() for person in GROUP.people)}
            return len(states) == 1 and states.pop()
        size, digest = wait_until(same, "all have one state", 60)
        audited = GROUP.ben.audit("verify", "--json")
        self.assert_code(audited, 0)
        self.assertEqual((audited.json()["size"], audited.json()["state_digest"]), (size, digest))

    def cheat(self, manner, victim=None, **more):
        if victim is not None:
            more["victim"] = str(victim.home)
        self.assertEqual(CHEAT.say(manner, **more), {"done": 0})

    def honest(self):
        self.cheat("honest")

    def cheated(self, victim, times=1):
        wait_until(lambda: CHEAT.say("count", victim=str(victim.home))["done"] >= times,
                   "it has cheated")

    def request(self, vault="main"):
        return GROUP.ana.json("request", f"{vault}-page", "--reason", "for the test")["id"]

    def seen(self, request, *people):
        for person in people:
            wait_until(lambda p=person: p.quorate("show", request).code == 0, "the request", 60)


class AtTheAudit(Cheat):
    AT = 7

    def assert_verdict(self, manner, code, verdict):
        self.cheat(manner, GROUP.eve, index=self.AT)
        result = GROUP.eve.audit("verify", "--json")
        self.assert_code(result, code)
        found = result.json()
        self.assertEqual(found["verdict"], verdict, str(result))
        return found["fault"]

    def test_changed_dropped_swapped_repeated_and_back_dated_entries_are_tampered(self):
        for manner in ("flip-leaf", "cut-leaf", "back-date", "drop", "repeat", "swap"):
            with self.subTest(manner=manner):
                fault = self.assert_verdict(manner, 5, "TAMPERED")
                first = self.AT - 1 if manner == "swap" else self.AT
                self.assertEqual(fault["index"], first, fault)

    def test_bodies_that_are_not_the_signed_ones_are_not_read(self):
        for manner, code, verdict in (("flip-body", 5, "TAMPERED"), ("cut-body", 5, "TAMPERED"),
                                      ("no-body", 6, "INCOMPLETE")):
            with self.subTest(manner=manner):
                self.assertEqual(self.assert_verdict(manner, code, verdict)["index"], self.AT)

    def test_a_changed_checkpoint_and_an_old_state_are_not_verified(self):
        self.cheat("flip-checkpoint", GROUP.eve)
        self.assertIn(GROUP.eve.audit("verify").code, (5, 6))
        self.cheat("old-state", GROUP.eve)
        request = self.request()
        self.cheated(GROUP.eve)
        wait_until(lambda: GROUP.eve.audit("verify").code == 0, "an old state verifies as such")
        self.assert_code(GROUP.ana.audit("verify"), 0)
        self.honest()
        self.seen(request, GROUP.eve)
        self.assert_code(GROUP.eve.audit("verify"), 0)
        # What her node has seen must be in what she is shown.
        self.cheat("drop", GROUP.eve)
        self.assertIn(GROUP.eve.audit("verify").code, (5, 6))
        self.honest()
        GROUP.ana.must("withdraw", request, "--yes")
        # Her node has been cheated as well, and would wait long before it asks again.
        GROUP.eve.kill()
        GROUP.eve.start()


class AtANode(Cheat):
    def test_nothing_changed_on_the_way_is_applied(self):
        manners = ("flip-leaf", "cut-leaf", "back-date", "drop", "repeat", "swap", "flip-body",
                   "cut-body", "no-body", "flip-checkpoint")
        victims = GROUP.people[1:]
        for first in range(0, len(manners), len(victims)):
            cheated = list(zip(victims, manners[first:]))
            with self.subTest(manners=[manner for _, manner in cheated]):
                size = GROUP.ana.status()["log_size"]
                self.kill()
                request = self.request()
                GROUP.ana.must("withdraw", request, "--yes")
                for victim, manner in cheated:
                    self.cheat(manner, victim)
                # Started anew they read two entries at once, and do not wait to ask again.
                self.start()
                for victim, manner in cheated:
                    # Who asks once more has dropped what came first; the rest of what is dropped is
                    # waited for.
                    self.cheated(victim, 1 if manner == "drop" else 2)
                    shown = victim.status()
                    self.assertLess(shown["log_size"], size + 2)
                    self.assertEqual(shown["halted_because"], "")
                self.honest()
                self.kill()
                self.start()
                GROUP.all_see("all of it", lambda p: p.status()["log_size"] >= size + 2)

    def kill(self):
        for person in GROUP.people[1:]:
            person.kill()

    def start(self):
        harness.at_once(lambda person: person.start(), GROUP.people[1:])

    def test_an_item_that_was_changed_or_is_kept_back_is_not_approved(self):
        path = GROUP.write("secret", "of no worth\n")
        victims = (GROUP.dan, GROUP.eve)
        for manner, victim in zip(("flip-blob", "no-blob"), victims):
            self.cheat(manner, victim)
        GROUP.ana.must("deposit", "another-page", "--vault", "main", "--from", path)
        request = GROUP.ana.json("request", "another-page", "--reason", "x")["id"]
        self.seen(request, *victims)
        begun = [victim.begin("approve", request, "--yes", "--passphrase-file",
                              victim.passphrase_file) for victim in victims]
        for victim in victims:
            self.cheated(victim)
        self.assertEqual(GROUP.ana.json("show", request)["approvals"], 0)
        self.honest()
        for approval in begun:
            self.assert_code(approval.finish(), 0)
        wait_until(lambda: GROUP.ana.json("show", request)["approvals"] == 2, "they count")
        GROUP.ana.must("withdraw", request, "--yes")

    def test_a_denial_that_the_server_hides_keeps_the_share_in(self):
        request = self.request("slow")
        self.seen(request, *GROUP.people)
        for person in (GROUP.ben, GROUP.chloe, GROUP.dan):
            self.assert_code(person.approve(request), 0)
        for person in GROUP.people:
            wait_until(lambda p=person: p.json("show", request)["approvals"] == 3, "a quorum")
        # ben is shown that there is more, and not what.
        self.cheat("withhold", GROUP.ben)
        GROUP.eve.must("deny", request, "--reason", "nobody called me")
        self.cheated(GROUP.ben)
        wait_until(lambda: GROUP.chloe.json("show", request)["state"] == "denied", "the denial")
        wait_until(lambda: "has not read all" in GROUP.ben.json("show", request)["waiting_for"],
                   "it has cooled off, and this alone holds the share in")
        shown = GROUP.ben.json("show", request)
        self.assertEqual((shown["state"], shown["shares_sent"]), ("open", 0))
        self.honest()
        wait_until(lambda: GROUP.ben.json("show", request)["state"] == "denied", "ben sees it", 60)
        self.assertEqual(GROUP.ana.json("show", request)["shares_sent"], 0)
        self.assert_code(GROUP.ana.quorate("open", request, "--reveal"), 3)


class OnTheWayThere(Cheat):
    def test_a_statement_that_the_server_drops_is_kept_and_goes_out_later(self):
        request = self.request()
        self.seen(request, GROUP.chloe)
        self.cheat("swallow", GROUP.chloe)
        begun = GROUP.chloe.begin("deny", request, "--reason", "no")
        self.cheated(GROUP.chloe)
        self.assertEqual(GROUP.ana.json("show", request)["denials"], 0)
        wait_until(lambda: GROUP.chloe.status()["unsent"] == 1, "it waits")
        self.honest()
        self.assert_code(begun.finish(), 0)
        wait_until(lambda: GROUP.ana.json("show", request)["state"] == "denied", "it arrives")

    def test_a_denial_that_the_server_refuses_is_sent_again(self):
        request = self.request()
        self.seen(request, GROUP.chloe)
        self.cheat("refuse", GROUP.chloe)
        begun = GROUP.chloe.begin("deny", request, "--reason", "no")
        self.cheated(GROUP.chloe)
        self.honest()
        # By itself the node waits for half a minute after a refusal; started anew, it does not.
        GROUP.chloe.kill()
        begun.finish()
        GROUP.chloe.start()
        wait_until(lambda: GROUP.ana.json("show", request)["state"] == "denied", "it arrives")

    def test_a_statement_that_is_sent_twice_counts_once(self):
        size = GROUP.ana.status()["log_size"]
        self.cheat("twice")
        request = self.request()
        self.seen(request, *GROUP.people)
        self.assertEqual(GROUP.ana.status()["log_size"], size + 1)
        GROUP.ana.must("withdraw", request, "--yes")


class TheServerItself(Cheat):
    """The last: its second case leaves a log that nobody goes on with."""

    def test_another_certificate_ends_it_and_is_told(self):
        CHEAT.close()
        double("-", GROUP.public)
        for person in GROUP.people:
            wait_until(lambda p=person: any("another server" in risk["text"]
                                            for risk in p.status()["risks"]),
                       f"{person.name} is told", 60)
            self.assertFalse(person.status()["connected"])
        audited = GROUP.ana.audit("verify")
        self.assertIn(audited.code, (4, 5), str(audited))
        self.assertIn("another server", audited.out + audited.err)
        CHEAT.close()
        double(GROUP.server.data, GROUP.public)
        connected(GROUP.people)

    def tearDown(self):
        if "two_logs" not in self.id():
            super().tearDown()

    def test_two_logs_signed_with_the_real_key_stop_every_node_that_sees_both(self):
        copy = GROUP.folder / "copy"
        GROUP.server.must("backup", "--to", copy)
        GROUP.chloe.kill()
        request = self.request()
        self.seen(request, GROUP.ana, GROUP.ben, GROUP.dan, GROUP.eve)
        CHEAT.close()
        GROUP.server.stop()
        shutil.rmtree(GROUP.server.data)
        copy.rename(GROUP.server.data)
        GROUP.server.start()
        double(GROUP.server.data, GROUP.public)
        # chloe has not seen the first of the two, and goes on in good faith.
        GROUP.chloe.start()
        GROUP.chloe.must("request", "main-page", "--reason", "mine")
        for person in (GROUP.ana, GROUP.ben, GROUP.dan, GROUP.eve):
            wait_until(lambda p=person: p.status()["halted_because"], f"{person.name} stops", 60)
            self.assertIn("HALTED", person.must("status").out)
        self.assert_code(GROUP.ben.audit("verify"), 5)


if __name__ == "__main__":
    cases.main("e2e_hostile_server")
