#!/usr/bin/env python3
"""A planted secret, searched for wherever a program could have left it.

Passwords and passphrases that exist nowhere else go through the whole main job: import and deposit,
approval, and every way of opening. Meanwhile arguments and environments of all processes are read
over and over and the loopback is captured; afterwards every file is read. None may hold any of
them, in any of five encodings. A marker that was left on purpose must be found in each of these
places: the search can see.
"""

import base64
import os
import pathlib
import resource
import secrets
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402

ETH_P_ALL = 3


def encodings(text):
    """How a program may have left `text`: as it is, hex, UTF-16, and base64 at three offsets."""
    raw = text.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode(), text.encode("utf-16-le"),
             text.encode("utf-16-be")]
    for offset in range(3):
        # Four base64 digits at either end may hold bits of the neighbours.
        middle = base64.b64encode(b"\0" * offset + raw)[4:-4]
        found += [middle, middle.replace(b"+", b"-").replace(b"/", b"_")]
    return found


class Searcher:
    """What must not be found, and what must."""

    def __init__(self):
        self.forbidden = {}
        self.found = set()  # (name of the secret, where)

    def plant(self, name, length=24):
        """A new secret: no other bytes of this machine hold it but by leaking."""
        value = f"{name}-{secrets.token_urlsafe(length)}"
        self.forbidden[name] = (value, encodings(value))
        return value

    def search(self, data, where):
        for name, (_, shapes) in self.forbidden.items():
            if any(shape in data for shape in shapes):
                self.found.add((name, where))


class Capture:
    """All that crosses the loopback."""

    def __init__(self):
        self.packets = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        while not self._stop.is_set():
            try:
                self.packets.append(self._socket.recv(1 << 17))
            except TimeoutError:
                continue

    def close(self):
        self._stop.set()
        self._thread.join()
        self._socket.close()


class ProcessWatcher:
    """Reads arguments and environment of every process of this machine, again and again."""

    def __init__(self, searcher):
        self._searcher = searcher
        self._stop = threading.Event()
        self.seen = set()  # Names of programs that were read.
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(0.01):
            self.look()

    def look(self):
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                if b"quorate" not in command and b"marker" not in command:
                    continue
                self._searcher.search(command, "arguments of a process")
                self.seen.add(os.path.basename(command.split(b"\0")[0]).decode())
                self._searcher.search((entry / "environ").read_bytes(), "environment of a process")
            except OSError:
                continue  # It has gone.

    def close(self):
        self._stop.set()
        self._thread.join()


STUB = """#!/bin/sh
# The clipboard of a desktop that is not there: takes what it is given and keeps nothing.
exec cat >/dev/null
"""
TAKES_SECRET = """
import os, sys
value = os.read(int(os.environ["QUORATE_SECRET_FD"]), 100000)
sys.exit(0 if value == open(sys.argv[1], "rb").read() else 1)
"""


