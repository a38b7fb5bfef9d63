#!/usr/bin/env python3
"""Completion in real shells: what Tab offers."""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402

BIN = pathlib.Path(os.environ.get("QUORATE_BIN", "build/dev/bin")).resolve()
DEADLINE_S = 30.0

# Prints what _PROGRAM offers for the words that follow, as bash itself takes the line apart.
BASH = r"""
source <(PROGRAM completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
_FUNCTION
printf '%s\n' "${COMPREPLY[@]}"
"""


def environment(home="/nonexistent"):
    return {"PATH": f"{BIN}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(home), "TERM": "dumb"}


def output(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=True, env=environment(), **options)
    return done.stdout


def bash(*words, **options):
    """The words as bash splits them; the last is the one under the cursor."""
    script = BASH.replace("PROGRAM", words[0]).replace("FUNCTION", words[0].replace("-", "_"))
    return output("bash", "--norc", "-c", script, "bash", *words, **options).splitlines()


def fish(line):
    """{candidate: description} for a line."""
    program = line.split()[0]
    text = output("fish", "--no-config", "-c",
                  f"{program} completion fish | source; complete -C '{line}'")
    return dict((entry.partition("\t")[::2]) for entry in text.splitlines())


class Zsh:
    """An interactive zsh on a terminal of its own."""

    def __init__(self, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve("/usr/bin/zsh", ["zsh", "-f", "-i"], environment(home))
        self.seen = ""
        self.type("PS1='READY> '; unsetopt beep zle_bracketed_paste; LISTMAX=1000\n")
        self.type("autoload -U compinit && compinit -u -D; source <(quorate completion zsh)\n")
        self.type("print -r -- SET-$((40+2))\n")
        self.until(r"SET-42.*READY> ")

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, pattern):
        """What the terminal shows until `pattern`."""
        deadline = time.monotonic() + DEADLINE_S
        while not re.search(pattern, self.seen, re.DOTALL):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f"zsh did not show {pattern!r} but {self.seen!r}")
            self.seen += os.read(self.fd, 65536).decode(errors="replace")
        seen, self.seen = self.seen, ""
        return seen

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Bash(unittest.TestCase):
    def test_offers_commands_options_and_values(self):
        self.assertEqual(bash("quorate", "app"), ["approve"])
        self.assertEqual(bash("quorate", "organisation", "s"), ["show", "sign"])
        self.assertEqual(sorted(bash("quorate", "approve", "--")),
                         ["--dry-run", "--help", "--home", "--json", "--passphrase-file", "--yes"])
        self.assertEqual(bash("quorate", "deposit", "page", "--item", "re"), ["recovery-codes"])
        self.assertEqual(bash("quorate", "completion", ""), ["bash", "zsh", "fish"])
        self.assertIn("bitwarden-json", bash("quorate", "import", "x", "--format", "bitw"))
        self.assertEqual(bash("quorate-audit", "v"), ["verify"])
        self.assertIn("--since", bash("quorate-audit", "show", "--s"))

    def test_takes_no_value_for_a_command(self):
        self.assertEqual(bash("quorate", "request", "page", "--reason", "app"), [""])
        self.assertEqual(bash("quorate", "--home", "approve", "sta"), ["status"])

    def test_offers_files_where_files_go_and_behind_a_double_dash(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "export.csv").touch()
            os.mkdir(pathlib.Path(folder, "exports"))
            self.assertEqual(sorted(bash("quorate", "import", "exp", cwd=folder)),
                             ["export.csv", "exports"])
            self.assertEqual(bash("quorate", "--home", "exp", cwd=folder), ["exports"])
            self.assertEqual(sorted(bash("quorate", "open", "abc", "--exec", "--", "exp",
                                         cwd=folder)), ["export.csv", "exports"])

    def test_completes_behind_what_bash_takes_for_the_end_of_a_word(self):
        self.assertEqual(bash("quorate", "deposit", "page", "--item", "=", "no"), ["note"])
        self.assertEqual(bash("quorate", "deposit", "page", "--item", "="),
                         ["password", "totp", "recovery-codes", "token", "note"])

    def test_is_silent_where_no_node_runs(self):
        for words in (("quorate", "approve", ""), ("quorate", "deposit", "x", "--vault", ""),
                      ("quorate", "show", "pa"), ("quorate", "status", "")):
            done = subprocess.run([BIN / "quorate", "__complete", "bash", *words[1:]], check=False,
                                  capture_output=True, text=True, env=environment(),
                                  timeout=DEADLINE_S)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class Fish(unittest.TestCase):
    def test_offers_commands_options_and_values_with_what_they_are(self):
        self.assertEqual(fish("quorate app"), {"approve": "Say yes to a request"})
        self.assertEqual(list(fish("quorate deposit page --item re")), ["recovery-codes"])
        self.assertIn("--dry-run", fish("quorate approve --d"))
        self.assertEqual(list(fish("quorate-audit ver")), ["verify"])


class ZshShell(unittest.TestCase):
    def test_offers_commands_and_values(self):
        with tempfile.TemporaryDirectory() as folder:
            shell = Zsh(folder)
            self.addCleanup(shell.close)
            shell.type("quorate app\t")
            shell.until(r"quorate approve ")
            shell.type("\x15quorate organisation \t")
            shown = shell.until(r"draft .*show .*sign .*")
            self.assertIn("Sign the charter", shown)
            shell.type("\x15quorate deposit page --item reco\t")
            shell.until(r"--item recovery-codes")


class Scripts(unittest.TestCase):
    def test_for_another_shell_are_refused(self):
        for program in ("quorate", "quorate-audit"):
            done = subprocess.run([BIN / program, "completion", "tcsh"], capture_output=True,
                                  text=True, env=environment(), check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("name bash, zsh or fish", done.stderr)


if __name__ == "__main__":
    cases.main("cli_shells")
