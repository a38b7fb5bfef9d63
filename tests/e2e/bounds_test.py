#!/usr/bin/env python3
"""Who asks for too much: strangers, members, the server, and programs at the node's socket.

Each case floods one program and meanwhile looks at its resident memory and at whether others are
served. The bounds are those of docs/limits.md.
"""

import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import resource
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
import wire  # noqa: E402
from harness import wait_until  # noqa: E402

import grpc  # noqa: E402

MIB = 1 << 20
# What docs/limits.md promises, of resident memory.
SERVER_MIB = 1024
NODE_MIB = 512
# A member's deposit while somebody floods.
SERVED_S = 15.0
# HTTP/2's preface and empty settings: a connection that then says nothing more.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
BLOB = "quorate.log.v1.Blob"
LOG_SERVICE = "quorate.log.v1.Log"
GROUP = None
LOG = None
NODE = None
NUMBER = itertools.count()


def setUpModule():
    global GROUP, LOG, NODE
    # As systemd starts services: the server asks for more, and has fewer than are opened here.
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, limits[1]), limits[1]))
    GROUP = harness.Group()
    LOG, NODE = wire.generate(GROUP.folder)
    GROUP.found()
    GROUP.write("secret", "a plain secret\n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))


def tearDownModule():
    GROUP.close()


def resident_mib(process):
    """(now, the most so far)."""
    values = {}
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        values[key] = value
    return int(values["VmRSS"].split()[0]) / 1024, int(values["VmHWM"].split()[0]) / 1024


class Flood(harness.Case):
    def setUp(self):
        self.address = wire.address_of(GROUP.server)
        self.organisation = bytes.fromhex(GROUP.ana.status()["organisation_id"])
        self.start = time.monotonic()

    def tearDown(self):
        GROUP.all_see("connected", lambda p: p.status()["connected"], 60)

    def report(self, text, process):
        now, most = resident_mib(process)
        sys.stderr.write(f"{text}; {time.monotonic() - self.start:.1f} s, resident {now:.0f} MiB, "
                         f"at most {most:.0f}\n")

    def assert_bounded(self, process, most_mib):
        self.assertLess(resident_mib(process)[1], most_mib)

    def assert_served(self, person=None):
        """A member, connected before, deposits: durable on the log within the deadline."""
        began = time.monotonic()
        result = (person or GROUP.ben).quorate(
            "deposit", f"served-{next(NUMBER)}", "--vault", "main", "--from",
            GROUP.folder / "secret")
        self.assert_code(result, 0)
        self.assertLess(time.monotonic() - began, SERVED_S)

    def channel(self, seed, *options):
        channel = wire.open_channel(self.address, seed, GROUP.folder, *options)
        self.addCleanup(channel.close)
        return channel

    def blobs(self, channel, timeout=60):
        return channel.unary_unary(f"/{BLOB}/PutBlobs",
                                   request_serializer=lambda raw: raw,
                                   response_deserializer=LOG.PutBlobsResponse.FromString)


def at_once(count, function):
    with concurrent.futures.ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(function, range(count)))


