#!/usr/bin/env python3
"""kill -9 of the server and of every node, at each step of the main job.

After each step the server dies and comes back, then each node does. What was acknowledged before
(cards and signatures of the draft, then every entry of the log) must be there after, the server's
store must be sound, and the next step must work.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import at_once, wait_until  # noqa: E402


class Flow:
    """The main job, step by step. What is acknowledged so far can be asked for."""

    def __init__(self):
        self.group = harness.Group()
        self.link = None
        self.request_id = None
        self.founded = False
        self.running = []  # Whose nodes run.
        self.locked = False
        self.reader = None  # Whose audit reader reads the log; ben's where nobody's.

    # What must not be lost.

    def acknowledged(self):
        if not self.running:
            return []
        if not self.founded:
            shown = self.running[0].quorate("organisation", "show", "--json")
            if shown.code != 0:
                return []
            draft = shown.json()
            return draft.get("joined", []) + ["signed " + name for name in draft["signed_by"]]
        log = wait_until(lambda: (self.reader or self.group.ben).log(), "the log can be read")
        return [(entry["leaf_hash"], entry["outcome"]) for entry in log]

    # Deaths.

    def kill_server(self):
        self.group.server.kill()
        self.group.server.must("check")
        self.group.server.start()

    def kill_node(self, person):
        person.kill()
        person.start(locked=self.locked)

    # Steps.

    def initialised(self):
        self.group.server.start()
        ana = self.group.ana
        ana.init(self.group.server.invite())
        ana.start()
        self.running = [ana]

    def drafted(self):
        text = self.group.write("charter.toml", harness.charter())
        self.link = self.group.ana.json("organisation", "draft", text)["link"]

    def cards_laid(self):
        others = self.group.people[1:]
        at_once(lambda person: self.group.join(person, self.link), others)
        self.running = list(self.group.people)
        self.group.all_see("everyone joined", lambda p: not p.json("organisation", "show")["missing"])

    def two_signed(self):
        self.group.all_see("frozen",
                           lambda p: p.json("organisation", "show")["state"] == "frozen")
        for person in self.group.people[:2]:
            person.must("organisation", "sign", "--yes")

    def founded_by_the_last(self):
        for person in self.group.people[2:]:
            person.must("organisation", "sign", "--yes")
        self.founded = True
        self.group.all_see("the organisation", lambda p: p.quorate("vaults", "--json").code == 0)

    def key_made(self):
        self.group.ready()

    def deposited(self):
        path = self.group.write("secret", "a plain secret\n")
        self.group.ana.must("deposit", "page", "--vault", "main", "--from", path)

    def requested(self):
        self.request_id = self.group.request(self.group.ana, "page")

    def approved_by(self, name):
        person = next(p for p in self.group.people if p.name == name)
        wait_until(lambda: person.quorate("show", self.request_id).code == 0, "the request is seen")
        result = person.approve(self.request_id)
        assert result.code == 0, str(result)

    def released(self):
        self.approved_by("dan")
        wait_until(lambda: self.group.ana.json("show", self.request_id)["openable_by_me"],
                   "three nodes released")

    def opened(self):
        value = self.group.ana.must("open", self.request_id, "--wait", "--reveal").out
        assert value == "a plain secret\n", value

    def steps(self):
        return (("init", self.initialised), ("draft", self.drafted), ("cards", self.cards_laid),
                ("sign", self.two_signed), ("found", self.founded_by_the_last),
                ("key", self.key_made), ("deposit", self.deposited), ("request", self.requested),
                ("approve 1", lambda: self.approved_by("ben")),
                ("approve 2", lambda: self.approved_by("chloe")), ("release", self.released),
                ("open", self.opened))


class Crashes(harness.Case):
    def assert_kept(self, flow, before, what):
        def all_there():
            after = flow.acknowledged()
            if flow.founded:
                return after[:len(before)] == before
            return set(before) <= set(after)
        wait_until(all_there, f"{what}: all {len(before)} acknowledged are there")

    def assert_verified(self, flow):
        wait_until(lambda: flow.group.ben.audit("verify").code == 0, "the log verifies")
        for person in flow.group.people:
            wait_until(lambda p=person: p.status()["connected"], f"{person.name} is connected")
        roots = {(s["log_root"], s["state_digest"]) for s in
                 (person.status() for person in flow.group.people)}
        self.assertEqual(len(roots), 1)

    def test_nothing_acknowledged_is_lost_after_any_step(self):
        flow = Flow()
        self.addCleanup(flow.group.close)
        for name, step in flow.steps():
            with self.subTest(step=name):
                step()
                before = flow.acknowledged()
                flow.kill_server()
                self.assert_kept(flow, before, f"{name}, server killed")
                for person in flow.running:
                    flow.kill_node(person)
                    self.assert_kept(flow, before, f"{name}, {person.name}'s node killed")
        self.assert_verified(flow)

    def kill_everything(self, flow, what):
        before = flow.acknowledged()
        flow.kill_server()
        at_once(flow.kill_node, flow.group.people)
        self.assert_kept(flow, before, what)

    def take_turns(self, flow, people, stage, missing):
        """Unlocks one node after the other, each until its part shows, so that none runs ahead."""
        for person in people:
            person.unlock()
            missing -= 1

            def shown(still=missing):
                vault = flow.group.ana.json("vaults")["vaults"][0]
                return vault["state"] == stage and len(vault["waiting_for"]) == still
            wait_until(shown, f"{stage}: {person.name}, {missing} missing")
            person.must("lock")

    def test_key_generation_goes_on_after_deaths_in_each_of_its_stages(self):
        flow = Flow()
        self.addCleanup(flow.group.close)
        ana, *others = flow.group.people
        flow.initialised()
        flow.drafted()
        flow.cards_laid()
        flow.locked = True
        flow.reader = ana
        flow.group.all_see("frozen",
                           lambda p: p.json("organisation", "show")["state"] == "frozen")
        for person in others:
            person.must("organisation", "sign", "--yes")
            person.must("lock")
        ana.must("organisation", "sign", "--yes")
        flow.founded = True
        wait_until(lambda: ana.quorate("vaults").code == 0, "the organisation")
        # The author is the first holder: start and close are theirs while the others are locked.
        for people, stage, missing in (([ana], "receiving-keys", 5), (others, "receiving-keys", 4),
                                       ([ana], "dealing", 5), (others, "dealing", 4),
                                       ([ana], "acknowledging", 5)):
            with self.subTest(stage=stage, missing=missing - len(people)):
                self.take_turns(flow, people, stage, missing)
                self.kill_everything(flow, f"{stage}, {missing - len(people)} missing")
        flow.locked = False
        at_once(lambda person: person.unlock(), flow.group.people)
        flow.group.ready()
        self.kill_everything(flow, "active")
        flow.deposited()
        flow.requested()
        for name in ("ben", "chloe"):
            flow.approved_by(name)
        flow.released()
        flow.opened()
        self.assert_verified(flow)

    def test_what_was_under_way_when_the_server_died_is_carried_out_once(self):
        group = harness.Group()
        self.addCleanup(group.close)
        group.found()
        path = group.write("secret", "under way\n")
        for number in range(2):
            account = f"page-{number}"
            before = len(group.ben.log())
            deposit = group.ana.begin("deposit", account, "--vault", "main", "--from", path)
            group.server.kill()
            group.server.must("check")
            group.server.start()
            result = deposit.finish()
            # Where it could not wait so long it says that it is kept: exit code 4.
            self.assertIn(result.code, (0, 4), str(result))
            group.all_see(account, lambda p, a=account: p.quorate("show", a).code == 0)
            deposits = [entry for entry in group.ben.log()[before:]
                        if entry["statement"] == "deposit"]
            self.assertEqual([entry["outcome"] for entry in deposits], ["admitted"])
        self.assertEqual(group.ben.audit("verify").code, 0)


if __name__ == "__main__":
    cases.main("e2e_crash")
