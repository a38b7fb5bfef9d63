"""Real programs on loopback: a custody server and organisers' nodes in a folder of their own.

A module founds one Group (or several) in setUpModule and closes it in tearDownModule. Whatever was
started is ended by its own process id; the folder goes, unless a case failed: then it stays, and
its name and the ends of its logs are printed. Nothing here sleeps: it waits for conditions, each
with a deadline.
"""

import atexit
import concurrent.futures
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = pathlib.Path(os.environ.get("QUORATE_BIN", "build/dev/bin")).resolve()
PEOPLE = ("ana", "ben", "chloe", "dan", "eve")
# A guess at a passphrase costs next to nothing then: five nodes start in a second.
QUICK_ARGON2ID = ("--argon2id-passes", "1", "--argon2id-memory-kib", "8192")
DEFAULT_DEADLINE_S = 30.0
POLL_S = 0.05


def charter(organisation="Campaign", threshold=3, holders=PEOPLE, governance=3, **vault):
    """A charter's text; further arguments stand in the vault, as TOML writes them."""
    lines = [f'organisation = "{organisation}"', f"governance_threshold = {governance}", "",
             "[[vault]]", 'name = "main"', f"threshold = {threshold}",
             "holders = [" + ", ".join(f'"{name}"' for name in holders) + "]"]
    lines += [f"{key} = {value}" for key, value in vault.items()]
    return "\n".join(lines) + "\n"


def wait_until(condition, what, seconds=DEFAULT_DEADLINE_S):
    """The first true value of condition(); AssertionError, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"still not so after {seconds:g} s: {what}")
        pause.wait(POLL_S)


def at_once(function, arguments):
    """function(argument) for each of `arguments`, all at the same time; the results in order."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(function, arguments))


def environment(**added):
    """A clean one: nothing of the caller's reaches the programs."""
    return {"PATH": f"{BIN}:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC",
            "HOME": "/nonexistent", **{key: str(value) for key, value in added.items()}}


class Result:
    """What a command did."""

    def __init__(self, command, code, out, err):
        self.command = command
        self.code = code
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err)

    def __str__(self):
        return f"{' '.join(self.command)}\nexit code {self.code}\n{self.out}{self.err}"


def run(command, seconds=60, stdin="", **options):
    """Runs a command to its end; its output as text."""
    command = [str(word) for word in command]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=seconds, text=True,
                          errors="surrogateescape", check=False, **options)
    return Result(command, done.returncode, done.stdout, done.stderr)


class Begun:
    """A command under way."""

    def __init__(self, command, **options):
        self.command = [str(word) for word in command]
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def finish(self, seconds=60):
        out, err = self.child.communicate(timeout=seconds)
        return Result(self.command, self.child.returncode, out, err)


class Process:
    """A running process by its id, which cannot come to mean another while this is open."""

    def __init__(self, pid):
        self.pid = pid
        self._fd = os.pidfd_open(pid)

    def running(self):
        return self._fd is not None and not select.select([self._fd], [], [], 0)[0]

    def signal(self, number):
        if self.running():
            signal.pidfd_send_signal(self._fd, number)

    def wait(self, seconds=DEFAULT_DEADLINE_S):
        if self._fd is None:
            return
        if not select.select([self._fd], [], [], seconds)[0]:
            raise AssertionError(f"process {self.pid} has not ended within {seconds:g} s")
        os.close(self._fd)
        self._fd = None

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()


