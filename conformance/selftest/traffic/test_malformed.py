"""Whatever a client sends is in the wire log, and breaks nothing."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest
import requests

from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.origins import Origins

FIELDS = b"Host: x\r\nUser-Agent: test\r\nRange: bytes=0-\r\n"


def echo(request: Request) -> Response:
    return Response(200, headers({"Content-Type": "text/plain"}), b"here")


@pytest.fixture
def origins() -> Iterator[Origins]:
    with Origins(echo, ["hub"]) as origins:
        yield origins


def send(origins: Origins, sent: bytes, patience: float = 5) -> bytes:
    """The beginning of what comes back for these bytes; nothing where the server waits for more or hangs up."""
    host, port = origins.url("hub").removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        connection.settimeout(patience)
        answer = b""
        while b"\r\n\r\n" not in answer:
            try:
                part = connection.recv(65536)
            except (ConnectionError, TimeoutError):
                break
            if not part:
                break
            answer += part
    return answer


@pytest.mark.parametrize(
    ("line", "fields", "method", "target"),
    [
        ("GET /resolve/main/é.txt HTTP/1.1".encode(), b"", "GET", "/resolve/main/é.txt"),
        (b"GET /resolve/main/\xe9.txt HTTP/1.1", b"", "GET", "/resolve/main/\\xe9.txt"),
        (b"GET /resolve/main/a b.txt HTTP/1.1", b"", "GET", "/resolve/main/a b.txt"),
        (b"POST /x HTTP/1.1", b"Content-Length: many\r\n", "POST", "/x"),
        (b"POST /x HTTP/1.1", b"Content-Length: -1\r\n", "POST", "/x"),
        (b"GET /x HTTP/1.1", b"no field\r\n", "GET", "/x"),
        (b"GET /x HTTP/1.1", b"X-Long: " + b"a" * 100_000 + b"\r\n", "GET", "/x"),
        (b"GET x HTTP/1.1", b"", "GET", "x"),
        (b"get /x HTTP/1.1", b"", "get", "/x"),
    ],
)
def test_a_malformed_request_is_400_and_in_the_log(
    origins: Origins, capfd: pytest.CaptureFixture[str], line: bytes, fields: bytes, method: str, target: str
) -> None:
    """With its headers, as far as they can be read; and nothing is on standard error."""
    answer = send(origins, line + b"\r\n" + FIELDS + fields + b"\r\n")
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    (entry,) = origins.log
    assert (entry.method, entry.request.target, entry.status) == (method, target, 400)
    assert entry.source.startswith("malformed request: ")
    assert entry.request.headers["Range"] == "bytes=0-"
    assert (capfd.readouterr().err, origins.errors) == ("", [])


def test_a_connection_goes_on_after_others_were_malformed(origins: Origins) -> None:
    """The next client is answered, and a malformed request after a good one is shown by itself."""
    send(origins, b"GET /x y HTTP/1.1\r\n\r\n")
    assert requests.get(origins.url("hub") + "/good").text == "here"
    send(origins, b"GET /1 HTTP/1.1\r\n" + FIELDS + b"\r\nGET /2 3 HTTP/1.1\r\n\r\n")
    assert [entry.request.target for entry in origins.log][:3] == ["/x y", "/good", "/1"]


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"OPTIONS * HTTP/1.1", "*"),
        (b"GET http://example.test/a?b=c HTTP/1.1", "/a?b=c"),
        (b"GET //a//%ff%00%0A?x HTTP/1.1", "//a//%ff%00%0A?x"),
    ],
)
def test_unusual_targets_reach_the_handler(origins: Origins, line: bytes, target: str) -> None:
    """Targets that are allowed and seldom seen; the origin of an absolute one is left out."""
    assert send(origins, line + b"\r\n" + FIELDS + b"\r\n").startswith(b"HTTP/1.1 200")
    assert [entry.request.target for entry in origins.log] == [target]


def test_headers_that_are_no_utf_8(origins: Origins) -> None:
    """Their bytes are Latin-1, so that a report can be written."""
    send(origins, b"GET / HTTP/1.1\r\n" + FIELDS + b"X-Name: caf\xe9\r\n\r\n")
    assert [entry.request.headers["X-Name"] for entry in origins.log] == ["café"]


def test_an_answer_may_repeat_what_no_header_can_hold() -> None:
    """A line break or half a character from a client's path does not keep an answer from being sent."""
    said = Response(404, headers({"X-Error-Message": "no\r\nsuch\udcff \u65e5"}), b"")
    with Origins(lambda request: said, ["hub"]) as origins:
        answer = requests.get(origins.url("hub"))
        assert (answer.status_code, origins.errors) == (404, [])


def test_an_error_of_the_handler_is_the_suites() -> None:
    """It is kept, named in the log, and no 500 for the client."""

    def broken(request: Request) -> Response:
        raise KeyError("ours")

    with Origins(broken, ["hub"]) as origins:
        assert requests.get(origins.url("hub") + "/x").status_code == 404
        assert [entry.source for entry in origins.log] == ["suite error: KeyError: 'ours'"]
        assert [type(error) for error in origins.errors] == [KeyError]


def test_odd_requests_break_nothing(origins: Origins, capfd: pytest.CaptureFixture[str]) -> None:
    """Three hundred mutilated requests: each is answered or waited for, and none is an error of the suite."""
    draw = random.Random(9)
    whole = b"POST /api/x?a=%2F HTTP/1.1\r\n" + FIELDS + b"Content-Length: 4\r\n\r\nabcd"
    for _ in range(300):
        sent = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(sent))
            match draw.randrange(3):
                case 0:
                    sent[place] = draw.randrange(256)
                case 1:
                    del sent[place : place + draw.randint(1, 8)]
                case _:
                    sent[place:place] = draw.randbytes(draw.randint(1, 4))
            if not sent:
                break
        answer = send(origins, bytes(sent), 0.05)
        assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), bytes(sent)
    assert (origins.errors, capfd.readouterr().err) == ([], "")
    assert len(origins.log) >= 250
    assert all(entry.status is not None for entry in origins.log)
    str(origins.log).encode()


def test_nothing_is_said_on_the_terminal(origins: Origins, capfd: pytest.CaptureFixture[str]) -> None:
    """What is malformed stands in the wire log, escaped, and nowhere else."""
    send(origins, b"GET /\x1b[2Jx HTTP/1.1\r\n" + FIELDS + b"\r\n")
    send(origins, b"\x16\x03\x01\x00\xa5\r\n\r\n", patience=0.5)
    assert len(origins.log) >= 1
    assert "\x1b" not in str(origins.log)
    assert capfd.readouterr() == ("", "")
