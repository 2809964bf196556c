"""No secret reaches a cassette, and replay sees requests as the recorder wrote them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from conformance.data import cassettes_dir
from conformance.record.lint import lint, unused_files
from conformance.traffic.cassette import load, save
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.identity import TOKENS
from conformance.traffic.recording import COMMON, Recording
from conformance.traffic.route import route_of
from conformance.traffic.scrub import EMAIL, scrub, scrub_response, scrub_urls

SIGNED = (
    "https://cdn.test/x/y?user_id=6ac4f4465de11a43eb34fb52&xip=abcdefghijk&Expires=1790000000"
    "&Policy=eyJTdGF0~_&Signature=a-b~&Key-Pair-Id=K1&Hash-Algorithm=SHA256"
)
AMAZON = "https://cdn.test/x?X-Amz-Credential=cas%2F1&X-Amz-Signature=00ff&X-Amz-Security-Token=t"


def recording_of(exchange: Exchange) -> Recording:
    return Recording("a", "0", "stand-in", "", True, {"hub": "https://hub.test"}, (), {COMMON: (exchange,)})


def exchange(body: bytes = b"", status: int = 200, /, target: str = "/", **fields: str) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Exchange(Request("GET", target), Response(status, headers(named), body))


def test_tokens_become_names() -> None:
    """A known token is written as its caller, any other one as the caller that nobody knows."""
    for name, token in {**TOKENS, "invalid": "something else"}.items():
        sent = Request("GET", "/", headers=headers({"authorization": f"Bearer {token}"}))
        kept = scrub(Exchange(sent, Response(200))).request
        assert kept.headers["Authorization"] == f"Bearer <{name}>"


def test_the_recorders_own_headers_are_left_out() -> None:
    """Only headers that can change the answer are kept."""
    sent = headers({"User-Agent": "x", "Cookie": "a=b", "Host": "h", "range": "bytes=0-1", "Accept": "*/*"})
    kept = scrub(Exchange(Request("GET", "/", headers=sent), Response(200))).request
    assert dict(kept.headers) == {"Accept": "*/*", "Range": "bytes=0-1"}


@pytest.mark.parametrize("url", [SIGNED, AMAZON])
def test_signed_urls_keep_their_form(url: str) -> None:
    """The parameters stay, their secret values go, and the expiry lies far ahead."""
    clean = scrub_urls(url)
    assert [part.partition("=")[0] for part in clean.split("&")] == [part.partition("=")[0] for part in url.split("&")]
    for secret in ("eyJTdGF0", "a-b~", "K1", "6ac4f446", "abcdefghijk", "1790000000", "cas%2F1", "00ff"):
        assert secret not in clean


def test_a_redirects_body_follows_its_location() -> None:
    """The body of a redirect is scrubbed as its Location is, and its length is the new one."""
    body = f"Found. Redirecting to {SIGNED}".encode()
    clean = scrub_response(exchange(body, 302, Location=SIGNED, Content_Length=str(len(body))).response)
    assert clean.body.decode() == f"Found. Redirecting to {clean.headers['Location']}"
    assert clean.headers["Content-Length"] == str(len(clean.body)) != str(len(body))


def test_whoami_and_xet_tokens() -> None:
    """An e-mail address and an access token go; the weak ETag is made anew of the body."""
    body = b'{"email":"me@mine.org","accessToken":"xet_abcdefgh12345"}'
    told = exchange(body, Content_Type="application/json", ETag=weak_etag(body), X_Xet_Access_Token="xet_abcdefgh12345")
    clean = scrub_response(told.response)
    assert clean.body == b'{"email":"%s","accessToken":"xet_scrubbed"}' % EMAIL.encode()
    assert clean.headers["ETag"] == weak_etag(clean.body)
    assert clean.headers["X-Xet-Access-Token"] == "xet_scrubbed"


def test_a_repositorys_files_are_never_touched() -> None:
    """A file that holds such words is somebody's data."""
    body = b'{"email":"me@mine.org","url":"https://x/?Policy=abc"}'
    file = exchange(body, Content_Type="application/json", Content_Disposition="inline")
    assert scrub_response(file.response).body == body