class Server:
    """A custody server; keeps its port over restarts."""

    def __init__(self, folder):
        self.data = folder / "server"
        self.log = folder / "server.log"
        self.process = None
        self._child = None
        self.must("init", "--listen", "127.0.0.1:0")

    def command(self, *words):
        return run([BIN / "quorate-server", words[0], "--data", self.data, *words[1:]],
                   env=environment())

    def must(self, *words):
        result = self.command(*words)
        if result.code != 0:
            raise AssertionError(str(result))
        return result

    def start(self, **added):
        with open(self.log, "ab") as log:
            start = log.tell()
            self._child = subprocess.Popen(
                [BIN / "quorate-server", "serve", "--data", self.data], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env=environment(**added))
        self.process = Process(self._child.pid)

        def listening():
            if not self.process.running():
                raise AssertionError("the server ended: " + self.log.read_text())
            return b"listening" in self.log.read_bytes()[start:]

        wait_until(listening, "the server listens")

    def _reap(self):
        if self._child is not None:
            self._child.wait()
        self._child = None
        self.process = None

    def kill(self):
        self.process.kill()
        self._reap()

    def forget(self):
        """It has ended by itself, or must now: as if it had never run."""
        if self._child is not None:
            self._child.kill()
        self._reap()

    def stop(self):
        if self.process is None:
            return
        self.process.signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except AssertionError:
            self.process.kill()
        self._reap()

    def invite(self):
        return self.must("invite").out.strip()


class Person:
    """An organiser: their folder, their node, their commands."""

    def __init__(self, folder, name, passphrase="a kettle for each of five"):
        self.name = name
        self.home = folder / name
        self.passphrase = passphrase
        self.passphrase_file = folder / f"{name}.passphrase"
        self.passphrase_file.write_text(passphrase + "\n")
        self.passphrase_file.chmod(0o600)
        self.process = None

    def quorate(self, *words, added=None, **options):
        """Runs `quorate` as this person; `added` comes to its environment."""
        return run([BIN / "quorate", *words],
                   env=environment(QUORATE_HOME=self.home, **(added or {})), **options)

    def begin(self, *words):
        """The same, without waiting for its end."""
        return Begun([BIN / "quorate", *words], env=environment(QUORATE_HOME=self.home))

    def must(self, *words, **options):
        result = self.quorate(*words, **options)
        if result.code != 0:
            raise AssertionError(f"{self.name}: {result}")
        return result

    def json(self, *words, **options):
        return self.must(*words, "--json", **options).json()

    def audit(self, *words):
        return run([BIN / "quorate-audit", *words], env=environment(QUORATE_HOME=self.home))

    def init(self, server):
        return self.must("init", "--name", self.name, "--server", server, "--passphrase-file",
                         self.passphrase_file, *QUICK_ARGON2ID)

    def start(self, locked=False, **added):
        how = ["--locked"] if locked else ["--passphrase-file", str(self.passphrase_file)]
        started = self.json("node", "start", *how, added=added)
        self.process = Process(started["process_id"])
        return started

    def unlock(self):
        return self.must("unlock", "--passphrase-file", self.passphrase_file)

    def kill(self):
        self.process.kill()
        self.process = None

    def forget(self):
        """It has ended by itself."""
        self.process = None

    def stop(self):
        if self.process is None:
            return
        if self.process.running():
            self.quorate("node", "stop")
        try:
            self.process.wait(20)
        except AssertionError:
            self.process.kill()
        self.process = None

    def status(self):
        return self.json("status")

    def log(self):
        """The log's entries as the audit reader sees them, or None where it cannot."""
        shown = self.audit("show", "--json")
        if shown.code != 0:
            return None
        return [json.loads(line) for line in shown.out.splitlines()]

    def approve(self, request):
        return self.quorate("approve", request, "--yes", "--passphrase-file", self.passphrase_file)


