"""No secret leaves: URLs that can be read in two ways, redirects and links of strangers, texts and tracebacks."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    HELLO,
    HELLO_ID,
    TOKEN,
    download,
    info,
    serve_file,
)
from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from reference_client.datasets.files import Dataset


@pytest.mark.parametrize("where", ["Location: {0}", "Location: {1}", 'Link: <{0}>; rel="next"'])
def test_a_backslash_takes_the_token_nowhere(where: str) -> None:
    """urllib and urllib3 read such a URL in two ways, so nothing is asked of either host."""
    with RawServer(lambda head: answer(b"[]")) as stranger:
        home = ""

        def redirect(head: str) -> Bytes:
            there = f"{stranger.url}\\@{home}/x", f"//{stranger.url[7:]}\\@{home}/x"
            return answer(b"[]", where.format(*there), status="307 X" if "Location" in where else "200 OK")

        with RawServer(redirect) as hub:
            home = hub.url[7:]
            with pytest.raises(OSError, match="not a valid URL"):
                list(HfApi(hub.url, TOKEN).list_repo_tree("o/n"))
        assert stranger.heads == []


@pytest.mark.parametrize(
    "location",
    [
        "http://h:99999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:abc/",
        "http://[::1:9/",
        "http://127.0.0.1:0/",
        "http://user:pw@127.0.0.1/",
        "http://12\t7.0.0.1/",
        "http://ex\xe4mple/",
        "http:x",
        "///x",
        "file:///etc/passwd",
        "http://a b/",
    ],
)
@pytest.mark.parametrize("token", [False, TOKEN])
def test_a_location_that_is_no_url_is_an_oserror(tmp_path: Path, location: str, token: str | bool) -> None:
    """Without the login that may stand in it, and never one for a wrong argument."""
    with RawServer(lambda head: answer(b"", f"Location: {location}", status="302 Found")) as hub:
        for ask in (
            lambda: info(hub, token),
            lambda: snapshot_download("o/n", cache_dir=tmp_path, endpoint=hub.url, token=token),
            lambda: hf_hub_download("o/n", "a", cache_dir=tmp_path, endpoint=hub.url, token=token),
        ):
            with pytest.raises(OSError) as caught:
                ask()
            assert not isinstance(caught.value, ValueError)
            assert "not a valid URL" in str(caught.value)
            assert "user:pw" not in str(caught.value)


def test_the_file_in_the_cache_serves_when_a_location_is_no_url(tmp_path: Path) -> None:
    """As when the Hub doesn't answer."""
    with RawServer(serve_file(HELLO, 5)) as hub:
        path = download(hub, tmp_path)
    with RawServer(lambda head: answer(b"", "Location: http://[::1/x", status="302 Found")) as broken:
        assert download(broken, tmp_path) == path


@pytest.mark.parametrize(
    "endpoint",
    ["http://user:secret@127.0.0.1:9", "http://user:secret", "user:secret", "secret@host", "http://h:9:secret/"],
)
def test_an_endpoint_with_a_login_is_refused_unseen(endpoint: str) -> None:
    """Nothing sends it, and nothing should show it, also where the host is forgotten."""
    with pytest.raises(ValueError, match="endpoint") as caught:
        HfApi(endpoint, False).dataset_info("o/n")
    assert "secret" not in str(caught.value)


def test_no_error_holds_the_token() -> None:
    """Neither shown, nor with its attributes, nor pickled, nor in a traceback with the frames' variables."""
    with (
        RawServer(lambda head: answer(b'{"error":"no"}', status="404 Not Found")) as hub,
        pytest.raises(OSError) as caught,
    ):
        HfApi(hub.url, TOKEN).dataset_info("o/n")
    assert f"Bearer {TOKEN}" in hub.heads[0]
    error: Any = caught.value
    shown = [repr(error), str(error), repr(vars(error)), repr(vars(error.response)), repr(error.request.headers)]
    assert not any(TOKEN in text for text in shown)
    assert TOKEN.encode() not in pickle.dumps(error)


def test_a_dataset_does_not_show_its_token() -> None:
    assert "secret" not in repr(Dataset("o/n", COMMIT, (), None, "hf_secret", None))


def test_no_frame_of_a_failed_request_shows_the_token() -> None:
    """Whether nobody listens, or the answer breaks off."""
    with RawServer(lambda head: [b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n"]) as hub:
        for endpoint in ("http://127.0.0.9:9", hub.url):
            with pytest.raises(OSError) as caught:
                HfApi(endpoint, TOKEN).dataset_info("o/n")
            stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            inside = [frame for frame in stack.stack if "selftest" not in frame.filename]
            assert len(inside) > 3
            assert not any(TOKEN in value for frame in inside for value in (frame.locals or {}).values())
            assert stack.__cause__ is None
            assert stack.__context__ is None


def test_a_stranger_that_leads_back_does_not_choose_where_the_token_goes(tmp_path: Path) -> None:
    """The body is asked for where the Hub itself led, and after the stranger without the token."""

    def away(head: str) -> Bytes:
        return answer(b"", f"Location: {hub.url}/chosen", status="302 Found")

    def home(head: str) -> Bytes:
        if " /chosen " not in head:
            return answer(b"", f"Location: {stranger.url}/x", status="302 Found")
        return head_of_a_file(5, HELLO_ID) if head.startswith("HEAD") else answer(HELLO)

    with RawServer(away) as stranger, RawServer(home) as hub:
        path = hf_hub_download("o/n", "a", endpoint=hub.url, cache_dir=tmp_path, token=TOKEN)
    assert Path(path).read_bytes() == HELLO
    assert [" /chosen " in head for head in hub.heads if TOKEN in head] == [False, False]
    assert not any(TOKEN in head for head in stranger.heads)


def test_a_page_of_a_stranger_leads_nowhere_with_the_token() -> None:
    """A listing that has left the Hub and comes back to it goes on without the token."""

    def away(head: str) -> Bytes:
        return answer(b"[]", f'Link: <{hub.url}/chosen>; rel="next"')

    def home(head: str) -> Bytes:
        lines = () if " /chosen " in head else (f'Link: <{stranger.url}/x>; rel="next"',)
        return answer(b"[]", *lines)

    with RawServer(away) as stranger, RawServer(home) as hub:
        assert list(HfApi(hub.url, TOKEN).list_repo_tree("o/n")) == []
    assert [(" /chosen " in head, TOKEN in head) for head in hub.heads] == [(False, True), (True, False)]
    assert not any(TOKEN in head for head in stranger.heads)
