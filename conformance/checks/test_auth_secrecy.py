"""Tokens as secrets: never shown, never kept, and never sent with something else in them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, GATED, Disk, Port, authorizations, works
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

TOKEN = "Hub docs: user access tokens, `Authorization: Bearer`; RFC 6750 §2.1; huggingface_hub build_hf_headers"
READER = TOKENS["reader"]


check = Checks(
    "hf_hub_download", source="OWASP: session identifiers do not belong in logs; huggingface_hub HfHubHTTPError"
)


def require_token_sent(hub: ReplayHub, port: Port) -> None:
    """A control step: a token that is right is sent."""
    works("a call with a token", lambda: port.ask(hub.subject.id, token=READER))
    seen = set(authorizations(hub, "hub"))
    control(seen == {f"Bearer {READER}"}, "a valid token was not sent", seen=sorted(map(str, seen)))
    hub.wire.clear()


@check("auth/token-is-in-no-url[gsm8k]", kills="token-in-the-url", source="RFC 6750 §2.3")
def test_token_is_in_no_url(hub: ReplayHub, port: Port) -> None:
    """No URL contains the token: URLs are logged, by proxies and by servers."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    reader = port.logged_in(READER)
    reader.download(hub.subject, small)
    reader.download(hub.subject, large)
    seen = [entry.path for entry in hub.wire if READER in entry.request.target]
    require_equal(seen, [], "token-in-url", "the token was sent in a URL")


@check(
    "auth/token-is-nowhere-in-part[gsm8k]",
    kills=("token-begins-the-agent", "token-begins-a-query"),
    level="SHOULD",
    operation=ASKS,
    source="RFC 6750 §2.1 and §5.3: a token is in the header Authorization, and not in what is logged",
)
def test_token_is_nowhere_in_part(hub: ReplayHub, port: Port) -> None:
    """But for the header `Authorization`, no request holds the first letters of the token: URLs and agents are logged.

    (Eight letters are looked for: `hf_` and five that are secret. Fewer tell nobody much.)
    """
    works("a call with a token", lambda: port.ask(hub.subject.id, token=READER))
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent")
    begins, seen = READER[:8], []
    for entry in hub.wire:
        fields = {name.lower(): value for name, value in entry.request.headers.items()}
        places = {"URL": entry.request.target, **fields, "body": entry.request.body.decode("latin-1")}
        seen += [
            f"{place} of {entry.path}" for place, text in places.items() if begins in text and place != "authorization"
        ]
    require_equal(seen, [], "token-in-part", "a request holds the first letters of the token")


@check("auth/token-is-in-no-error[contract]", kills="token-in-the-error")
def test_token_is_in_no_error(hub: ReplayHub, port: Port) -> None:
    """The text of an error does not hold the token: users paste errors into public issues."""
    gated = {"repo_id": GATED, "repo_type": "dataset", "filename": ".gitattributes"}
    owner = port.logged_in(TOKENS["owner"]).with_cache(Path(f"{port.context.cache_dir}-of-the-owner"))
    works("the same download by the owner", lambda: owner.hf_hub_download(**gated))
    error = port.logged_in(READER).error("hf_hub_download", **gated)
    require(READER not in error.message, "token-in-error", "the error's text holds the token")


@check("auth/empty-token-is-no-token[gsm8k]", kills="empty-token-sent", operation=ASKS, source=TOKEN)
def test_empty_token_is_no_token(hub: ReplayHub, port: Port) -> None:
    """An empty token, as an unset variable gives, is no token or an error; an empty `Bearer` is never sent."""
    require_token_sent(hub, port)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id, token="")
    seen = [value for value in authorizations(hub, "hub") if value is not None]
    require_equal(seen, [], "empty-token-sent", "an Authorization header was sent for an empty token")


