#!/usr/bin/env python3
"""A program dies, or its disk fails, at each of its writes and sends: found by counting, not guessed.

tests/faults/fault_shim.cc, preloaded, counts what a program does to its files and sockets. A first
run of the scenario (a deposit, a request, three approvals, an opening) records how many such calls
the server, the requester's node and an approver's node make. Further runs let the n-th of them fail.
Whoever died comes back, and the scenario must come to its end with nothing lost that was
acknowledged, and with a log that verifies.

By itself it takes a spread of the calls: the first and last of each kind, and some between.
`faults_test.py --all` takes all of them, with each fault that a kind of call can meet.
"""

import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

ALL = "--all" in sys.argv
SHIM = harness.BIN / "fault_shim.so"
SECRET = "a plain secret\n"
# How many calls a run without --all takes between the first and last of each kind.
BETWEEN = 1
DEADLY = ("kill", "torn")
GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found()
    GROUP.write("secret", SECRET)


def tearDownModule():
    GROUP.close()


class Shim:
    """The plan for one process, and what it has counted."""

    def __init__(self, name, program, folder):
        self.plan = GROUP.folder / f"{name}.plan"
        self.trace = GROUP.folder / f"{name}.trace"
        self.trace.unlink(missing_ok=True)
        self.program = program
        self.folder = folder
        self.change(0, "none")

    def change(self, at, fault):
        text = (f"program {self.program}\nfolder {self.folder}\nsockets 1\ntrace {self.trace}\n"
                f"at {at}\nfault {fault}\n")
        new = self.plan.with_suffix(".new")
        new.write_text(text)
        new.rename(self.plan)

    def environment(self):
        return {"LD_PRELOAD": SHIM, "QUORATE_FAULT_PLAN": self.plan}

    def calls(self):
        """The kind of each call that was counted, in order."""
        if not self.trace.exists():
            return []
        return [line.split()[0] for line in self.trace.read_text().splitlines()]

    def failed(self):
        return self.trace.exists() and " failed" in self.trace.read_text()


class Victim:
    """The server, or somebody's node: is started with a shim, and comes back when it dies."""

    def __init__(self, who):
        self.who = who
        self.name = who.name if who is not GROUP.server else "server"
        self.died = False
        self.shim = None
        self._over = threading.Event()
        self._thread = None

    def begin(self, at, fault):
        self.who.stop()
        if self.who is GROUP.server:
            self.shim = Shim(self.name, "quorate-server", self.who.data)
        else:
            self.shim = Shim(self.name, "quorate-holder", self.who.home)
        self.shim.change(at, fault)
        try:
            self.who.start(**self.shim.environment())
        except AssertionError:
            # It died, or its disk failed, while it started: it must not take harm.
            self.who.forget()
            self.died = True
            self.who.start()
        self._thread = threading.Thread(target=self._watch, args=(fault,))
        self._thread.start()

    def _revive(self):
        if not self.who.process.running():
            self.who.forget()
            self.who.start()
            self.died = True

    def _watch(self, fault):
        """Starts it again where it died; ends a failing of the disk soon after it began."""
        while not self._over.wait(0.02):
            self._revive()
            if fault not in DEADLY and self.shim.failed():
                self._over.wait(0.3)
                self.shim.change(0, "none")
                # SQLite cannot go on after a failed sync, nor do we: people restart the program.
                if fault != "ENOSPC":
                    self.who.stop()
                    self.who.start()
                self.died = True
                return

    def end(self):
        self._over.set()
        self._thread.join()
        self.shim.change(0, "none")
        self._revive()


