"""The origins: what is sent arrives as it is, and an answer breaks off where it is told to."""

from __future__ import annotations

import http.client
import socket
from typing import Literal

import pytest
import requests

from conformance.traffic import tls
from conformance.traffic.exchange import Delivery, Request, Response, headers
from conformance.traffic.origins import Origins

BODY = b"x" * 1000


def echo(request: Request) -> Response:
    """Answers with the origin and the target that it saw."""
    return Response(200, headers({"Content-Type": "text/plain"}), f"{request.origin} {request.target}".encode())


def deliver(delivery: Delivery) -> Origins:
    return Origins(lambda request: Response(200, headers(), BODY, delivery), ["hub"])


def test_each_origin_has_its_own_host_name() -> None:
    """Hub, content host and stranger are three hosts to a client, all of them on loopback."""
    with Origins(echo) as origins:
        hosts = {url.split("/")[2].rpartition(":")[0] for url in origins.urls.values()}
        answers = [requests.get(f"{origins.url(name)}/x").text for name in ("hub", "cdn", "stranger")]
    assert hosts == {"127.0.0.1", "localhost", "127.0.0.2"}
    assert answers == ["hub /x", "cdn /x", "stranger /x"]


@pytest.mark.parametrize("target", ["/a%2Fb%20c?x=%20&y=", "/%E6%97%A5?cursor=a%3D%3D", "/resolve/refs%2Fpr%2F1/f"])
def test_target_arrives_as_sent(target: str) -> None:
    """Percent-encoding and blank values of a target are not touched."""
    with Origins(echo, ["hub"]) as origins:
        assert requests.get(origins.url("hub") + target).text == f"hub {target}"


def test_no_header_is_added() -> None:
    """An answer goes out with its own headers: no Server and no Date of the library beneath."""
    with Origins(echo, ["hub"]) as origins:
        answer = requests.get(origins.url("hub") + "/x")
    assert set(answer.headers) == {"Content-Type", "Content-Length"}


def test_head_has_the_length_of_get_and_no_body() -> None:
    """HEAD says how long the body is that GET would send."""
    with Origins(lambda request: Response(200, headers(), BODY), ["hub"]) as origins:
        answer = requests.head(origins.url("hub") + "/x")
    assert answer.headers["Content-Length"] == "1000"
    assert answer.content == b""


def test_announced_length_may_lie() -> None:
    """A handler's own Content-Length is sent as it is, so that a wrong one can be served."""
    wrong = headers({"Content-Length": "999"})
    with Origins(lambda request: Response(200, wrong, b"", Delivery(stop_after=0)), ["hub"]) as origins:
        with pytest.raises(requests.RequestException):
            requests.get(origins.url("hub") + "/x")
        assert requests.head(origins.url("hub") + "/x").headers["Content-Length"] == "999"


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_body_breaks_off_where_it_is_told(ending: Literal["close", "reset"]) -> None:
    """A delivery that stops after n bytes sends n bytes, and the log says so."""
    with deliver(Delivery(stop_after=100, ending=ending)) as origins:
        answer = requests.get(origins.url("hub") + "/x", stream=True)
        with pytest.raises(requests.RequestException):
            answer.content  # noqa: B018
        assert [entry.sent for entry in origins.log] == [100]


def test_connection_ends_before_the_answer() -> None:
    """A delivery that stops before the status line sends nothing."""
    with deliver(Delivery(stop_after=-1, ending="reset")) as origins, pytest.raises(requests.ConnectionError):
        requests.get(origins.url("hub") + "/x")


def test_silence_in_the_middle_of_a_body() -> None:
    """After a pause the rest of the body follows."""
    with deliver(Delivery(pause=0.05, pause_after=300)) as origins:
        assert requests.get(origins.url("hub") + "/x").content == BODY
        assert next(iter(origins.log)).took >= 0.05


