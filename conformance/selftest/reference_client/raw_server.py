"""A server that sends any bytes whatever, which the stand-in on its HTTP library cannot."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TypeAlias

Bytes: TypeAlias = Iterable[bytes]

COMMIT = "b" * 40


class RawServer:
    """Answers each connection's only request with what `answer` makes of its head. Use as a context manager.

    Attributes:
        heads: what was asked, in order.
        url: of the server.
    """

    def __init__(self, answer: Callable[[str], Bytes], port: int = 0) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heads: list[str] = []

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._talk, args=(self._socket.accept()[0],), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65536)
                if not received:
                    return
                head += received
            self.heads.append(head.decode("latin-1"))
            for piece in self._answer(self.heads[-1]):
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def answer(body: bytes, *lines: str, status: str = "200 OK", length: bool = True) -> Bytes:
    """A whole answer with these lines in its head."""
    told = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *lines, *told])
    return [f"{head}\r\n\r\n".encode("latin-1"), body]


def head_of_a_file(size: int, etag: str, *, status: str = "200 OK") -> Bytes:
    """What a Hub says of a file."""
    lines = (f"X-Repo-Commit: {COMMIT}", f'ETag: "{etag}"', f"X-Linked-Size: {size}")
    return answer(b"", *lines, status=status)