class Scenario:
    """A deposit, a request, approvals, an opening, by people who try again where they must."""

    def __init__(self, account):
        self.account = account
        self.request_id = None
        self.said = []  # (statement, author) that a command has acknowledged.

    def _say(self, person, statement, words, done):
        """Runs a command until `done`; a new try only where the last was not taken on."""
        def once():
            result = person.quorate(*words, "--json")
            taken = result.code == 0 or "NOT_LOGGED_YET" in result.err
            if taken:
                self.said.append((statement, person.name))
            elif result.code not in (1, 3, 4):
                raise AssertionError(str(result))
            try:
                return wait_until(done, statement, harness.DEFAULT_DEADLINE_S if taken else 3)
            except AssertionError:
                if taken:
                    raise AssertionError(f"acknowledged, and lost: {result}") from None
                return None
        return wait_until(once, f"{person.name}: {statement}", 60)

    def _mine(self):
        shown = GROUP.chloe.quorate("requests", "--json")
        found = [r["id"] for r in shown.json()["requests"] if r["account"] == self.account] \
            if shown.code == 0 else []
        return found[0] if found else None

    def _approved(self, person):
        shown = GROUP.ana.quorate("show", self.request_id, "--json")
        # An opened request no longer counts.
        return shown.code == 0 and any(h["name"] == person.name and h["word"] == "approved"
                                       for h in shown.json()["holders"])

    def run(self):
        ana = GROUP.ana
        self._say(ana, "deposit", ("deposit", self.account, "--vault", "main", "--from",
                                   GROUP.folder / "secret"),
                  lambda: GROUP.chloe.quorate("show", f"account/{self.account}").code == 0)
        self.request_id = self._say(ana, "request",
                                    ("request", self.account, "--reason", "for the test"),
                                    self._mine)
        for person in (GROUP.ben, GROUP.chloe, GROUP.dan):
            wait_until(lambda p=person: p.quorate("show", self.request_id).code == 0,
                       f"{person.name} sees the request")
            self._say(person, "approve",
                      ("approve", self.request_id, "--yes", "--passphrase-file",
                       person.passphrase_file),
                      lambda p=person: self._approved(p))

        def opened():
            result = ana.quorate("open", self.request_id, "--wait", "--reveal")
            if result.code == 0:
                return result.out
            if result.code not in (1, 3, 4):
                raise AssertionError(str(result))
            return None
        return wait_until(opened, "it opens", 60)