def test_interim_answers_come_first() -> None:
    """They are sent as they are planned, before the answer, and only to a client of HTTP/1.1."""
    with deliver(Delivery(interim=(100, 103))) as origins:
        sent = {version: _raw(origins, f"GET /x HTTP/{version}\r\nHost: x\r\n") for version in ("1.0", "1.1")}
    assert [line for line in sent["1.1"].split(b"\r\n") if line.startswith(b"HTTP/")] == [
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 103 Early Hints",
        b"HTTP/1.1 200 OK",
    ]
    assert sent["1.0"].count(b"HTTP/") == 1
    assert all(answer.endswith(b"\r\n\r\n" + BODY) for answer in sent.values())


def test_http_1_0_gets_no_chunks() -> None:
    """A client that cannot know chunks gets the body as it is, ended by the end of the connection (RFC 9112 §6.1)."""
    chunked = headers({"Transfer-Encoding": "chunked"})
    with Origins(lambda request: Response(200, chunked, BODY), ["hub"]) as origins:
        old, new = (_raw(origins, f"GET /x HTTP/{version}\r\nHost: x\r\n") for version in ("1.0", "1.1"))
    head, _, body = old.partition(b"\r\n\r\n")
    assert body == BODY
    assert b"transfer-encoding" not in head.lower()
    assert b"content-length" not in head.lower()
    assert b"transfer-encoding: chunked" in new.lower()


def _raw(origins: Origins, head: str) -> bytes:
    """All bytes that come back until the server closes the connection."""
    host, port = origins.url("hub").removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_log_holds_request_and_answer() -> None:
    """An entry of the log has what was asked and what was answered, in one line and as a curl command."""
    with Origins(echo) as origins:
        requests.get(f"{origins.url('cdn')}/file?x=1", headers={"Range": "bytes=5-"})
        (entry,) = origins.log
        line, curl = str(entry), entry.curl(origins.url("cdn"))
    assert (entry.origin, entry.method, entry.path, entry.status) == ("cdn", "GET", "/file", 200)
    assert "GET   /file?x=1  → 200" in line
    assert "range: bytes=5-" in line
    assert f"'Range: bytes=5-' '{origins.url('cdn')}/file?x=1'" in curl


def test_tls_with_an_authority_of_its_own() -> None:
    """Origins speak TLS with a certificate that only those trust who were told of its authority."""
    with Origins(echo, secure=True) as origins:
        for name in ("hub", "cdn"):
            url = origins.url(name)
            assert url.startswith("https://")
            assert requests.get(f"{url}/x", verify=str(tls.ca_file())).ok
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{origins.url('hub')}/x")


def test_closed_origins_answer_no_more() -> None:
    """Once closed, nobody listens there."""
    with Origins(echo, ["hub"]) as origins:
        url = origins.url("hub")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/x", timeout=1)


@pytest.mark.parametrize(
    ("text", "sent"),
    [("caf\u00e9", b"caf\xe9"), ("\u20ac \u00e9", "\u20ac \u00e9".encode()), ("\u00c3\u00a9", b"\xc3\xa9")],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_header_text_goes_out_as_latin_1(text: str, sent: bytes, chunked: bool) -> None:
    """As Node writes it, which the Hub runs on; what Latin-1 lacks goes out as UTF-8. The connection can be used again.

    The third is a recorded text: each of its characters stands for a byte.
    """
    fields = headers({"X-Error-Message": text, **({"Transfer-Encoding": "chunked"} if chunked else {})})
    with Origins(lambda request: Response(404, fields, BODY), ["hub"]) as origins:
        host, port = origins.url("hub").removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/x")
            with connection.getresponse() as answer:
                assert answer.status == 404
                assert answer.headers["X-Error-Message"].encode("latin-1") == sent
                assert answer.read() == (b"" if method == "HEAD" else BODY)
        connection.close()
        assert [entry.sent for entry in origins.log] == [1000, 0, 1000]
