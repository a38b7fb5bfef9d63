#!/usr/bin/env python3
"""Who has no business here: strangers and other organisations' members at the server, other users
and programs without the passphrase at the node's socket. Each case has somebody who may, asking the
same way: what is refused is the caller, not the question."""

import os
import pathlib
import pwd
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
import wire  # noqa: E402
from wire import call, tls_seed  # noqa: E402

import grpc  # noqa: E402

GROUP = None
FOREIGN = None
LOG = None  # The generated modules.
NODE = None


def setUpModule():
    global GROUP, FOREIGN, LOG, NODE
    GROUP = harness.Group()
    LOG, NODE = wire.generate(GROUP.folder)
    GROUP.found()
    folder = GROUP.folder / "foreign"
    folder.mkdir()
    FOREIGN = harness.Group(people=("mallory", "trudy", "oscar"), folder=folder,
                            server=GROUP.server)
    FOREIGN.found(harness.charter("Other", threshold=2, governance=2,
                                  holders=("mallory", "trudy", "oscar")))
    path = GROUP.write("page-secret", "the page's password\n")
    GROUP.ana.must("deposit", "page", "--vault", "main", "--from", path)


def tearDownModule():
    FOREIGN.close()
    GROUP.close()


class AtTheServer(harness.Case):
    def setUp(self):
        self.address = wire.address_of(GROUP.server)
        self.organisation = bytes.fromhex(GROUP.ana.status()["organisation_id"])

    def channel(self, seed):
        channel = wire.open_channel(self.address, seed, GROUP.folder)
        self.addCleanup(channel.close)
        return channel

    def every_call(self):
        o = self.organisation
        log, blob = "quorate.log.v1.Log", "quorate.log.v1.Blob"
        return (
            (log, "GetEntries", LOG.GetEntriesRequest(organisation=o), LOG.GetEntriesResponse),
            (log, "GetCheckpoint", LOG.GetCheckpointRequest(organisation=o),
             LOG.GetCheckpointResponse),
            (log, "GetConsistencyProof",
             LOG.GetConsistencyProofRequest(organisation=o, old_size=1, new_size=2),
             LOG.GetConsistencyProofResponse),
            (log, "GetInclusionProof",
             LOG.GetInclusionProofRequest(organisation=o, index=0, size=1),
             LOG.GetInclusionProofResponse),
            (blob, "GetBlobs", LOG.GetBlobsRequest(organisation=o, digests=[b"\0" * 32]),
             LOG.GetBlobsResponse),
            (blob, "PutBlobs", LOG.PutBlobsRequest(organisation=o, blobs=[b"x"]),
             LOG.PutBlobsResponse),
        )

    def test_members_are_answered(self):
        channel = self.channel(tls_seed(GROUP.ana))
        for service, method, request, response in self.every_call():
            with self.subTest(method=method):
                call(channel, service, method, request, response)

    def test_strangers_and_members_of_another_organisation_are_refused(self):
        for who, seed in (("stranger", os.urandom(32)), ("foreign", tls_seed(FOREIGN.mallory))):
            channel = self.channel(seed)
            for service, method, request, response in self.every_call():
                with self.subTest(caller=who, method=method):
                    with self.assertRaises(grpc.RpcError) as refused:
                        call(channel, service, method, request, response)
                    self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
            watch = channel.unary_stream(
                "/quorate.log.v1.Log/Watch",
                request_serializer=LOG.WatchRequest.SerializeToString,
                response_deserializer=LOG.WatchResponse.FromString)
            with self.assertRaises(grpc.RpcError) as refused:
                list(watch(LOG.WatchRequest(organisation=self.organisation), timeout=20))
            self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_a_statement_of_a_member_is_not_taken_from_a_foreigner(self):
        channel = self.channel(tls_seed(FOREIGN.mallory))
        append = LOG.AppendRequest(organisation=self.organisation, header=b"x", signature=b"y" * 64,
                                   body=b"z")
        before = GROUP.ana.status()["log_root"]
        with self.assertRaises(grpc.RpcError) as refused:
            call(channel, "quorate.log.v1.Log", "Append", append, LOG.AppendResponse)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(GROUP.ana.status()["log_root"], before)

    def test_a_caller_without_a_certificate_gets_no_answer(self):
        credentials = grpc.ssl_channel_credentials(wire.server_certificate(self.address))
        with grpc.secure_channel(self.address, credentials,
                                 [("grpc.ssl_target_name_override", "quorate")]) as channel:
            with self.assertRaises(grpc.RpcError) as refused:
                call(channel, "quorate.log.v1.Status", "GetStatus", LOG.GetStatusRequest(),
                     LOG.GetStatusResponse)
        self.assertIn(refused.exception.code(),
                      (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED))