def test_what_belongs_to_the_connection_goes() -> None:
    """Hop-by-hop headers, cookies and an encoding that was undone are dropped; the length is the body's."""
    clean = scrub_response(
        exchange(
            b"text", Connection="close", Transfer_Encoding="chunked", Set_Cookie="a=b", Content_Encoding="gzip"
        ).response
    )
    assert dict(clean.headers) == {"Content-Length": "4"}


def test_scrubbing_twice_changes_nothing() -> None:
    """What replay scrubs again, to match, stays as it was written."""
    once = scrub(exchange(f"Found. Redirecting to {SIGNED}".encode(), 302, target="/x?Expires=1", Location=SIGNED))
    assert scrub(once) == once


def test_a_live_url_matches_the_recorded_one() -> None:
    """Signatures that differ, and parameters in another order, lead to the same exchange."""
    path, _, query = SIGNED.removeprefix("https://cdn.test").partition("?")
    turned = "&".join(reversed(query.replace("a-b~", "c-d~").split("&")))
    asked = [Request("GET", f"{path}?{written}", "cdn") for written in (query, turned, scrub_urls(f"?{query}")[1:])]
    assert len({route_of(request) for request in asked}) == 1


@pytest.mark.parametrize(
    ("leak", "problem"),
    [
        (exchange(b"hf_" + b"a" * 24), "holds an access token"),
        (exchange(b"", X_Note="Bearer abcdefghij"), "holds a bearer token"),
        (exchange(b'{"email":"me@mine.org"}'), "holds an e-mail address"),
        (exchange(b"", Set_Cookie="a=b"), "holds the header Set-Cookie"),
        (exchange(b"", Content_Encoding="gzip"), "holds the header Content-Encoding"),
        (exchange(b"abc", Content_Length="4"), "says Content-Length 4 of 3 bytes"),
        (exchange(b"", 302, Location=SIGNED), "is not scrubbed"),
    ],
)
def test_lint_finds_leaks(leak: Exchange, problem: str) -> None:
    """Each thing that must not be published is found and named."""
    assert any(problem in line for line in lint(recording_of(leak)))


@pytest.mark.parametrize("area", ["contract", "gsm8k"])
def test_the_committed_cassettes_are_clean(area: str) -> None:
    """Nothing secret, nothing untrue, no file too many or too large."""
    folder = cassettes_dir() / area
    assert lint(load(area)) == []
    assert unused_files(folder) == []
    assert max(path.stat().st_size for path in folder.rglob("*")) < 2_000_000


def test_lint_finds_unused_files(tmp_path: Path) -> None:
    """A blob that no manifest names is found."""
    folder = tmp_path / "a"
    save(recording_of(exchange(b"x")), folder)
    (folder / "blobs" / "left-over").write_bytes(b"")
    assert unused_files(folder) == ["blobs/left-over"]


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc"
PLANTED = [
    '"token": "abc"',
    '"access_token": "abc"',
    '"refreshToken" : "abc"',
    '"apiKey": "abc"',
    '"api-key": "abc"',
    '"secret": "abc"',
    '"client_secret": "a\\"bc"',
    '"password": "abc"',
    '"sessionId": "abc"',
    '"contactEmail": "a.b@corp.example"',
    '"mail": "somebody"',
    f'"x": "{JWT}"',
    '"x": "ghp_abcdefghijklmnopqrstuvwxyz0123"',
    '"x": "github_pat_abcdefghijklmnopqrstuvwxyz"',
    '"x": "glpat-abcdefghijklmnopqrst"',
    '"x": "xoxb-1234567890-abc"',
    '"x": "ASIAABCDEFGHIJKLMNOP"',
    '"x": "AIzaabcdefghijklmnopqrstuvwxyz0123456"',
    '"x": "sk-ant-abcdefghijklmnopqrstuvwxyz"',
    '"x": "sk_live_abcdefghijklmnop"',
    '"x": "npm_abcdefghijklmnopqrstuvwxyz0123456789"',
    '"x": "hf_abcdefghijklmnopqrstuvwxyz"',
    '"x": "-----BEGIN RSA PRIVATE KEY-----\\nMIIabc\\n-----END RSA PRIVATE KEY-----"',
    '"x": "https://user:pw@host.test/"',
    '"x": "https://host.test/?sv=1&sig=abc%3D"',
    '"x": "https://host.test/?X-Goog-Credential=a&X-Goog-Signature=abc"',
    '"x": "https://host.test/?access_token=abc"',
    '"x": "write to some.body@corp.example, please"',
]


