"""A hundred organisers as real processes on this machine, 51 of whom open a login together."""

import os
import pathlib
import sys
import time

from processes import processor_seconds, resident_mib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

PEOPLE = 100
THRESHOLD = 51
RELEASE_AIM_S = 1.0
KEY_AIM_S = 5.0
LIMIT_S = 600


class Clock:
    """Seconds that passed, and what the group's processes used meanwhile."""

    def __init__(self, group):
        self.pids = [process.pid for process in group.processes().values()]
        self.used = processor_seconds(self.pids)
        self.start = time.monotonic()

    def stop(self):
        seconds = time.monotonic() - self.start
        return seconds, processor_seconds(self.pids) - self.used


def say(text):
    print(f"hundred: {text}", file=sys.stderr, flush=True)


def measure(binaries, table, smoke):
    os.environ["QUORATE_BIN"] = str(binaries)
    import harness  # Reads QUORATE_BIN.

    count, threshold = (7, 4) if smoke else (PEOPLE, THRESHOLD)
    group = harness.Group(people=[f"p{i:03}" for i in range(1, count + 1)])
    cores = os.cpu_count()
    try:
        group.server.start()
        alone = resident_mib(group.server.process.pid)
        start = time.monotonic()
        link = group.draft(harness.charter(
            threshold=threshold, governance=threshold, holders=[p.name for p in group.people]))
        harness.at_once(lambda person: group.join(person, link), group.people[1:])
        say(f"{count} nodes run after {time.monotonic() - start:.1f} s")
        connected = resident_mib(group.server.process.pid)
        group.all_see("frozen", lambda p: p.json("organisation", "show")["state"] == "frozen",
                      LIMIT_S)
        start = time.monotonic()
        for person in group.people[:-1]:
            person.must("organisation", "sign", "--yes")
        say(f"all but one signed after {time.monotonic() - start:.1f} s")
        clock = Clock(group)
        group.people[-1].must("organisation", "sign", "--yes")
        harness.wait_until(lambda: harness.is_active(group.people[-1]), "the key is there", LIMIT_S)
        key_s, key_cpu = clock.stop()
        group.ready(LIMIT_S)
        say(f"the key is there after {key_s:.1f} s")

        requester = group.people[0]
        requester.must("deposit", "page", "--vault", "main", "--from",
                       group.write("secret", "dummy-Blue-1\n"))
        request = requester.json("request", "page", "--reason", "measuring")["id"]
        group.all_see("the request", lambda p: p.quorate("show", request).code == 0, LIMIT_S)
        approvers = group.people[1:threshold + 1]
        for person in approvers[:-1]:
            harness.wait_until(lambda p=person: p.approve(request).code == 0, "approved", LIMIT_S)
        harness.wait_until(
            lambda: requester.json("show", request)["approvals"] == threshold - 1, "seen", LIMIT_S)
        waiting = requester.begin("open", request, "--wait", "--json")
        harness.wait_until(lambda: approvers[-1].json("show", request)["approvals"] ==
                           threshold - 1, "seen", LIMIT_S)
        clock = Clock(group)
        approved = approvers[-1].approve(request)
        opened = waiting.finish(LIMIT_S)
        release_s, release_cpu = clock.stop()
        if approved.code != 0 or opened.code != 0 or "dummy-Blue-1" not in opened.out:
            raise RuntimeError(f"it did not open: {approved} {opened}")
        nodes = sorted(resident_mib(p.process.pid) for p in group.people)
        server = resident_mib(group.server.process.pid)
    finally:
        group.close()

    title = f"{threshold} of {count}"
    table.add(f"{title}: key generation, last signature → active", f"{key_s:.1f} s",
              f"{key_s / (key_cpu / cores):.2f} of the {key_cpu:.1f} s that all processes worked, "
              f"over {cores} cores", f"≤ {KEY_AIM_S:.0f} s", key_s <= KEY_AIM_S)
    table.add(f"{title}: last approval → plaintext, two programs' start and Argon2id included",
              f"{release_s:.2f} s",
              f"{release_s / (release_cpu / cores):.2f} of {release_cpu:.1f} s over {cores} cores",
              f"≤ {RELEASE_AIM_S:.0f} s", release_s <= RELEASE_AIM_S)
    table.add(f"{title}: memory of a node", f"{nodes[len(nodes) // 2]:.1f} MiB",
              f"largest {nodes[-1]:.1f} MiB", "", None)
    table.add(f"{title}: memory of the server, all connected", f"{server:.1f} MiB",
              f"{alone:.1f} MiB with nobody; {(connected - alone) * 1024 / count:.0f} KiB a node "
              "while founding", "", None)
