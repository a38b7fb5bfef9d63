"""The two APIs from Python: generated messages, members' TLS keys, channels, single calls."""

import ctypes
import importlib
import pathlib
import struct
import subprocess
import sys

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate(folder):
    """Python's messages of the server's and of the node's API."""
    subprocess.run(["protoc", f"--proto_path={ROOT}/proto", f"--python_out={folder}",
                    *(str(path) for path in (ROOT / "proto").rglob("*.proto"))], check=True)
    sys.path.insert(0, str(folder))
    return (importlib.import_module("quorate.log.v1.log_pb2"),
            importlib.import_module("quorate.node.v1.node_pb2"))


def _fields(data):
    while data:
        size = struct.unpack("<I", data[:4])[0]
        yield data[4:4 + size]
        data = data[4 + size:]


def tls_seed(person):
    """The seed of a person's TLS key, out of their folder: what its thief has."""
    magic = b"quorate identity 1\n"
    parts = list(_fields((person.home / "identity").read_bytes()[len(magic):]))
    public = b"".join(struct.pack("<I", len(part)) + part for part in parts[:9])
    sealed = parts[12]
    key = (person.home / "unattended.key").read_bytes()
    sodium = ctypes.CDLL("libsodium.so.23")
    plain = ctypes.create_string_buffer(32)
    aad = b"tls" + public
    if sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, None, None, sealed[24:], ctypes.c_ulonglong(len(sealed) - 24), aad,
            ctypes.c_ulonglong(len(aad)), sealed[:24], key) != 0:
        raise AssertionError("the layout of the identity file has changed")
    return plain.raw


def private_key(seed):
    """In PEM."""
    der = bytes.fromhex("302e020100300506032b657004220420") + seed
    return subprocess.run(["openssl", "pkey", "-inform", "DER"], input=der, check=True,
                          capture_output=True).stdout


def certificate(seed, folder):
    """(private key, certificate) in PEM, as the programs make them."""
    key = private_key(seed)
    path = folder / "caller.key"
    path.write_bytes(key)
    made = subprocess.run(["openssl", "req", "-new", "-x509", "-key", path, "-subj", "/CN=quorate"],
                          check=True, capture_output=True).stdout
    return key, made


def address_of(server):
    return server.invite().split("//")[1].split("#")[0]


def server_certificate(address):
    shown = subprocess.run(["openssl", "s_client", "-connect", address], input=b"",
                           capture_output=True, check=False).stdout
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    return shown[shown.index(begin):shown.index(end) + len(end)] + b"\n"


def open_channel(address, seed, folder, *options):
    key, own = certificate(seed, folder)
    credentials = grpc.ssl_channel_credentials(server_certificate(address), key, own)
    return grpc.secure_channel(address, credentials,
                               [("grpc.ssl_target_name_override", "quorate"), *options])


def call(channel, service, method, request, response, timeout=20):
    return channel.unary_unary(f"/{service}/{method}",
                               request_serializer=type(request).SerializeToString,
                               response_deserializer=response.FromString)(request, timeout=timeout)