@check.each(
    "auth/token-with-{}[gsm8k]",
    {
        "a-newline-at-its-end": f"{READER}\n",
        "a-carriage-return-at-its-end": f"{READER}\r\n",
        "another-header-in-it": f"{READER}\r\nX-Injected: yes",
    },
    kills="dirty-token-dropped",
    operation=ASKS,
    source="RFC 9110 §5.5: a field value holds no CR and LF; CWE-113",
)
def test_token_with_dirt(hub: ReplayHub, port: Port, member: str) -> None:
    """A token with {} is cleaned or refused, with an error and without a request; it is never sent as it is.

    Nor is it dropped in silence: a caller who gave a token does not want to be anonymous. A token read from a file
    often has such a line break, and a line break in a header lets foreign text become a separate header.
    """
    require_token_sent(hub, port)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id, token=member)
    seen = set(authorizations(hub, "hub"))
    require(seen <= {f"Bearer {READER}"}, "dirty-token", "the token was not cleaned", seen=sorted(map(str, seen)))
    injected = [entry.path for entry in hub.wire if "x-injected" in entry.request.headers]
    require_equal(injected, [], "header-injected", "a line of the token became a header")


@check(
    "auth/token-with-a-blank-before-it[gsm8k]",
    kills="blanks-sent-with-the-token",
    level="SHOULD",
    operation=ASKS,
    source="RFC 6750 §2.1: one blank and the token; huggingface_hub cleans a token of the environment alone",
)
def test_token_with_a_blank_before_it(hub: ReplayHub, port: Port) -> None:
    """A token with a blank before it, as pasting gives, is cleaned or refused: with two blanks it is not a token."""
    require_token_sent(hub, port)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id, token=f" {READER}")
    seen = set(authorizations(hub, "hub"))
    require(seen <= {f"Bearer {READER}"}, "dirty-token", "the token was not cleaned", seen=sorted(map(str, seen)))


@check("auth/refused-token-is-not-shown[gsm8k]", kills="refused-token-shown", operation=ASKS)
def test_refused_token_is_not_shown(hub: ReplayHub, port: Port) -> None:
    """When a token cannot be sent, the error reports that without showing it: it may be right but for a line break."""
    require_token_sent(hub, port)
    try:
        port.ask(hub.subject.id, token=f"{READER}\r\nX-Injected: yes")
    except PortError as error:
        shown = error.message.replace(READER, "<the token>")
        require(READER not in error.message, "token-in-error", "the error shows the token", seen=shown)


@check(
    "auth/token-is-not-on-disk[gsm8k]",
    kills="token-noted-on-disk",
    source="OWASP: secrets belong in no cache; the cache is shared and copied",
)
def test_token_is_not_on_disk(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """No file in the cache holds the token: caches are shared, copied into images and put on the web."""
    repo = hub.subject
    large = lfs_file(repo)
    reader = port.logged_in(READER)
    reader.download(hub.subject, large)
    if reader.offers("snapshot_download"):
        reader.snapshot_download(repo_id=repo.id, repo_type="dataset")
    files = [path for path in disk.root.rglob("*") if path.is_file()]
    require(files, "no-file", "nothing was written")
    seen = [path.relative_to(disk.root).as_posix() for path in files if READER.encode() in read(path)]
    require_equal(seen, [], "token-on-disk", "a file of the cache holds the token")


@check(
    "auth/token-is-in-no-log[gsm8k]",
    kills="token-in-the-log",
    source="OWASP: session identifiers do not belong in logs; huggingface_hub HF_DEBUG logs `<TOKEN>` in its place",
)
def test_token_is_in_no_log(hub: ReplayHub, port: Port) -> None:
    """What the library prints and logs does not hold the token, not even where it is set to log everything.

    (`HF_DEBUG=1` and `HF_HUB_VERBOSITY=debug` set this for the official client.)
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port = port.with_environment(HF_DEBUG="1", HF_HUB_VERBOSITY="debug")
    port = port.logged_in(READER)
    if port.offers("dataset_info"):
        port.dataset_info(repo_id=repo.id)
    port.download(hub.subject, small)
    port.download(hub.subject, large)
    lines = [line.replace(READER, "<the token>") for line in port.output().splitlines() if READER in line]
    require_equal(lines, [], "token-in-log", "the library printed the token")
