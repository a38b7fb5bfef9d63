#!/usr/bin/env python3
"""What a reader of the sources may rely on, checked over all of them. Needs no build."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import arrows
import cases
import sources

SOURCE = ("crypto", "custody", "client")
# A file or function longer than the first is listed, longer than the second is refused.
FILE_LINES = (400, 550)
TEST_FILE_LINES = (500, 600)
FUNCTION_LINES = (60, 100)


def found(test, what, faults):
    test.assertFalse(faults, f"{what}:\n  " + "\n  ".join(faults))


class Arrows(unittest.TestCase):
    def test_every_include_follows_the_arrows(self):
        faults = []
        for name in sources.cpp_files(*SOURCE):
            for header in sources.includes(sources.read(name)):
                why = arrows.fault(name, header)
                if why:
                    faults.append(f"{name} includes {header}: {why}")
        found(self, "includes against the arrows (tests/tidy/arrows.py)", faults)

    def test_the_table_has_no_way_round(self):
        """An arrow never leads back, through any number of folders."""
        def reached(folder, path):
            self.assertNotIn(folder, path, f"the arrows go round: {path}")
            for below in arrows.FOLDERS[folder]:
                reached(below, path + [folder])
        for folder in arrows.FOLDERS:
            reached(folder, [])

    def test_planted_wrong_includes_are_found(self):
        for name, line in (
                ("crypto/planted.cc", '#include "custody/base/clock.h"'),
                ("crypto/planted.cc", '#include "google/protobuf/message.h"'),
                ("crypto/planted.cc", "#include <chrono>"),
                ("crypto/planted.cc", "#  include <fstream>"),
                ("crypto/planted.cc", '#include "absl/time/clock.h"'),
                ("custody/log/planted.cc", '#include "custody/ledger/ledger.h"'),
                ("custody/ledger/planted.cc", '#include "crypto/random.h"'),
                ("custody/ledger/planted.cc", '#include "custody/base/files.h"'),
                ("custody/ledger/planted.cc", "#include <thread>"),
                ("custody/ledger/planted.cc", "#include <unistd.h>"),
                ("custody/store/planted.cc", '#include "custody/net/endpoint.h"'),
                ("custody/replica/planted.cc", '#include "custody/node/node.h"'),
                ("custody/node/planted.cc", '#include "custody/node/daemon/views.h"'),
                ("custody/node/planted.cc", '#include "custody/server/custodian.h"'),
                ("custody/node/planted.cc", "#include <grpcpp/grpcpp.h>"),
                ("custody/server/planted.cc", '#include "custody/node/node.h"'),
                ("client/cli/planted.cc", '#include "custody/server/custodian.h"'),
                ("client/cli/planted.cc", '#include "custody/node/node.h"'),
                ("client/audit/planted.cc", '#include "quorate/ledger/v1/ledger.pb.h"'),
                ("custody/elsewhere/planted.cc", '#include "crypto/bytes.h"')):
            with self.subTest(name=name, line=line):
                headers = sources.includes("// A comment.\n" + line + "\n")
                self.assertEqual(len(headers), 1)
                self.assertIsNotNone(arrows.fault(name, headers[0]))

    def test_allowed_includes_are_not_refused(self):
        for name, header in (("crypto/a.cc", "sodium.h"), ("crypto/a.cc", "span"),
                             ("custody/ledger/a.cc", "custody/log/tree.h"),
                             ("custody/node/daemon/a.cc", "custody/node/node.h"),
                             ("client/cli/a.cc", "custody/net/channel.h")):
            self.assertIsNone(arrows.fault(name, header), f"{name} {header}")

    def test_pure_code_calls_no_clock_and_no_system_randomness(self):
        pattern = re.compile(
            r"(?<![\w.>:])(?:std::|::)?(?:time|clock|clock_gettime|gettimeofday|getenv|fopen|open|rand"
            r"|random_device|getrandom)\s*\(|\brandombytes\w*\s*\(|\babsl::Now\b|\bSystemRandom\b")
        names = [n for n in sources.cpp_files("crypto", "custody/log", "custody/ledger")
                 if n not in ("crypto/random.cc", "crypto/random.h")]
        found(self, "clock, files or randomness in pure code", sources.lines_matching(names, pattern))


class Secrets(unittest.TestCase):
    CALL = re.compile(r"(?:\.|->)Reveal(?:Mutable)?\(")

    def test_only_listed_files_reveal_secrets(self):
        listed = {}
        for line in sources.read("tests/tidy/reveal.txt").splitlines():
            if line and not line.startswith("#"):
                name, _, reason = line.partition(": ")
                self.assertGreater(len(reason.split()), 2, f"{name} has no reason")
                self.assertNotIn(name, listed)
                listed[name] = reason
        self.assertEqual(sorted(listed), list(listed), "tests/tidy/reveal.txt is not sorted")
        calling = {name for name in sources.cpp_files(*SOURCE)
                   if any(self.CALL.search(sources.code_only(line))
                          for line in sources.read(name).splitlines())}
        found(self, "files that call Reveal() and are not in tests/tidy/reveal.txt",
              sorted(calling - set(listed)))
        found(self, "files in tests/tidy/reveal.txt that no longer call Reveal()",
              sorted(set(listed) - calling))

    TEXT = re.compile(r"std::(?:string|string_view|vector<uint8_t>)\b[&*\s]+\w*"
                      r"(?:password|passphrase|plaintext|secret|seed)(?!\w*_(?:file|name|column))\w*",
                      re.IGNORECASE)

    def test_headers_hold_no_secret_in_a_string(self):
        names = [n for n in sources.cpp_files(*SOURCE) if n.endswith(".h")]
        faults = [fault for fault in sources.lines_matching(names, self.TEXT)
                  # The name of a column, not what is in it.
                  if not fault.startswith("client/import/csv_logins.h:")]
        found(self, "secrets in strings", faults)

    def test_planted_secrets_in_strings_are_found(self):
        for line in ("std::string password;", "const std::string& passphrase,",
                     "void F(std::string_view the_secret);", "std::string seed_bytes;"):
            self.assertTrue(self.TEXT.search(line), line)
        self.assertFalse(self.TEXT.search("std::string passphrase_file;"))

    def test_messages_carry_no_secret_unsealed(self):
        """A field of a message that is named after a secret must say that it is sealed."""
        field = re.compile(r"^\s*(?:optional |repeated )?(?:string|bytes) "
                           # The public answer of a proof about a secret.
                           r"(?!sealed_|response_secret)\w*(?:password|passphrase|plaintext|secret)\w* =")
        found(self, "secrets in messages", sources.lines_matching(sources.files("*.proto"), field))


class Tests(unittest.TestCase):
    SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|SleepFor|usleep|nanosleep)\b|\btime\.sleep\b"
                       r"|(?<![\w.])sleep\s*\(\s*\d|(?:^|[;&|]|\bdo|\bthen)\s*sleep\s+[\d.$]")

    def test_no_test_sleeps(self):
        names = [n for n in sources.files("tests", "deploy", ".ci")
                 if not n.startswith(sources.OWN_FOLDER)]
        found(self, "sleeps; wait on a condition with a deadline",
              sources.lines_matching(names, self.SLEEP))

    def test_planted_sleeps_are_found(self):
        for line in ("  std::this_thread::sleep_for(1s);", "absl::SleepFor(absl::Seconds(1));",
                     "    time.sleep(1)", "  sleep 1", "done; sleep 0.2", "while :; do sleep 1",
                     "  sleep(1);"):
            self.assertTrue(self.SLEEP.search(line), line)

    def test_the_security_page_names_tests_that_exist(self):
        """Each attack has at least one: Suite.Case, a Python class, or the name of a test of ctest's."""
        rows = [line for line in sources.read("SECURITY.md").splitlines()
                if line.startswith("| ") and not line.startswith(("| attack", "| ---"))]
        self.assertGreater(len(rows), 5)
        existing = existing_tests()
        faults = []
        for row in rows:
            named = re.findall(r"`([\w.*]+)`", row.rstrip(" |").split(" | ")[-1])
            faults += [f"no test is named {name}" for name in named if name not in existing]
            faults += [] if named else [f"no test for: {row}"]
        found(self, "SECURITY.md", faults)