class PlantedSecrets(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.searcher = Searcher()
        cls.passphrases = {name: cls.searcher.plant(f"passphrase-{name}")
                           for name in harness.PEOPLE}
        cls.password = cls.searcher.plant("imported")
        cls.note = cls.searcher.plant("note")
        cls.seconds = {way: cls.searcher.plant(way) for way in ("json", "reveal", "exec", "copy")}
        # What the tests themselves hold lies apart from the group's folder, which is searched.
        cls.hidden = harness.Group(people=())
        cls.group = harness.Group(passphrases=cls.passphrases)
        for person in cls.group.people:
            person.passphrase_file = person.passphrase_file.rename(
                cls.hidden.folder / person.passphrase_file.name)
        cls.watcher = ProcessWatcher(cls.searcher)
        try:
            cls.capture = Capture()
        except PermissionError:
            cls.capture = None
        try:
            cls.main_job()
        finally:
            cls.watcher.close()
            if cls.capture is not None:
                cls.capture.close()
        for path in cls.group.folder.rglob("*"):
            if path.is_file():
                cls.searcher.search(path.read_bytes(), f"file {path.name}")

    @classmethod
    def tearDownClass(cls):
        cls.group.close()
        cls.hidden.close()

    @classmethod
    def main_job(cls):
        cls.group.found()
        export = cls.hidden.write("export.csv", (
            '"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified",'
            '"Created"\n'
            f'"Passwords","imported","us","{cls.password}","https://page.example","{cls.note}","",'
            '"0","2026-11-01T10:00:00Z","2026-11-01T10:00:00Z"\n'))
        cls.group.ana.must("import", export, "--vault", "main")
        for way, value in cls.seconds.items():
            cls.group.ben.must("deposit", way, "--vault", "main", "--from",
                               cls.hidden.write(way, value))
        cls.watcher.look()
        cls.opened = {}
        for way in ("imported", *cls.seconds):
            request = cls.group.request(cls.group.ana, way)
            for person in (cls.group.ben, cls.group.chloe, cls.group.dan):
                person.approve(request)
            cls.opened[way] = cls.open(way, request)
        # The programs' own words are of the job too, and what a wrong passphrase says.
        wrong = cls.hidden.write("wrong", cls.searcher.plant("wrong-passphrase"))
        cls.group.eve.must("lock")
        refused = cls.group.eve.quorate("unlock", "--passphrase-file", wrong)
        cls.searcher.search((refused.out + refused.err).encode(), "what the program says")

    @classmethod
    def open(cls, way, request):
        ana = cls.group.ana
        if way == "json":
            return ana.quorate("open", request, "--wait", "--json")
        if way == "exec":
            script = cls.hidden.write("take.py", TAKES_SECRET)
            return ana.quorate("open", request, "--wait", "--exec", "--", sys.executable, script,
                               cls.hidden.folder / "exec")
        if way == "copy":
            stubs = cls.hidden.folder / "stubs"
            stubs.mkdir()
            (stubs / "xclip").write_text(STUB)
            (stubs / "xclip").chmod(0o755)
            path = f"{stubs}:{harness.environment()['PATH']}"
            return harness.run(
                [harness.BIN / "quorate", "open", request, "--wait", "--copy"],
                env={**harness.environment(QUORATE_HOME=ana.home, DISPLAY=":0"), "PATH": path})
        return ana.quorate("open", request, "--wait", "--reveal")

    def test_every_way_of_opening_gives_the_secret(self):
        for way, result in self.opened.items():
            self.assert_code(result, 0)
        self.assertEqual(self.opened["imported"].out, self.password + "\n")
        self.assertEqual(self.opened["reveal"].out, self.seconds["reveal"] + "\n")
        self.assertEqual(self.opened["json"].json()["items"][0]["value"], self.seconds["json"])
        for way in ("exec", "copy"):
            self.assertNotIn(self.seconds[way], self.opened[way].out + self.opened[way].err)

    def test_no_file_argument_or_environment_holds_a_planted_secret(self):
        self.assertEqual(self.searcher.found, set())
        # All four programs were looked at while they ran.
        self.assertLessEqual({"quorate", "quorate-holder", "quorate-server"}, self.watcher.seen)

    def test_nothing_that_crossed_the_network_holds_a_planted_secret(self):
        if self.capture is None:
            self.skipTest("capturing the loopback needs CAP_NET_RAW")
        port = int(self.group.server.invite().split("#")[0].rsplit(":", 1)[1])
        ours = [packet for packet in self.capture.packets
                if port in (int.from_bytes(packet[34:36], "big"),
                            int.from_bytes(packet[36:38], "big"))]
        # The whole job crossed it: far more than a few handshakes.
        self.assertGreater(sum(len(packet) for packet in ours), 50_000)
        searcher = self.searcher
        self.assertEqual(searcher.found, set())
        searcher.search(b"".join(packet[66:] for packet in ours), "the network, joined")
        for packet in ours:
            searcher.search(packet, "the network")
        self.assertEqual(searcher.found, set())

    def test_the_search_finds_a_marker_in_each_of_the_places(self):
        searcher = Searcher()
        marker = searcher.plant("marker")
        for shape in encodings(marker):
            searcher.found.clear()
            searcher.search(b"before " + shape + b" after", "bytes")
            self.assertTrue(searcher.found, shape)
        searcher.found.clear()
        watcher = ProcessWatcher(searcher)
        child = subprocess.Popen(["/bin/cat", "-", f"marker={marker}"], stdin=subprocess.PIPE,
                                 env={"MARKER": marker}, stderr=subprocess.DEVNULL)
        try:
            places = {"arguments of a process", "environment of a process"}
            harness.wait_until(lambda: {w for _, w in searcher.found} == places, "it is seen")
        finally:
            child.stdin.close()
            child.wait()
            watcher.close()
        if self.capture is None:
            return
        capture = Capture()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.sendto(marker.encode(), sender.getsockname())
        harness.wait_until(lambda: any(marker.encode() in p for p in list(capture.packets)),
                           "the capture has it")
        capture.close()

    def test_no_program_can_leave_a_core_or_be_read_by_another_of_its_user(self):
        for name, process in self.group.processes().items():
            limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
            core = next(line for line in limits.splitlines() if line.startswith("Max core"))
            self.assertEqual(core.split()[4], "0", f"{name}: {core}")
            # Files of a process that is not dumpable belong to root: as of another user's here.
            owner = os.stat(f"/proc/{process.pid}/environ").st_uid
            if os.getuid() != 0:
                self.assertEqual(owner, 0, name)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_CORE)[0], LOWERED_FROM)

    def test_a_locked_nodes_memory_holds_no_passphrase(self):
        process = self.group.eve.process
        searcher = Searcher()
        searcher.forbidden = {"eve": self.searcher.forbidden["passphrase-eve"],
                              "public": ("quorate", [b"quorate identity"])}
        try:
            with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps, \
                    open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
                for line in maps:
                    bounds, mode = line.split()[:2]
                    if "r" not in mode:
                        continue
                    start, end = (int(part, 16) for part in bounds.split("-"))
                    try:
                        memory.seek(start)
                        searcher.search(memory.read(end - start), "memory")
                    except (OSError, ValueError, OverflowError):
                        continue  # Guard pages, and what the kernel keeps for itself.
        except PermissionError:
            self.skipTest("reading another process's memory needs CAP_SYS_PTRACE")
        self.assertEqual(searcher.found, {("public", "memory")})


LOWERED_FROM = 0


def setUpModule():
    """Cores are allowed to whoever the programs inherit from, where this process may say so."""
    global LOWERED_FROM
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    LOWERED_FROM = hard


if __name__ == "__main__":
    cases.main("e2e_secrets")