class AtTheNode(harness.Case):
    # Sends what an HTTP/2 client begins with; prints how many bytes came back before the end.
    ASKS = ("import socket, sys\n"
            "s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])\n"
            "total = 0\n"
            "try:\n"
            "    s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0')\n"
            "    if sys.argv[2] == 'some': total = len(s.recv(100))\n"
            "    else:\n"
            "        while part := s.recv(100): total += len(part)\n"
            "except (BrokenPipeError, ConnectionResetError): pass\n"
            "print(total)\n")

    def ask(self, how, **options):
        return harness.run(["/usr/bin/python3", "-c", self.ASKS, GROUP.ben.home / "node.sock", how],
                           **options)

    def test_another_user_is_not_answered_even_where_the_socket_can_be_reached(self):
        if os.getuid() != 0:
            self.skipTest("becoming another user needs root")
        nobody = pwd.getpwnam("nobody")
        as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        locked_out = harness.run([harness.BIN / "quorate", "status", "--json"], cwd="/",
                                 env=harness.environment(QUORATE_HOME=GROUP.ben.home), **as_nobody)
        if locked_out.code == 126:
            self.skipTest("another user cannot run the programs here")
        self.assertNotEqual(locked_out.code, 0, str(locked_out))
        paths = (GROUP.folder, GROUP.ben.home, GROUP.ben.home / "node.sock")
        modes = [path.stat().st_mode for path in paths]
        try:
            for path in paths:
                path.chmod(0o777)
            mine, theirs = self.ask("some"), self.ask("all", cwd="/", **as_nobody)
        finally:
            for path, mode in zip(paths, modes):
                path.chmod(mode)
        self.assertGreater(int(mine.out), 0, str(mine))
        self.assertEqual(theirs.out.strip(), "0", str(theirs))

    def test_a_program_of_the_same_user_cannot_approve_without_the_passphrase(self):
        request = GROUP.request(GROUP.ana, "page")
        before = GROUP.ben.status()["log_root"]
        service = "quorate.node.v1.RequestService"
        with grpc.insecure_channel(f"unix:{GROUP.ben.home}/node.sock") as channel:
            session = call(channel, "quorate.node.v1.NodeService", "CreateSession",
                           NODE.CreateSessionRequest(), NODE.Session)
            tries = {
                "nothing": NODE.ApproveRequestRequest(id=request),
                "an unknown session": NODE.ApproveRequestRequest(
                    id=request, passphrase=NODE.SealedSecret(session_id=b"x" * 16, sealed=b"y" * 80)),
                "bytes that nobody sealed": NODE.ApproveRequestRequest(
                    id=request, passphrase=NODE.SealedSecret(session_id=session.session_id,
                                                             sealed=b"y" * 80)),
                "the session again": NODE.ApproveRequestRequest(
                    id=request, passphrase=NODE.SealedSecret(session_id=session.session_id,
                                                             sealed=b"y" * 80)),
            }
            for what, message in tries.items():
                with self.subTest(passphrase=what):
                    with self.assertRaises(grpc.RpcError) as refused:
                        call(channel, service, "ApproveRequest", message, NODE.Request)
                    self.assertIn(refused.exception.code(),
                                  (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.DATA_LOSS,
                                   grpc.StatusCode.INVALID_ARGUMENT))
            # The same program may look: the connection is not what is refused.
            seen = call(channel, service, "GetRequest", NODE.GetRequestRequest(id=request),
                        NODE.Request)
            self.assertEqual(seen.approvals, 0)
        self.assertEqual(GROUP.ben.status()["log_root"], before)
        GROUP.ana.must("withdraw", request, "--yes")


if __name__ == "__main__":
    cases.main("e2e_strangers")
