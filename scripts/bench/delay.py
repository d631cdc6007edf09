#!/usr/bin/env python3
"""A TCP proxy that adds a round trip to everything and counts HTTP requests: `delay.py BACKEND
MILLISECONDS` prints its port, and on each line of standard input the requests since the last one.

Both directions wait half the time each, a new connection the whole of it, as a network would;
throughput is not limited.
"""

import asyncio
import re
import sys

REQUEST = re.compile(rb"(?:GET|HEAD|PUT|POST|PATCH|DELETE) /\S* HTTP/1\.1\r\n")
CHUNK = 1 << 18
HELD = 64
"""Chunks on their way in one direction."""


class Proxy:
    """Connections to one backend."""

    def __init__(self, backend: str, delay: float) -> None:
        self.host, _, port = backend.rpartition(":")
        self.port, self.delay, self.requests = int(port), delay, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay)
        there_reader, there_writer = await asyncio.open_connection(
            self.host, self.port, limit=CHUNK
        )
        await asyncio.gather(
            self.pipe(reader, there_writer, counted=True),
            self.pipe(there_reader, writer),
            return_exceptions=True,
        )

    async def pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False
    ) -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]](HELD)

        async def read() -> None:
            tail = b""
            while chunk := await reader.read(CHUNK):
                if counted:
                    self.requests += len(REQUEST.findall(tail + chunk)) - len(REQUEST.findall(tail))
                    tail = (tail + chunk)[-400:]
                await queue.put((loop.time() + self.delay / 2, chunk))
            await queue.put((loop.time() + self.delay / 2, b""))

        async def write() -> None:
            while True:
                due, chunk = await queue.get()
                await asyncio.sleep(max(0, due - loop.time()))
                if not chunk:
                    break
                writer.write(chunk)
                await writer.drain()
            writer.close()

        await asyncio.gather(read(), write(), return_exceptions=True)


async def main() -> None:
    proxy = Proxy(sys.argv[1], float(sys.argv[2]) / 1000)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=CHUNK)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(proxy.requests, flush=True)
        proxy.requests = 0


if __name__ == "__main__":
    asyncio.run(main())
