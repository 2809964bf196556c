"""Recording through the proxy of the environment; what is on this machine is asked directly."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.record.outward import is_loopback, proxies_for
from conformance.replay import ReplayHub
from conformance.selftest.imitation import Imitation, typical
from conformance.traffic.cassette import load

LOGIN = "jane:s3cret-of-the-proxy"


class Forward(ThreadingHTTPServer):
    """A proxy on loopback: it leads each host that it knows to a server of ours, and refuses to tunnel."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarding)
        self.hosts: dict[str, str] = {}
        self.asked: list[str] = []
        self.logins: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://{LOGIN}@127.0.0.1:{self.server_address[1]}"


class _Forwarding(BaseHTTPRequestHandler):
    server: Forward

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.logins.add(self.headers.get("Proxy-Authorization", ""))
        parts = urlsplit(self.path)
        to = http.client.HTTPConnection(self.server.hosts[parts.netloc], timeout=10)
        sent = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        to.request(self.command, self.path.partition(parts.netloc)[2], body, sent)
        answer = to.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        to.close()

    do_POST = do_GET

    def do_CONNECT(self) -> None:
        self.server.asked.append(f"CONNECT {self.path}")
        self.send_error(502)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forward]:
    """The proxy of the environment."""
    with Forward() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.setenv("https_proxy", server.url)
        monkeypatch.setenv("all_proxy", server.url)
        yield server
        server.shutdown()


def record(url: str, target: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["record", "my-org/typical", "--upstream", url, "--to", str(target)])
    return result.exit_code, result.output


def test_a_hub_behind_a_proxy(proxy: Forward, tmp_path: Path) -> None:
    """Hub and content host are asked by their names, through the proxy and its login, of which nothing is recorded."""
    target = tmp_path / "x"
    with Imitation([typical()]) as hub:
        proxy.hosts = {"hub.test": urlsplit(hub.url).netloc, "cdn.test": urlsplit(hub.content_hosts[0]).netloc}
        hub.stand_in.origins.update({"hub": "http://hub.test", "cdn": "http://cdn.test"})
        code, said = record("http://hub.test", target)
        assert code == 0, said
        assert len(hub.asked) == len(proxy.asked)
    assert {urlsplit(line.partition(" ")[2]).netloc for line in proxy.asked} == {"hub.test", "cdn.test"}
    assert len(proxy.logins) == 1
    assert proxy.logins != {""}
    with ReplayHub(load(target)) as served:
        assert served.subject.large_file() is not None
    written = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    assert not [word for word in (*LOGIN.split(":"), *proxy.logins) if word.encode() in written]


def test_loopback_is_asked_directly(proxy: Forward, tmp_path: Path) -> None:
    """Whatever the environment says."""
    with Imitation([typical()]) as hub:
        code, said = record(hub.url, tmp_path / "x")
    assert (code, proxy.asked) == (0, []), said


def test_a_proxy_that_refuses(proxy: Forward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names the proxy and not its login; TLS goes through a tunnel, to be verified at its end."""
    code, said = record("https://hub.test", tmp_path / "x")
    assert proxy.asked == ["CONNECT hub.test:443"]
    assert (code, said.count("\n")) == (2, 1), said
    assert f"through the proxy 127.0.0.1:{proxy.server_address[1]}): check HTTP_PROXY" in said
    assert "s3cret" not in said
    monkeypatch.setenv("no_proxy", "hub.test")
    assert proxies_for("https://hub.test") == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("proxied", ["nonsense://x:1", "socks9://jane:s3cret@x:1"])
def test_a_proxy_that_is_none(proxied: str, proxy: Forward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxied)
    code, said = record("http://hub.test", tmp_path / "x")
    assert (code, said.count("\n"), "through the proxy x:1" in said) == (2, 1, True), said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("hub.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("huggingface.co", False),
        ("", False),
    ],
)
def test_what_is_loopback(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local
