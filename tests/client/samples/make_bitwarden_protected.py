#!/usr/bin/env python3
"""Writes the bitwarden_protected_*.json beside it: Bitwarden's password-protected export, made by
Python's standard library, the openssl program and libargon2. All of it is dummy data.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import pathlib
import subprocess

PASSWORD = "dummy Pässword 1".encode()
SALT = base64.b64encode(bytes(range(16)))
INNER = {"encrypted": False, "folders": [], "items": [
    {"type": 1, "name": "Town Page", "notes": None, "login": {
        "uris": [{"match": None, "uri": "https://page.example/login"}],
        "username": "page@town.example", "password": "pä55 \"dummy\" 😀",
        "totp": "otpauth://totp/Town:page?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"}},
    {"type": 2, "name": "Door", "notes": "code 0000", "secureNote": {"type": 0}}]}


def pbkdf2(iterations):
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD, SALT, iterations, 32)
    return key, {"kdfType": 0, "kdfIterations": iterations, "kdfMemory": None,
                 "kdfParallelism": None}


def argon2id(iterations, memory_mib, parallelism):
    library = ctypes.CDLL(ctypes.util.find_library("argon2"))
    salt = hashlib.sha256(SALT).digest()
    key = ctypes.create_string_buffer(32)
    error = library.argon2id_hash_raw(
        ctypes.c_uint32(iterations), ctypes.c_uint32(memory_mib * 1024),
        ctypes.c_uint32(parallelism), PASSWORD, ctypes.c_size_t(len(PASSWORD)), salt,
        ctypes.c_size_t(len(salt)), key, ctypes.c_size_t(32))
    assert error == 0, error
    return key.raw, {"kdfType": 1, "kdfIterations": iterations, "kdfMemory": memory_mib,
                     "kdfParallelism": parallelism}


def seal(key, number, plain, *openssl_options):
    encryption_key, mac_key = (hmac.digest(key, info + b"\x01", "sha256")
                               for info in (b"enc", b"mac"))
    iv = hashlib.sha256(bytes([number])).digest()[:16]
    ciphertext = subprocess.run(
        ["openssl", "enc", "-aes-256-cbc", "-K", encryption_key.hex(), "-iv", iv.hex(),
         *openssl_options], input=plain, capture_output=True, check=True).stdout
    mac = hmac.digest(mac_key, iv + ciphertext, "sha256")
    return "2." + "|".join(base64.b64encode(part).decode() for part in (iv, ciphertext, mac))


def write(name, derived, plain, *openssl_options):
    key, parameters = derived
    export = {"encrypted": True, "passwordProtected": True, "salt": SALT.decode(), **parameters,
              "encKeyValidation_DO_NOT_EDIT": seal(
                  key, 1, b"00000000-0000-4000-8000-000000000001"),
              "data": seal(key, 2, plain, *openssl_options)}
    path = pathlib.Path(__file__).with_name(f"bitwarden_protected_{name}.json")
    path.write_text(json.dumps(export, indent=2) + "\n")


def main():
    inner = json.dumps(INNER, indent=2, ensure_ascii=False).encode()
    write("pbkdf2", pbkdf2(5000), inner)
    write("argon2id", argon2id(2, 16, 4), inner)
    write("argon2id_one_lane", argon2id(2, 16, 1), inner)
    # Right MACs over something else than an export.
    write("padding", pbkdf2(5000), bytes(32), "-nopad")
    write("not_json", pbkdf2(5000), b"dummy")
    write("nested", pbkdf2(5000), pathlib.Path(__file__).with_name(
        "bitwarden_protected_pbkdf2.json").read_bytes())


if __name__ == "__main__":
    main()
