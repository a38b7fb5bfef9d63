#!/usr/bin/env python3
"""Files that were torn or changed: a start says which one it is, ends with 5, and changes nothing."""

import hashlib
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402

GROUP = None
DAMAGED = 5
# What a start may write all the same.
WRITTEN = (".lock", ".sock", "node.log", ".db-shm")


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found()
    GROUP.write("secret", "a plain secret\n")
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from", GROUP.folder / "secret")
    GROUP.ben.stop()


def tearDownModule():
    GROUP.close()


def cut(data):
    return data[:len(data) // 2]


def emptied(_):
    return b""


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:]


def grown(data):
    return data + b"x" * 70_000


def head_flipped(data):
    return bytes([data[0] ^ 1]) + data[1:]


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.iterdir()
            if path.is_file() and not path.name.endswith(WRITTEN)}


class Damage(harness.Case):
    def assert_refuses(self, folder, name, changes, start):
        """Each change of the file, by itself, keeps `start` from starting."""
        path = folder / name
        whole = path.read_bytes()
        for change in changes:
            with self.subTest(file=name, change=change.__name__):
                path.write_bytes(change(whole))
                before = digests(folder)
                try:
                    result = start()
                    self.assert_code(result, DAMAGED)
                    self.assertIn(name, result.err)
                    self.assertEqual(digests(folder), before)
                finally:
                    path.write_bytes(whole)

    def node(self):
        started = GROUP.ben.quorate("node", "start", "--passphrase-file", GROUP.ben.passphrase_file)
        if started.code == 0:
            GROUP.ben.quorate("node", "stop")
        return started

    def test_a_nodes_start_names_the_file_that_is_damaged(self):
        home = GROUP.ben.home
        for name in ("identity", "unattended.key", "organisation", "draft"):
            if (home / name).exists():
                self.assert_refuses(home, name, (cut, emptied, flipped, grown), self.node)
        self.assert_refuses(home, "node.db", (cut, emptied, head_flipped), self.node)
        # Whole again, it starts.
        self.assert_code(self.node(), 0)

    def server(self):
        return harness.run([harness.BIN / "quorate-server", "serve", "--data", self.copy],
                           env=harness.environment())

    def test_a_servers_start_names_the_file_that_is_damaged(self):
        GROUP.server.stop()
        self.addCleanup(GROUP.server.start)
        self.copy = GROUP.folder / "copy"
        shutil.copytree(GROUP.server.data, self.copy,
                        ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
        for name in ("tls.key", "log.key"):
            self.assert_refuses(self.copy, name, (cut, emptied, flipped, grown), self.server)
        for name in ("listen", "address"):
            self.assert_refuses(self.copy, name, (cut, emptied, grown), self.server)
        self.assert_refuses(self.copy, "server.db", (cut, emptied, head_flipped), self.server)


if __name__ == "__main__":
    cases.main("e2e_damage")
