#!/usr/bin/env python3
"""Every command that a document shows is one that the built programs know. QUORATE_BIN: their folder."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases
import sources

BIN = pathlib.Path(os.environ.get("QUORATE_BIN", sources.ROOT / "build/dev/bin"))
PROGRAMS = ("quorate", "quorate-server", "quorate-holder", "quorate-audit")


def help_of(words):
    """What `words --help` prints, or None where there is no such command."""
    done = subprocess.run([BIN / words[0], *words[1:], "--help"], capture_output=True, text=True,
                          timeout=60)
    return done.stdout + done.stderr if done.returncode == 0 else None


def shown_commands(text):
    """(command words, options) of each command in a document's indented or fenced code."""
    commands = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and not line.startswith("    "):
            continue
        words = re.sub(r"^\$ ", "", line.strip()).split("  ")[0].split("#")[0].split()
        if not words or words[0] not in PROGRAMS:
            continue
        verbs = []
        for word in words[1:]:
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            verbs.append(word)
        commands.append((words[0], verbs, [w.split("=")[0] for w in words if w.startswith("--")]))
    return commands


def commands_in(help_text):
    """The words that a program's help lists as its commands."""
    return set(re.findall(r"^  ([a-z][a-z-]*)(?:\s{2,}|$)", help_text, re.MULTILINE))


class Documents(unittest.TestCase):
    def test_shown_commands_and_options_exist(self):
        shown = [(name, *command) for name in sources.files("README.md", "docs/*.md", "deploy/*.md")
                 for command in shown_commands(sources.read(name))]
        self.assertGreater(len(shown), 5)
        for name, program, verbs, options in shown:
            with self.subTest(document=name, command=[program, *verbs]):
                # An argument may look like a command: take as many words as the help knows.
                words = [program]
                text = help_of(words)
                for verb in verbs:
                    if verb not in commands_in(text):
                        break
                    words.append(verb)
                    text = help_of(words)
                    self.assertIsNotNone(text, words)
                if verbs:
                    self.assertGreater(len(words), 1, f"{program} knows no {verbs[0]}")
                for option in options:
                    self.assertIn(option, text, f"{' '.join(words)} knows no {option}")

    def test_an_unknown_command_is_noticed(self):
        for program in PROGRAMS:
            self.assertNotIn("frobnicate", commands_in(help_of([program])))
        self.assertIn("request", commands_in(help_of(["quorate"])))


if __name__ == "__main__":
    cases.main("tidy_readme_test")
