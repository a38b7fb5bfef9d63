"""What the tidy tests read: the files under version control, and a C++ file's functions and includes."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Names its patterns in words, so it would find itself.
OWN_FOLDER = "tests/tidy/"


def files(*patterns):
    """Paths, relative to the root and sorted, of tracked and new files that fit a git pathspec."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others",
         "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def cpp_files(*folders):
    return [name for name in files(*(folders or ("crypto", "custody", "client", "tests")))
            if name.endswith((".h", ".cc"))]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def lines_matching(names, pattern):
    """"file:line: text" of each line that fits."""
    found = []
    for name in names:
        for number, line in enumerate(read(name).splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()}")
    return found


def code_only(line):
    """A line without what a // comment says."""
    return line.split("//", 1)[0]


def includes(text):
    """Each header that C++ `text` includes, as written between its quotes or brackets."""
    return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text, re.MULTILINE)


def functions(text):
    """(length, first line, name) of each function defined at the left margin, where clang-format
    puts every one outside a class. Tables of data do not count."""
    found = []
    start, head = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not start:
            if not re.match(r"(?!(namespace|class|struct|enum|union|using|extern|typedef)\b)[A-Za-z_]",
                            line):
                continue
            start, head = number, ""
        opened = "{" in head
        if not opened:
            head += line.strip() + " "
        if opened and line.startswith("}"):
            name = re.search(r"([\w:~]+)\(", head)
            if name and "=" not in head[:name.start()]:
                found.append((number - start + 1, start, name.group(1)))
            start = 0
        elif not opened and line.endswith((";", "}", ")")) and not line.endswith("{"):
            start = 0 if line.endswith((";", "}")) else start
    return found