class Double:
    """A program of tests/hostile: a JSON object a line in, and one out for each."""

    def __init__(self, program, *words):
        self.child = subprocess.Popen([BIN / program, *map(str, words)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, env=environment())
        self.process = Process(self.child.pid)
        self.started = self._answer("the start")

    def _answer(self, asked):
        if not select.select([self.child.stdout], [], [], 60)[0]:
            raise AssertionError(f"no answer to {asked}")
        line = self.child.stdout.readline()
        if not line:
            raise AssertionError(f"ended instead of answering {asked}")
        return json.loads(line)

    def say(self, do, **members):
        text = json.dumps({"do": do, **members})
        self.child.stdin.write(text + "\n")
        self.child.stdin.flush()
        return self._answer(text)

    def close(self):
        if self.child is None:
            return
        self.child.stdin.close()
        try:
            self.process.wait(20)
        except AssertionError:
            self.process.kill()
        self.child.stdout.close()
        self.child.wait()
        self.child = None


class Group:
    """A server and five people. found() takes them to a vault that can be used."""

    kept = False  # Set by Case where one fails.

    def __init__(self, people=PEOPLE, passphrases=None, folder=None, server=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="quorate-e2e-")) if folder is None \
            else folder
        self._owns = folder is None
        self.server = Server(self.folder) if server is None else server
        self._owns_server = server is None
        passphrases = passphrases or {}
        self.people = [Person(self.folder, name, passphrases.get(name, "a kettle for each of five"))
                       for name in people]
        for person in self.people:
            setattr(self, person.name, person)
        self._closed = False
        atexit.register(self.close)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)
        return path

    def join(self, person, link):
        person.init(link)
        person.start()

    def draft(self, text):
        """The server runs, the first person drafts; the link."""
        if self.server.process is None:
            self.server.start()
        author = self.people[0]
        self.join(author, self.server.invite())
        return author.json("organisation", "draft", self.write("charter.toml", text))["link"]

    def all_see(self, what, condition, seconds=DEFAULT_DEADLINE_S):
        for person in self.people:
            wait_until(lambda p=person: condition(p), f"{person.name}: {what}", seconds)

    def sign(self):
        self.all_see("frozen", lambda p: p.json("organisation", "show")["state"] == "frozen")
        for person in self.people:
            person.must("organisation", "sign", "--yes")

    def ready(self, seconds=60):
        self.all_see("the key is there", lambda p: is_active(p), seconds)

    def found(self, text=None):
        link = self.draft(text or charter(holders=[p.name for p in self.people]))
        at_once(lambda person: self.join(person, link), self.people[1:])
        self.sign()
        self.ready()

    def request(self, person, account, *words):
        """A request's id, seen by everyone."""
        request = person.json("request", account, "--reason", "for the test", *words)["id"]
        self.all_see("the request", lambda p: p.quorate("show", request).code == 0)
        return request

    def processes(self):
        """All that runs, by name."""
        running = {person.name: person.process for person in self.people if person.process}
        if self.server.process is not None:
            running["server"] = self.server.process
        return running

    def print_logs(self):
        for path in [self.server.log, *(p.home / "node.log" for p in self.people)]:
            if path.exists() and path.stat().st_size > 0:
                print(f"-- end of {path}", file=sys.stderr)
                print(path.read_text(errors="replace")[-2000:], file=sys.stderr)

    def close(self):
        if self._closed:
            return
        self._closed = True
        try:
            at_once(lambda person: person.stop(), self.people)
        finally:
            if self._owns_server:
                self.server.stop()
        if Group.kept:
            self.print_logs()
            print(f"kept: {self.folder}", file=sys.stderr)
        elif self._owns:
            shutil.rmtree(self.folder, ignore_errors=True)


def is_active(person, vault="main"):
    shown = person.quorate("vaults", "--json")
    if shown.code != 0:
        return False
    return all(v["state"] == "active" for v in shown.json()["vaults"] if v["name"] == vault)


class Case(unittest.TestCase):
    """Keeps the folders where one of its cases fails."""

    maxDiff = 4000

    def run(self, result=None):
        before = 0 if result is None else len(result.failures) + len(result.errors)
        result = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            Group.kept = True
        return result

    def assert_code(self, result, code):
        self.assertEqual(result.code, code, str(result))

    def assert_refused(self, result, code, *texts):
        """An error under --json: the code, one {code, reason, next} on stderr, stdout empty."""
        self.assert_code(result, code)
        self.assertEqual(result.out, "", str(result))
        error = result.error()
        for key in ("code", "reason", "message", "next"):
            self.assertIn(key, error)
        for text in texts:
            self.assertIn(text, json.dumps(error, ensure_ascii=False))
        return error