class AtTheServer(Flood):
    def context(self):
        """TLS as a stranger speaks it."""
        key, own = wire.certificate(os.urandom(32), GROUP.folder)
        path = GROUP.write("stranger.pem", key + own)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(path)
        context.set_alpn_protocols(["h2"])
        return context

    def connect(self, source):
        host, port = self.address.rsplit(":", 1)
        return socket.create_connection((host, int(port)), 10, (source, 0))

    def test_ten_thousand_idle_connections(self):
        """From twenty addresses, which say nothing: places run out, those who have one go on."""
        held = []
        with contextlib.ExitStack() as closing:
            for number in range(10_000):
                try:
                    held.append(closing.enter_context(self.connect(f"127.0.1.{number % 20 + 1}")))
                except OSError:
                    pass  # Not taken from the queue in time.
                if number % 2500 == 0:
                    self.assert_served()
            self.assertGreater(len(held), 5000)
            self.assert_served()
            self.report(f"{len(held)} idle connections", GROUP.server.process)
            self.assert_bounded(GROUP.server.process, SERVER_MIB)
        # A node that comes new finds a place.
        GROUP.dan.stop()
        GROUP.dan.start()
        wait_until(lambda: GROUP.dan.status()["connected"], "a new connection", 30)

    def test_idle_connections_that_have_shaken_hands(self):
        context = self.context()
        with contextlib.ExitStack() as closing:
            def shake(number):
                try:
                    raw = self.connect(f"127.0.2.{number % 4 + 1}")
                    tls = context.wrap_socket(raw)
                    tls.sendall(PREFACE)
                    return closing.enter_context(tls)
                except OSError:
                    return None
            with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
                held = [one for one in pool.map(shake, range(1500)) if one is not None]
            self.assertGreater(len(held), 1000)
            self.assert_served()
            self.report(f"{len(held)} connections with TLS", GROUP.server.process)
            self.assert_bounded(GROUP.server.process, SERVER_MIB)
            # An address has no more than its places.
            extra = [shake(number * 4) for number in range(600)]
            self.assertLess(sum(one is not None for one in extra), 520)
        self.assert_served()

    def test_strangers_who_knock_by_the_thousand(self):
        context = self.context()
        over = threading.Event()
        shaken = itertools.count()

        def knock(_):
            while not over.is_set():
                with contextlib.suppress(OSError):
                    with context.wrap_socket(self.connect("127.0.3.1")) as tls:
                        tls.sendall(PREFACE)
                        next(shaken)
        knocking = [threading.Thread(target=knock, args=(n,)) for n in range(6)]
        for thread in knocking:
            thread.start()
        try:
            for _ in range(3):
                self.assert_served()
            wait_until(lambda: next(shaken) > 2000, "two thousand handshakes", 30)
            self.assert_served()
        finally:
            over.set()
            for thread in knocking:
                thread.join()
        self.report(f"{next(shaken)} handshakes", GROUP.server.process)
        self.assert_bounded(GROUP.server.process, SERVER_MIB)

    def test_a_message_of_100_mib(self):
        for who, seed in (("a stranger", os.urandom(32)), ("a member", wire.tls_seed(GROUP.eve))):
            channel = self.channel(seed, ("grpc.max_send_message_length", -1))

            def send(_, channel=channel):
                request = LOG.PutBlobsRequest(organisation=self.organisation,
                                              blobs=[b"x" * (100 * MIB)])
                try:
                    self.blobs(channel)(request.SerializeToString(), timeout=60)
                except grpc.RpcError as error:
                    return error.code()
                return grpc.StatusCode.OK
            with self.subTest(caller=who):
                self.assertEqual(set(at_once(3, send)), {grpc.StatusCode.RESOURCE_EXHAUSTED})
        self.assert_served()
        self.report("messages of 100 MiB", GROUP.server.process)
        self.assert_bounded(GROUP.server.process, SERVER_MIB)

    def test_messages_of_millions_of_empty_fields(self):
        """Ten MiB that would become hundreds where they are read."""
        empty = LOG.PutBlobsRequest(organisation=self.organisation).SerializeToString() + \
            b"\x12\0" * (5 * MIB - 100)
        channel = self.channel(os.urandom(32), ("grpc.max_send_message_length", -1))

        def send(_):
            try:
                self.blobs(channel)(empty, timeout=60)
            except grpc.RpcError as error:
                return error.code()
            return grpc.StatusCode.OK
        self.assertNotIn(grpc.StatusCode.OK, at_once(12, send))
        self.assert_served()
        self.report("messages of millions of fields", GROUP.server.process)
        self.assert_bounded(GROUP.server.process, SERVER_MIB)

    def test_a_page_of_ten_million_entries(self):
        channel = self.channel(wire.tls_seed(GROUP.eve))
        page = wire.call(channel, LOG_SERVICE, "GetEntries", LOG.GetEntriesRequest(
            organisation=self.organisation, max_entries=10_000_000), LOG.GetEntriesResponse)
        self.assertLessEqual(len(page.entries), 512)
        with self.assertRaises(grpc.RpcError) as refused:
            wire.call(channel, BLOB, "GetBlobs", LOG.GetBlobsRequest(
                organisation=self.organisation, digests=[b"\0" * 32] * 200_000),
                LOG.GetBlobsResponse)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assert_bounded(GROUP.server.process, SERVER_MIB)

    def test_a_member_who_calls_without_end(self):
        channel = self.channel(wire.tls_seed(GROUP.eve))
        method = channel.unary_unary(
            f"/{LOG_SERVICE}/GetEntries",
            request_serializer=LOG.GetEntriesRequest.SerializeToString,
            response_deserializer=LOG.GetEntriesResponse.FromString)
        request = LOG.GetEntriesRequest(organisation=self.organisation)
        codes = {}

        def ask(_):
            for _ in range(600):
                try:
                    method(request, timeout=20)
                    code = "OK"
                except grpc.RpcError as error:
                    code = error.code().name
                codes[code] = codes.get(code, 0) + 1
                if code == "RESOURCE_EXHAUSTED" and codes[code] > 200:
                    return
        at_once(6, ask)
        self.assertGreater(codes.get("RESOURCE_EXHAUSTED", 0), 100, codes)
        self.assert_served()
        self.report(f"a member's calls: {codes}", GROUP.server.process)
        self.assert_bounded(GROUP.server.process, SERVER_MIB)