@pytest.mark.parametrize("planted", PLANTED)
def test_secrets_of_every_kind(planted: str) -> None:
    """By key, by form or in a URL, in a body and in a header: replaced by scrubbing, and found by lint where not."""
    body = f'{{"id": "a/b", {planted}, "mask_token": "<mask>"}}'.encode()
    leak = exchange(body, Content_Type="application/json", Content_Length=str(len(body)))
    assert lint(recording_of(leak))
    clean = scrub(leak)
    assert lint(recording_of(clean)) == []
    assert scrub(clean) == clean
    said = json.loads(clean.response.body)
    assert (said["id"], said["mask_token"]) == ("a/b", "<mask>")
    value = planted.partition(": ")[2].strip('"')
    assert value.encode() not in clean.response.body
    if planted.startswith('"x"'):
        header = scrub(exchange(X_Error_Message=value)).response.headers["X-Error-Message"]
        assert header != value
        assert lint(recording_of(exchange(X_Error_Message=value)))


def test_files_of_repositories_are_left_alone() -> None:
    """What a repository holds is its own."""
    body = b"write to some.body@corp.example"
    kept = scrub(exchange(body, Content_Type="text/plain", Content_Disposition='inline; filename="README.md"'))
    assert kept.response.body == body
    assert lint(recording_of(kept)) == []


@pytest.mark.parametrize(
    "name",
    ["Authorization", "X-Api-Key", "X-Amz-Security-Token", "Cookie2", "Set-Cookie", "X-Forwarded-For", "X-Real-IP",
     "X-Client-IP", "Server-Timing", "X-Hub-User", "Via", "X-Whatever"],
)  # fmt: skip
def test_headers_that_are_not_known_are_dropped(name: str) -> None:
    """A list says which headers of a response are kept; lint refuses any other."""
    leak = exchange(**{name.replace("-", "_"): "203.0.113.7"})
    assert name not in scrub(leak).response.headers
    assert f"holds the header {name}" in "".join(lint(recording_of(leak)))


def test_a_challenge_with_more_than_a_realm_is_dropped() -> None:
    plain = 'Bearer realm="Authentication required", charset="UTF-8"'
    assert scrub(exchange(WWW_Authenticate=plain)).response.headers["WWW-Authenticate"] == plain
    assert "WWW-Authenticate" not in scrub(exchange(WWW_Authenticate='Digest nonce="abc"')).response.headers


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("encode", [str.encode, lambda text: quote(text, safe="").encode(),
                                    lambda text: base64.b64encode(text.encode()),
                                    lambda text: base64.urlsafe_b64encode(text.encode())])  # fmt: skip
def test_the_recorders_own_token(before: str, encode: Callable[[str], bytes]) -> None:
    """It is searched for by its value, however it is spelled, wherever it stands."""
    token = "My/Token+12?3"
    echoed = encode(f"{before}{token}!")
    for leak in (exchange(echoed, Content_Disposition="inline"), exchange(X_Error_Message=echoed.decode())):
        assert "holds a token of the recorder's own" in "".join(lint(recording_of(leak), [token]))
    assert lint(recording_of(exchange(b"another thing", Content_Disposition="inline")), [token]) == []
