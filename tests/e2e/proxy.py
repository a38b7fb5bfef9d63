"""A TCP proxy on loopback that can be a bad network."""

import asyncio
import contextlib
import socket
import struct
import threading

# Which directions go on: "up" is from the caller to the target.
DIRECTIONS = {"whole": ("up", "down"), "drip": ("up", "down"), "stall": (), "up": ("up",),
              "down": ("down",)}


class _Connection:
    def __init__(self, mode, caller, target):
        self.mode = mode
        self.caller = caller
        self.target = target


class Proxy:
    """Takes connections on `address` and carries them to `target`, both HOST:PORT.

    spoil(how) changes what is there; what comes later is whole again:
      drip   one byte at a time        up, down  nothing goes the other way any more
      stall  nothing goes any way      end       the caller is told that no more comes
      reset  both ends get a reset
    """

    def __init__(self, target):
        self._target = target.rsplit(":", 1)
        self._connections = []
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]
        self.accepted = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def spoil(self, how):
        self._on_loop(self._spoil, how)

    def close(self):
        self._on_loop(self._server.close)
        self._on_loop(self._spoil, "reset")
        self._on_loop(lambda: [task.cancel() for task in asyncio.all_tasks(self._loop)])
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _on_loop(self, function, *arguments):
        done = threading.Event()

        def run():
            function(*arguments)
            done.set()
        self._loop.call_soon_threadsafe(run)
        done.wait(10)

    def _spoil(self, how):
        for one in self._connections:
            if how == "reset":
                for writer in (one.caller, one.target):
                    with contextlib.suppress(OSError):  # It has ended by itself.
                        writer.get_extra_info("socket").setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
            elif how == "end":
                one.mode = "up"
                if not one.caller.transport.is_closing():
                    one.caller.write_eof()
            else:
                one.mode = how
        self._connections = [one for one in self._connections
                             if not one.caller.transport.is_closing()]

    async def _carry(self, reader, writer):
        self.accepted += 1
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection("whole", writer, far_writer)
        self._connections.append(connection)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._pump(connection, "up", reader, far_writer),
                                 self._pump(connection, "down", far_reader, writer),
                                 return_exceptions=True)
        for end in (writer, far_writer):
            end.transport.abort()

    @staticmethod
    async def _pump(connection, direction, reader, writer):
        while data := await reader.read(65536):
            if direction not in DIRECTIONS[connection.mode]:
                # For good: this connection only ends.
                await asyncio.get_running_loop().create_future()
            if connection.mode == "drip":
                for byte in data:
                    writer.write(bytes([byte]))
                    await writer.drain()
            else:
                writer.write(data)
                await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
