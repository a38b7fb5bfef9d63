"""Which folder may include what: the one table. docs/design.md draws it as arrows."""

# The folders of the source, each with our own folders that it may include besides itself.
BELOW_LEDGER = ("crypto", "custody/base", "custody/log")
PURE = BELOW_LEDGER + ("custody/ledger",)
FOLDERS = {
    "crypto": (),
    "custody/base": (),
    "custody/log": ("crypto", "custody/base"),
    "custody/ledger": BELOW_LEDGER,
    "custody/wire": PURE,
    "custody/store": PURE + ("custody/wire",),
    "custody/net": PURE + ("custody/wire",),
    "custody/keystore": PURE + ("custody/wire",),
    "custody/replica": PURE + ("custody/wire", "custody/store", "custody/net", "custody/keystore"),
    # The node's core runs in the simulation as well: no socket, no database, no server.
    "custody/node": PURE + ("custody/wire", "custody/keystore", "custody/replica"),
    "custody/node/daemon": PURE + ("custody/wire", "custody/store", "custody/net",
                                   "custody/keystore", "custody/replica", "custody/node"),
    "custody/server": PURE + ("custody/wire", "custody/store", "custody/net", "custody/keystore",
                              "custody/replica"),
    "client/import": PURE + ("custody/keystore",),
    "client/cli": PURE + ("custody/wire", "custody/net", "custody/replica", "custody/keystore",
                          "client/import"),
    "client/audit": PURE + ("custody/wire", "custody/net", "custody/replica", "custody/keystore",
                            "client/import", "client/cli"),
}

# Generated code and libraries: who may include them; the first line that fits decides. Everyone may
# include absl.
OUTSIDE = {
    "sodium.h": ("crypto", "custody/log", "custody/net", "client/import"),
    "quorate/ledger/": ("custody/wire",),
    "quorate/log/": ("custody/node/daemon", "custody/server", "client/cli", "client/audit"),
    "quorate/node/": ("custody/node/daemon", "client/cli", "client/audit"),
    "google/protobuf/stubs/logging.h": ("custody/net",),
    "google/protobuf/util/": ("custody/server",),
    "google/": ("custody/wire", "client/cli"),
    "valgrind/": ("crypto",),
    "grpc/": ("custody/net",),
    "grpcpp/": ("custody/wire", "custody/net", "custody/node/daemon", "custody/server",
                "client/cli", "client/audit"),
    "openssl/": ("custody/net", "client/import"),
    "sqlite3.h": ("custody/store",),
    "png.h": ("client/import",),
    "ZXing/": ("client/import",),
}

# What pure code may take from the standard library; no I/O, clock, randomness or threads among it.
PURE_FOLDERS = ("crypto", "custody/log", "custody/ledger")
PURE_STANDARD = frozenset("""
    algorithm array bit charconv compare concepts cstddef cstdint cstdlib cstring deque functional
    initializer_list iterator limits map memory numeric optional ostream set span string string_view
    tuple type_traits unordered_map unordered_set utility variant vector""".split())
PURE_ABSL = ("absl/status/", "absl/strings/", "absl/types/", "absl/container/")
# What base has that is not pure, and crypto's own source of randomness.
PURE_REFUSES = ("custody/base/clock.h", "custody/base/files.h", "custody/base/memory_node_store.h")
RANDOM = "crypto/random.h"


def folder_of(path):
    """The longest folder of the table that `path` lies in, or None."""
    fitting = [folder for folder in FOLDERS if path.startswith(folder + "/")]
    return max(fitting, key=len, default=None)


def fault(path, header):
    """Why the file `path` may not include `header`, or None where it may."""
    folder = folder_of(path)
    if folder is None:
        return "lies in no folder of the table"
    target = folder_of(header)
    if target is not None:
        if target != folder and target not in FOLDERS[folder]:
            return f"{folder} must not include {target}"
    elif header.startswith(("crypto/", "custody/", "client/", "tests/")):
        return f"{folder} must not include {header}"
    for prefix, allowed in OUTSIDE.items():
        if header.startswith(prefix):
            if folder not in allowed:
                return f"{folder} must not include {prefix}"
            break
    if folder in PURE_FOLDERS:
        return _impure(folder, header, target)
    return None


def _impure(folder, header, target):
    if header in PURE_REFUSES or (header == RANDOM and folder != "crypto"):
        return f"{folder} is pure"
    if target is not None or header.startswith(PURE_ABSL) or header in PURE_STANDARD:
        return None
    if header == "sodium.h" or header.startswith("valgrind/"):
        return None
    return f"{folder} is pure, and {header} is not in its list"
