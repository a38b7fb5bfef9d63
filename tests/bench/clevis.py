"""The same opening through Clevis and Tang: 3 of 5 Tang servers on loopback give a secret back.

Tang has no approvals, no log and no durable write, and its servers hold one key for everybody; the
comparison says only what the rest costs. Debian: clevis, tang, jose, socat.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

TANGD = pathlib.Path("/usr/libexec/tangd")
LIMIT_S = 60


def missing():
    """What is not installed here, or None."""
    for program in ("clevis", "jose", "socat"):
        if shutil.which(program) is None:
            return program
    return None if TANGD.exists() else "tang"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Tang:
    """Five Tang servers, one process a connection, as its systemd socket runs it."""

    def __init__(self, folder, count=5):
        self.ports = []
        self.running = []
        for number in range(count):
            keys = folder / f"tang{number}"
            keys.mkdir()
            subprocess.run(["/usr/libexec/tangd-keygen", str(keys)], check=True)
            port = free_port()
            self.ports.append(port)
            self.running.append(subprocess.Popen(
                ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
                 f"EXEC:{TANGD} {keys}"], stderr=subprocess.DEVNULL))

    def wait(self):
        deadline = time.monotonic() + LIMIT_S
        for port in self.ports:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if time.monotonic() > deadline:
                    raise RuntimeError("a Tang server does not listen")

    def stop(self):
        for process in self.running:
            process.terminate()
            process.wait(timeout=LIMIT_S)


def decrypt_ms(rounds):
    """The median of `clevis decrypt` with 3 of 5 Tang servers, in milliseconds."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="quorate-bench-"))
    tang = Tang(folder)
    try:
        tang.wait()
        policy = {"t": 3, "pins": {"tang": [{"url": f"http://127.0.0.1:{port}"}
                                            for port in tang.ports]}}
        sealed = subprocess.run(["clevis", "encrypt", "sss", json.dumps(policy), "-y"],
                                input=b"dummy-Blue-1", check=True, capture_output=True,
                                timeout=LIMIT_S).stdout
        times = []
        for _ in range(rounds):
            start = time.monotonic()
            opened = subprocess.run(["clevis", "decrypt"], input=sealed, check=True,
                                    capture_output=True, timeout=LIMIT_S).stdout
            times.append(time.monotonic() - start)
            if opened != b"dummy-Blue-1":
                raise RuntimeError("Clevis gave something else")
        return sorted(times)[len(times) // 2] * 1e3
    finally:
        tang.stop()
        shutil.rmtree(folder, ignore_errors=True)
