"""One request: which way it takes, what its failures are called, what can be kept of its answer."""

from __future__ import annotations

import pickle
import ssl
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, Hub
from conformance.traffic.exchange import Delivery, Response, headers
from conformance.traffic.origins import Origins
from reference_client import errors, transport
from reference_client.session import Session, is_transient

NOBODY = "http://127.0.0.9:9"


def ask(url: str, timeout: float = 5) -> transport.Response:
    return transport.send("GET", url, {}, timeout, None, Session(url).watch, False)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has set."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_refused_connection_is_not_worth_another_try() -> None:
    """Its error doesn't show the query, which may be a signature."""
    with pytest.raises(ConnectionRefusedError) as caught:
        ask(f"{NOBODY}/file?Signature=secret")
    assert NOBODY in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not is_transient(caught.value)


@pytest.mark.parametrize(
    ("delivery", "error"),
    [
        (Delivery(stop_after=-1, ending="reset"), ConnectionAbortedError),
        (Delivery(stop_after=3), ConnectionAbortedError),
        (Delivery(pause=0.2, pause_after=3), TimeoutError),
    ],
)
def test_a_broken_or_silent_connection_is(hub: Hub, delivery: Delivery, error: type[OSError]) -> None:
    """Python's own classes tell them apart."""
    hub.meddle = lambda request, response: replace(response, delivery=delivery)
    with pytest.raises(error) as caught:
        ask(f"{hub.endpoint}/api/datasets/{GSM8K}", timeout=0.1)
    assert is_transient(caught.value)


def failure(url: str) -> str:
    """What the error of a request says that gets no answer."""
    with pytest.raises(OSError) as caught:
        ask(url)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"{NOBODY}/x", "Connection refused"),
        ("http://127.0.0.9:99999/x", "not a valid URL"),
    ],
)
def test_an_error_says_shortly_what_was_asked_and_what_to_do(url: str, reason: str) -> None:
    """Without the names that the HTTP library has for its connections."""
    assert failure(f"{url}?Signature=1") == f"GET {url}: {reason}. Check the network and HF_ENDPOINT, and try again."


def test_an_error_of_a_proxy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or one would look for the fault at the Hub."""
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    assert "no connection to the proxy: Connection refused." in failure("http://hub.example/x")


def test_an_untrusted_certificate_is_an_ssl_error() -> None:
    """And not worth another try."""
    with Origins(lambda request: Response(200), secure=True) as origins, pytest.raises(ssl.SSLError) as caught:
        ask(f"{origins.url('hub')}/x")
    assert not is_transient(caught.value)


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variables that may name them."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/ca.pem")
    with pytest.raises(OSError, match=r"/nonexistent/ca\.pem: check REQUESTS_CA_BUNDLE"):
        ask("https://127.0.0.1:9/x")


def by_way_of(origins: Origins) -> str:
    """The origins' address as a proxy that wants a login."""
    return origins.url("hub").replace("://", "://user:p%40ss@")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_requests_go_by_way_of_the_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """With the login that its URL has."""
    with Origins(lambda request: Response(200, body=b"by proxy")) as origins:
        monkeypatch.setenv(variable, by_way_of(origins))
        assert ask(f"{NOBODY}/x").content == b"by proxy"
        (entry,) = origins.log
        assert entry.request.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


@pytest.mark.parametrize("exempt", ["127.0.0.9", "127.0.0.9:9", "*", "example.org, 127.0.0.0/8"])
def test_what_no_proxy_names_is_asked_directly(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    """By address, address and port, network, or all."""
    with Origins(lambda request: Response(200)) as origins:
        monkeypatch.setenv("HTTP_PROXY", by_way_of(origins))
        monkeypatch.setenv("NO_PROXY", exempt)
        with pytest.raises(ConnectionRefusedError):
            ask(f"{NOBODY}/x")
        assert list(origins.log) == []


def test_an_error_goes_to_another_process_with_its_answer(hub: Hub) -> None:
    """All but the connection."""
    with pytest.raises(errors.RepositoryNotFoundError) as caught:
        hub.api().dataset_info("conformance/missing")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), type(copy)) == (str(caught.value), type(caught.value))
    assert copy.response.content == caught.value.response.content
    assert (copy.response.status_code, copy.response.headers) == (401, caught.value.response.headers)


@pytest.mark.parametrize(
    "write",
    [
        lambda url: f'<{url}>; rel="next"',
        lambda url: f"<{url}>;rel=next",
        lambda url: f'<{url}/1>; rel="first", <{url}>; title="a, b; c"; rel="next"',
    ],
)
def test_a_link_is_found_however_it_is_written(write: Callable[[str], str]) -> None:
    """Relation and URL (RFC 8288)."""
    answer = Response(200, headers({"Link": write("http://hub/x?a=1,2")}))
    with Origins(lambda request: answer) as origins:
        assert ask(f"{origins.url('hub')}/x").links["next"] == "http://hub/x?a=1,2"