def spread(calls):
    """Numbers of calls: the first and last of each kind, and some between."""
    chosen = {calls.index(kind) + 1 for kind in set(calls)}
    chosen |= {len(calls) - calls[::-1].index(kind) for kind in set(calls)}
    return sorted(chosen | {len(calls) * part // (BETWEEN + 1) for part in range(1, BETWEEN + 1)})


def faults_for(kind):
    if kind == "send":
        return ("kill",)
    return {"write": ("kill", "torn", "ENOSPC", "EIO", "EROFS"), "sync": ("kill", "EIO"),
            "rename": ("kill", "ENOSPC", "EIO", "EROFS"),
            "truncate": ("kill", "EIO", "EROFS")}[kind]


class Faults(harness.Case):
    def setUp(self):
        self.number = 0

    def play(self, who, at, fault):
        """One run of the scenario; the calls that the victim made."""
        self.number += 1
        before = wait_until(GROUP.chloe.log, "the log before")
        victim = Victim(who)
        scenario = Scenario(f"{victim.name}-{self.number}")
        victim.begin(at, fault)
        try:
            value = scenario.run()
        finally:
            victim.end()
        self.assertEqual(value, SECRET)
        self.assert_sound(scenario, before)
        return victim

    def assert_sound(self, scenario, before):
        def entries():
            log = GROUP.chloe.log() or []
            there = [(e["statement"], e["author"]) for e in log[len(before):]
                     if e["outcome"] == "admitted"]
            kept = [e["leaf_hash"] for e in log[:len(before)]] == [e["leaf_hash"] for e in before]
            return kept and all(said in there for said in scenario.said)
        wait_until(entries, f"all of {scenario.said} is on the log, behind what was there")
        verified = wait_until(lambda: GROUP.chloe.audit("verify", "--json"), "audit")
        self.assert_code(verified, 0)
        self.assertIn("VERIFIED", verified.out.upper())
        wait_until(lambda: len({(s["log_root"], s["state_digest"]) for s in
                                (person.status() for person in GROUP.people)}) == 1,
                   "everyone has the same log")

    def play_all(self, who):
        start = time.monotonic()
        counted = self.play(who, 0, "none").shim.calls()
        self.assertGreater(len(counted), 10)
        points = range(1, len(counted) + 1) if ALL else spread(counted)
        done = {}
        for turn, at in enumerate(points):
            fitting = faults_for(counted[at - 1])
            for fault in fitting if ALL else (fitting[turn % len(fitting)],):
                with self.subTest(at=at, call=counted[at - 1], fault=fault):
                    victim = self.play(who, at, fault)
                    # The runs differ in how often they send, so the last points may not come.
                    done[fault] = done.get(fault, 0) + victim.died
        sys.stderr.write(f"{len(counted)} calls, faults at {len(points)} of them: "
                         + ", ".join(f"{count} {fault}" for fault, count in sorted(done.items()))
                         + f", in {time.monotonic() - start:.0f} s\n")
        self.assertGreater(done.get("kill", 0), 1)
        GROUP.server.stop()
        GROUP.server.must("check")
        GROUP.server.start()

    def test_the_server_fails_anywhere(self):
        self.play_all(GROUP.server)

    def test_the_requesters_node_fails_anywhere(self):
        self.play_all(GROUP.ana)

    def test_an_approvers_node_fails_anywhere(self):
        self.play_all(GROUP.ben)


class FullDisk(harness.Case):
    """The disk is full for a while: it is said, nothing is signed, and it passes by itself."""

    def deposit(self, account):
        return GROUP.ana.begin("deposit", account, "--vault", "main", "--from",
                               GROUP.folder / "secret", "--json")

    def start(self, who, program, folder):
        who.stop()
        shim = Shim("full-" + program, program, folder)
        who.start(**shim.environment())
        return shim

    def test_a_full_server_signs_nothing_and_takes_it_later(self):
        shim = self.start(GROUP.server, "quorate-server", GROUP.server.data)
        GROUP.all_see("connected", lambda p: p.status()["connected"])
        before = GROUP.chloe.status()["log_size"]
        shim.change(1, "ENOSPC")
        waiting = self.deposit("while-full")
        wait_until(shim.failed, "the server writes")
        wait_until(lambda: GROUP.ana.status()["unsent"], "the node keeps it")
        self.assertEqual(GROUP.chloe.status()["log_size"], before)
        shim.change(0, "none")
        self.assertIn(waiting.finish().code, (0, 4))
        GROUP.all_see("it", lambda p: p.quorate("show", "account/while-full").code == 0)
        self.assert_code(GROUP.chloe.audit("verify"), 0)

    def test_a_full_node_says_so_and_goes_on_when_there_is_room(self):
        shim = self.start(GROUP.ana, "quorate-holder", GROUP.ana.home)
        wait_until(lambda: GROUP.ana.status()["connected"], "connected")
        shim.change(1, "ENOSPC")
        refused = self.deposit("no-room").finish()
        self.assertNotEqual(refused.code, 0, str(refused))
        self.assertIn("full", refused.err)
        self.assertTrue(GROUP.ana.process.running())
        shim.change(0, "none")

        def deposited():
            return self.deposit("room").finish().code == 0
        wait_until(deposited, "it goes on")
        # What was refused has not been said.
        self.assertNotEqual(GROUP.chloe.quorate("show", "account/no-room").code, 0)


if __name__ == "__main__":
    if ALL:
        sys.argv.remove("--all")
    if not os.access(SHIM, os.R_OK):
        sys.exit(f"build the target fault_shim first: there is no {SHIM}")
    cases.main("e2e_faults")
