#!/usr/bin/env python3
"""Makes the pictures of QR codes and the transfer code beside it; needs qrencode. Seeds are dummies."""

import base64
import pathlib
import subprocess
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent


def field(number, value):
    """One protobuf field: a number, or a text or bytes with its length."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(data)]) + data


def account(secret, name, issuer, algorithm=1, digits=1, kind=2):
    """One account in a MigrationPayload; kind 1 counts, 2 goes by time."""
    return field(1, field(1, secret) + field(2, name) + field(3, issuer) + field(4, algorithm) +
                 field(5, digits) + field(6, kind))


def transfer():
    payload = (account(b"12345678901234567890", "page@town.example", "Town Page") +
               account(b"abcdefghijklmnopqrst", "Éire:us", "Éire", algorithm=2, digits=2) +
               account(b"12345678901234567890", "counted", "Old", kind=1) +
               account(b"12345678901234567890", "odd", "Md5", algorithm=4) +
               field(2, 1) + field(3, 1) + field(4, 0) + field(5, 7))
    return "otpauth-migration://offline?data=" + urllib.parse.quote(base64.b64encode(payload), "")


def picture(name, text, *options):
    subprocess.run(["qrencode", "-o", HERE / name, "-s", "3", *options, text], check=True)


if __name__ == "__main__":
    address = ("otpauth://totp/Town%20Page:page%40town.example"
               "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Town%20Page")
    picture("otpauth_qr.png", address)
    picture("otpauth_qr_transparent.png", address, "--background=FFFFFF00", "-t", "PNG32")
    picture("otpauth_qr_migration.png", transfer())
    picture("otpauth_qr_link.png", "https://example.org/")
    (HERE / "otpauth_migration.txt").write_text(transfer() + "\n" + address + "\n")