def existing_tests():
    """Suite.Case of C++ and Python, and the words of the tests' CMake files, where ctest's names are."""
    existing = set()
    for name in sources.cpp_files("tests"):
        for suite, case in re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)",
                                      sources.read(name)):
            existing |= {f"{suite}.{case}", f"{suite}.*"}
    for name in sources.files("tests/*.py"):
        suite = ""
        path = pathlib.PurePath(name)
        existing.add(f"{path.parent.name}_{path.stem.removesuffix('_test')}")
        for line in sources.read(name).splitlines():
            if match := re.match(r"class (\w+)", line):
                suite = match.group(1)
                existing.add(suite)
            if match := re.match(r"    def (test_?\w+)\(", line):
                existing.add(f"{suite}.{match.group(1)}")
    for name in sources.files("tests/*CMakeLists.txt"):
        existing |= set(re.findall(r"\w+", sources.read(name)))
        existing |= {pathlib.PurePath(near).stem
                     for near in sources.files(str(pathlib.PurePath(name).parent) + "/*.cc")}
    return existing


class Files(unittest.TestCase):
    def test_the_page_of_limits_names_what_the_source_has(self):
        faults = []
        for line in sources.read("docs/limits.md").splitlines():
            where = line.rsplit("|", 2)[-2] if line.count("|") > 3 else ""
            text = ""
            for word in re.findall(r"`([^`]+)`", where):
                if "/" in word:
                    self.assertTrue((sources.ROOT / word).exists(), word)
                    text = sources.read(word)
                elif not re.search(rf"\b{word}\b", text):
                    faults.append(f"{word}, of: {line}")
        found(self, "limits that the source does not have", faults)

    def test_nothing_is_marked_unfinished(self):
        pattern = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|WIP)\b|\bplaceholder\b|\bnot implemented\b"
                             r"|\bcoming soon\b")
        names = [n for n in sources.files() if not n.startswith(sources.OWN_FOLDER)]
        found(self, "marks of unfinished work", sources.lines_matching(names, pattern))

    def test_every_check_that_clang_tidy_leaves_out_has_a_reason(self):
        text = sources.read(".clang-tidy")
        off = re.findall(r"^\s+-([a-z][\w.-]+)", text, re.MULTILINE)
        self.assertGreater(len(off), 3)
        reasons = set(re.findall(r"^#   ([\w.*-]+)  +\S+ \S+", text, re.MULTILINE))
        found(self, "no reason in .clang-tidy", sorted(set(off) - reasons))

    def test_no_path_of_one_machine_is_written_down(self):
        pattern = re.compile(r"(?<![\w.}])/(?:work|home/\w+|root|Users|mnt)/")
        names = [n for n in sources.files() if not n.startswith(sources.OWN_FOLDER)]
        found(self, "machine paths", sources.lines_matching(names, pattern))

    def test_files_and_functions_fit_a_reader(self):
        long, too_long = [], []
        for name in sources.cpp_files():
            text = sources.read(name)
            soft, hard = TEST_FILE_LINES if name.startswith("tests/") else FILE_LINES
            counts = [(len(text.splitlines()), name, soft, hard)]
            counts += [(length, f"{name}:{line} {function}", *FUNCTION_LINES)
                       for length, line, function in sources.functions(text)]
            long += [f"{n} lines: {what}" for n, what, soft, _ in counts if n > soft]
            too_long += [f"{n} lines: {what}" for n, what, _, hard in counts if n > hard]
        if long:
            print("\nlong, to be split by meaning when next touched:\n  " + "\n  ".join(long),
                  file=sys.stderr)
        found(self, "too long", too_long)

    def test_functions_are_measured(self):
        body = "".join("  Call();\n" for _ in range(10))
        text = ("namespace a {\n\nconstexpr int kTable[] = {\n    1,\n};\n\nint Declared(int x);\n\n"
                f"absl::Status Long(int a,\n                  int b) {{\n{body}}}\n\n"
                f"int A::Member() const {{\n{body}{body}}}\n}}  // namespace a\n")
        self.assertEqual([(13, 9, "Long"), (22, 23, "A::Member")], sources.functions(text))

    def test_links_between_documents_lead_somewhere(self):
        faults = []
        for name in sources.files("*.md"):
            folder = (sources.ROOT / name).parent
            for target in re.findall(r"\]\(([^)\s]+)\)", sources.read(name)):
                if re.match(r"(?:https?|mailto):", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (folder / path) if path else sources.ROOT / name
                if not file.exists():
                    faults.append(f"{name}: {target}")
                elif anchor and anchor not in anchors(file.read_text()):
                    faults.append(f"{name}: {target}: no such heading")
        found(self, "dead links", faults)

    def test_the_map_of_the_tree_names_folders_that_exist(self):
        tree = sources.read("README.md").partition("## The tree")[2].partition("\n## ")[0]
        named = re.findall(r"^\| (.+?) \|", tree, re.MULTILINE)[2:]
        self.assertGreater(len(named), 5)
        folders = {folder for folder in arrows.FOLDERS}
        for row in named:
            for folder in re.findall(r"`([\w/]+)`", row):
                options = [sources.ROOT / folder, sources.ROOT / "custody" / folder]
                self.assertTrue(any(option.exists() for option in options), folder)
        self.assertTrue(folders)


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
            for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


if __name__ == "__main__":
    cases.main("tidy_test")