class AtTheNode(Flood):
    def test_a_message_of_100_mib_at_the_socket(self):
        with grpc.insecure_channel(f"unix:{GROUP.ben.home}/node.sock",
                                   [("grpc.max_send_message_length", -1)]) as channel:
            def send(_):
                with self.assertRaises(grpc.RpcError) as refused:
                    wire.call(channel, "quorate.node.v1.RequestService", "GetRequest",
                              NODE.GetRequestRequest(id="x" * (100 * MIB)), NODE.Request, 60)
                return refused.exception.code()
            self.assertEqual(set(at_once(3, send)), {grpc.StatusCode.RESOURCE_EXHAUSTED})
        self.assert_served(GROUP.ben)
        self.report("messages of 100 MiB", GROUP.ben.process)
        self.assert_bounded(GROUP.ben.process, NODE_MIB)

    def test_a_thousand_idle_connections_at_the_socket(self):
        path = str(GROUP.ben.home / "node.sock")
        with contextlib.ExitStack() as closing:
            for _ in range(1000):
                one = closing.enter_context(socket.socket(socket.AF_UNIX))
                one.settimeout(0.2)
                try:
                    one.connect(path)
                except OSError:
                    break  # No more fit into its queue.
            self.report("idle connections at the socket", GROUP.ben.process)
            self.assert_bounded(GROUP.ben.process, NODE_MIB)
        wait_until(lambda: GROUP.ben.quorate("status").code == 0, "it answers again")
        self.assert_served(GROUP.ben)

    def hostile(self, watch):
        """The server's own keys in other hands: answers `watch` with what the case says."""
        GROUP.server.stop()
        key = wire.private_key((GROUP.server.data / "tls.key").read_bytes())
        pool = concurrent.futures.ThreadPoolExecutor(max_workers=16)
        server = grpc.server(pool, options=[("grpc.max_send_message_length", -1)])

        class Handlers(grpc.GenericRpcHandler):
            def service(self, details):
                if details.method != f"/{LOG_SERVICE}/Watch":
                    return None
                return grpc.unary_stream_rpc_method_handler(
                    watch, LOG.WatchRequest.FromString, lambda raw: raw)
        server.add_generic_rpc_handlers((Handlers(),))
        credentials = grpc.ssl_server_credentials([(key, self.certificate)])
        self.assertNotEqual(server.add_secure_port(self.address, credentials), 0)
        server.start()

        def end():
            server.stop(0).wait()
            GROUP.server.start()
        return contextlib.closing(type("Hostile", (), {"close": staticmethod(end)}))

    def setUp(self):
        super().setUp()
        self.certificate = wire.server_certificate(self.address)
        channel = self.channel(wire.tls_seed(GROUP.eve))
        self.checkpoint = wire.call(
            channel, LOG_SERVICE, "GetCheckpoint",
            LOG.GetCheckpointRequest(organisation=self.organisation),
            LOG.GetCheckpointResponse).checkpoint

    def assert_survived(self, what):
        for person in GROUP.people:
            self.assertTrue(person.process.running(), person.name)
            self.assert_bounded(person.process, NODE_MIB)
        self.report(what, GROUP.ana.process)
        GROUP.all_see("connected", lambda p: p.status()["connected"], 60)
        self.assert_served(GROUP.ana)

    def flood_nodes(self, message, times=20):
        """Sends what `message` makes of a start, without end; waits until it was sent often."""
        sent = itertools.count()
        lock = threading.Lock()
        count = [0]

        def watch(request, context):
            start = request.start
            while context.is_active():
                raw, start = message(start)
                with lock:
                    count[0] = next(sent)
                yield raw
        with self.hostile(watch):
            wait_until(lambda: count[0] >= times, f"{times} messages sent", 60)
        return count[0]

    def test_the_server_sends_a_message_of_100_mib(self):
        huge = LOG.WatchResponse(entries=[LOG.Entry(leaf=b"x" * (100 * MIB))],
                                 checkpoint=self.checkpoint).SerializeToString()
        sent = self.flood_nodes(lambda start: (huge, start), 10)
        self.assert_survived(f"{sent} messages of 100 MiB from the server")

    def test_the_server_sends_pages_without_end(self):
        page = [LOG.Entry(leaf=b"x" * 200, body=b"y" * 100_000) for _ in range(9)]

        def message(start):
            raw = LOG.WatchResponse(start=start, entries=page, checkpoint=self.checkpoint)
            return raw.SerializeToString(), start + len(page)
        sent = self.flood_nodes(message, 25)
        self.assert_survived(f"{sent} pages of 900 KiB from the server")

    def test_the_server_sends_pages_of_empty_entries(self):
        head = LOG.WatchResponse(checkpoint=self.checkpoint).SerializeToString()
        entries = MIB // 2 - 1000
        empty = b"\x12\0" * entries

        def message(start):
            return head + LOG.WatchResponse(start=start).SerializeToString() + empty, \
                start + entries
        sent = self.flood_nodes(message, 6)
        self.assert_survived(f"{sent} pages of half a million entries from the server")


if __name__ == "__main__":
    cases.main("e2e_bounds")
