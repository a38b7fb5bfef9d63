#!/usr/bin/env python3
"""The man pages and --help against each other, and what `cmake --install` installs."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("QUORATE_BIN", "build/dev/bin")).resolve()
PAGES = ROOT / "docs" / "man"
PROGRAMS = ("quorate", "quorate-audit", "quorate-holder", "quorate-server")
TEACHING = ("quorate", "quorate-audit")
EVERYWHERE = {("-h", ""), ("--help", "")}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, check=False, **options)


def names_of(words):
    """{(name, value)} of "--to,-t DIR", as help and pages write an option."""
    names, _, value = words.partition(" ")
    return {(name, value) for name in names.split(",")}


def parse_help(text):
    """({(option, value)}, {argument}, [subcommand]) of a --help, by its sections."""
    options, arguments, commands, section = set(), set(), [], ""
    for line in text.splitlines():
        if re.fullmatch(r"[A-Z]\w+:", line):
            section = line[:-1]
        elif not line.startswith(" "):
            section = ""
        elif section and re.match(r"  \S", line):
            # A long name has its description on the next line, a short one after more spaces.
            words = re.split(r" {2,}", line.strip())[0]
            words = re.sub(r" (REQUIRED|Needs:|\.\.\.).*$", "", words)
            words = re.sub(r" (REQUIRED|\.\.\.)", "", words)
            if section == "Options":
                options |= names_of(words)
            elif section == "Positionals":
                arguments.add(words.split()[0])
            elif section == "Subcommands":
                commands.append(words)
    return options, arguments, commands


def tree_of(program):
    """{command: ({(option, value)}, {argument}, help)} as the program itself has it."""
    tree = {}

    def visit(words):
        text = run(BIN / words[0], *words[1:], "--help").stdout
        options, arguments, commands = parse_help(text)
        tree[" ".join(words)] = (options, arguments, text)
        for command in commands:
            visit(words + [command])

    visit([program])
    return tree


def tree_of_page(program):
    """{command: ({(option, value)}, {argument})} as the page has it."""
    tree = {program: (set(), set())}
    at, section = program, ""
    for line in (PAGES / f"{program}.1").read_text().splitlines():
        line = line.replace("\\-", "-")
        if line.startswith(".Sh "):
            at, section = program, line[4:]
        elif line.startswith(".Ss "):
            at = line[4:]
            tree[at] = (set(), set())
        elif line.startswith(".It Fl ") and section in ("OPTIONS", "COMMANDS"):
            words, _, value = line[len(".It Fl "):].partition(" Ar ")
            for name in words.split(" , Fl "):
                tree[at][0].add(("-" + name, value))
        elif line.startswith(".It Ar "):
            tree[at][1].add(line[len(".It Ar "):])
    return tree


class Pages(unittest.TestCase):
    maxDiff = 4000

    def test_name_every_command_option_and_argument_and_no_other(self):
        for program in PROGRAMS:
            with self.subTest(program):
                real, page = tree_of(program), tree_of_page(program)
                self.assertEqual(sorted(real), sorted(page),
                                 f"docs/man/{program}.1 and the program have other commands")
                for command, (options, arguments, _) in real.items():
                    told, told_arguments = page[command]
                    if command != program:
                        options, told = options - EVERYWHERE, told - EVERYWHERE
                    self.assertEqual(sorted(options), sorted(told), command)
                    self.assertEqual(arguments, told_arguments, command)

    def test_the_reader_of_help_finds_what_is_there(self):
        text = ("Words\nUsage: x\n\nPositionals:\n  id ID REQUIRED              Which\n\n"
                "Options:\n  -h,--help                   Print\n"
                "  --a-very-long-name-of-an-option FILE\n                              Read\n"
                "  --to ORGANISER ...          Whom\n  --name TEXT REQUIRED        Who\n\n"
                "Subcommands:\n  start                       Start\n\n  quorate --not-an-option\n")
        self.assertEqual(parse_help(text), (
            {("-h", ""), ("--help", ""), ("--a-very-long-name-of-an-option", "FILE"),
             ("--to", "ORGANISER"), ("--name", "TEXT")}, {"id"}, ["start"]))

    def test_are_clean_for_mandoc_and_man(self):
        for program in PROGRAMS:
            page = PAGES / f"{program}.1"
            lint = run("mandoc", "-Tlint", page, cwd=PAGES)  # There it finds what they refer to.
            self.assertEqual((lint.returncode, lint.stdout), (0, ""))
            shown = run("man", "-l", "--warnings", page, env={**os.environ, "LC_ALL": "C.UTF-8",
                                                              "MANPAGER": "cat"})
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn(program, shown.stdout)

    def test_help_of_each_command_has_an_example_that_parses(self):
        for program in TEACHING:
            for command, (_, _, text) in tree_of(program).items():
                if command == program == "quorate-audit":
                    continue
                with self.subTest(command):
                    self.assertRegex(text, rf"(?m)^  (\S.* \| |source <\()?{command}\b")

    def test_exit_codes_are_the_same_in_pages_and_help(self):
        for program in PROGRAMS:
            page = (PAGES / f"{program}.1").read_text().split(".Sh EXIT STATUS")[1].split(".Sh")[0]
            codes = re.findall(r"(?m)^\.It (\d+)$", page)
            said = run(BIN / program, "--help").stdout.split("Exit codes:")[1].split("\n\n")[0]
            self.assertEqual(codes, re.findall(r"\b\d+\b", said), program)


class Install(unittest.TestCase):
    def test_puts_programs_pages_units_and_completions_where_they_are_looked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("cmake", "--install", BIN.parent, "--prefix", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            root = pathlib.Path(folder)
            found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
            self.assertEqual(found, {
                *(f"bin/{program}" for program in PROGRAMS),
                *(f"share/man/man1/{program}.1" for program in PROGRAMS),
                "lib/systemd/system/quorate-server.service",
                "lib/systemd/user/quorate-holder.service",
                *(f"share/bash-completion/completions/{program}" for program in TEACHING),
                *(f"share/zsh/site-functions/_{program}" for program in TEACHING),
                *(f"share/fish/vendor_completions.d/{program}.fish" for program in TEACHING)})
            unit = (root / "lib/systemd/system/quorate-server.service").read_text()
            self.assertIn(f"ExecStart={folder}/bin/quorate-server", unit)
            self.assertNotIn("/usr/local/bin", unit)
            self.assertEqual(run(root / "bin/quorate", "--version").returncode, 0)


if __name__ == "__main__":
    cases.main("cli_pages")
