"""The environment: what a user sets once for all the libraries of a machine."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, works
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

VARIABLES = "Hub docs: huggingface_hub environment variables"
ARGUMENTS = "Hub docs: huggingface_hub environment variables; an argument of the call takes precedence"
TIMEOUTS = "Hub docs: environment variables HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT, in seconds"
ASKS = ("dataset_info", "hf_hub_download")
"""Both ask for the endpoint in their own way: a library that offers the two is asked by either."""
SILENCE = 5.0
"""Seconds without an answer of the Hub: far more than a timeout of 1 s, and less than the 10 s without it."""


check = Checks("hf_hub_download", source=VARIABLES)


def require_cache_at(folder: Path, path: Path) -> None:
    """The file lies in the cache directory, however the library lays that out, and is there."""
    require(path.exists(), "no-file", "the returned path does not exist", seen=path.name)
    inside = path.is_relative_to(folder) or path.resolve().is_relative_to(folder.resolve())
    expected, seen = folder.as_posix(), path.as_posix()
    require(inside, "other-cache", "the file is in another cache", expected=expected, seen=seen)


def askers(port: Port) -> list[Port]:
    """The library, to be asked (`Port.ask`) by each of the operations that show where it takes the Hub to be."""
    offered = port.driver.hello().operations
    return [replace(port, asks_by=operation) for operation in ASKS if operation in offered]


@contextlib.contextmanager
def hurry() -> Iterator[None]:
    """What is done within does not wait for the end of the silence."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    require(took < SILENCE, "waited", "the timeout was not kept", expected="about 1 s", seen=f"{took:.1f} s")


@check("environment/endpoint[gsm8k]", kills="endpoint-variable-ignored", operation=ASKS)
def test_endpoint(hub: ReplayHub, port: Port) -> None:
    """`HF_ENDPOINT` is the URL of the Hub that is asked and downloaded from: a mirror, or an enterprise's own."""
    repo = hub.subject
    small = git_file(repo)
    port = port.left_to_itself(endpoint=True).with_environment(HF_ENDPOINT=hub.endpoint)
    for asker in askers(port):
        hub.wire.clear()
        answer = asker.ask(repo.id)
        require(len(hub.wire), "no-request", "no request reached the Hub")
        if asker.asks_by == "dataset_info":
            require_equal(answer["sha"], repo.head, "wrong-info", "the answer is another Hub's")
        else:
            require_bytes(read(Path(answer["path"])), repo.files()[small].body)


@check(
    "environment/endpoint-with-a-slash[gsm8k]",
    kills="endpoint-to-the-letter",
    operation=ASKS,
    source="huggingface_hub constants: a slash at the end of HF_ENDPOINT is taken off",
)
def test_endpoint_with_a_slash(hub: ReplayHub, port: Port) -> None:
    """A slash at the end of `HF_ENDPOINT` makes no difference: no request has two slashes at its beginning."""
    port = port.left_to_itself(endpoint=True).with_environment(HF_ENDPOINT=f"{hub.endpoint}/")
    for asker in askers(port):
        with contextlib.suppress(PortError):
            asker.ask(hub.subject.id)
    seen = [entry.request.target for entry in hub.wire]
    hub.wire.clear()  # no recording has such paths, and that is not the finding
    require(seen, "no-request", "no request reached the Hub")
    double = [target for target in seen if target.startswith("//")]
    require_equal(double, [], "two-slashes", "a request's path begins with two slashes")


@check(
    "environment/endpoint-with-a-path[gsm8k]",
    kills="path-of-the-endpoint-dropped",
    level="SHOULD",
    operation=ASKS,
    source="RFC 3986 §5.2; mirrors and artifact repositories serve the Hub below a path",
)
def test_endpoint_with_a_path(hub: ReplayHub, port: Port) -> None:
    """An endpoint may have a path, which is the prefix of every request's path: `/mirror/api/datasets/…`.

    (Nothing is served there in this check: only what was asked for counts.)
    """
    port = port.left_to_itself(endpoint=True).with_environment(HF_ENDPOINT=f"{hub.endpoint}/mirror")
    for asker in askers(port):
        hub.wire.clear()
        with contextlib.suppress(PortError):
            asker.ask(hub.subject.id)
        seen = [entry.path for entry in hub.wire][:1]
        hub.wire.clear()  # no recording has such paths, and that is not the finding
        require(seen, "no-request", "no request reached the Hub")
        require(seen[0].startswith("/mirror/"), "path-dropped", "the endpoint's path was dropped", seen=seen[0])


@check(
    "environment/call-goes-before-the-endpoint[gsm8k]",
    kills="endpoint-variable-goes-before-call",
    operation=ASKS,
    source=ARGUMENTS,
)
def test_call_goes_before_the_endpoint(hub: ReplayHub, port: Port) -> None:
    """An endpoint given in the call takes precedence over `HF_ENDPOINT`, which then gets no request."""
    port = port.with_environment(HF_ENDPOINT=hub.url("stranger"))
    for asker in askers(port):
        with contextlib.suppress(PortError):
            asker.ask(hub.subject.id)
    seen = [f"{entry.origin} {entry.path}" for entry in hub.wire if entry.origin == "stranger"]
    require_equal(seen, [], "wrong-endpoint", "a request went to the endpoint of the environment")
    require(len(hub.wire), "no-request", "no request reached the Hub")


@check("environment/cache[gsm8k]", kills="cache-variable-ignored", cache="own")
def test_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`HF_HUB_CACHE` is the cache directory: downloads go there, and look-ups, if there are any, look there."""
    repo = hub.subject
    small = git_file(repo)
    cache = disk.root / "shared" / "cache"
    port = port.left_to_itself(cache=True).with_environment(HF_HUB_CACHE=str(cache))
    path = port.download(hub.subject, small)
    require_cache_at(cache, path)
    if "try_to_load_from_cache" in port.driver.hello().operations:
        found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=small)
        require_equal(found, {"path": str(path)}, "not-found", "the look-up did not find the file there")


@check(
    "environment/cache-of-a-snapshot[gsm8k]", kills="cache-variable-ignored", operation="snapshot_download", cache="own"
)
def test_cache_of_a_snapshot(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Snapshots go to `HF_HUB_CACHE`, too."""
    cache = disk.root / "shared" / "cache"
    port = port.left_to_itself(cache=True).with_environment(HF_HUB_CACHE=str(cache))
    require_cache_at(cache, Path(port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset")["path"]))


@check("environment/cache-below-the-home[gsm8k]", kills="home-variable-ignored", cache="own")
def test_cache_below_the_home(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without `HF_HUB_CACHE` the cache is `$HF_HOME/hub`."""
    small = git_file(hub.subject)
    home = disk.root / "home"
    port = port.left_to_itself(cache=True).with_environment(HF_HOME=str(home))
    require_cache_at(home / "hub", port.download(hub.subject, small))


@check("environment/cache-goes-before-the-home[gsm8k]", kills="cache-variable-ignored", cache="own")
def test_cache_goes_before_the_home(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`HF_HUB_CACHE` takes precedence over `HF_HOME`: large files on one disk, the login on another."""
    small = git_file(hub.subject)
    cache, home = disk.root / "large", disk.root / "home"
    port = port.left_to_itself(cache=True).with_environment(HF_HUB_CACHE=str(cache), HF_HOME=str(home))
    require_cache_at(cache, port.download(hub.subject, small))


@check(
    "environment/cache-below-the-cache-of-the-user[gsm8k]",
    kills="xdg-variable-ignored",
    level="SHOULD",
    source="XDG Base Directory Specification; huggingface_hub constants: XDG_CACHE_HOME",
    cache="own",
)
def test_cache_below_the_cache_of_the_user(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without `HF_HOME` too, the cache is `$XDG_CACHE_HOME/huggingface/hub`."""
    small = git_file(hub.subject)
    base = disk.root / "xdg"
    port = port.left_to_itself(cache=True).with_environment(HF_HOME=None, XDG_CACHE_HOME=str(base))
    require_cache_at(base / "huggingface" / "hub", port.download(hub.subject, small))


@check(
    "environment/cache-below-a-home-with-a-tilde[gsm8k]",
    kills="tilde-to-the-letter",
    level="SHOULD",
    source="huggingface_hub constants: `~` in HF_HOME and HF_HUB_CACHE is the user's home",
    cache="own",
)
def test_cache_below_a_home_with_a_tilde(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A `~` at the beginning of `HF_HOME` is the user's home: in a file of settings no shell replaces it."""
    small = git_file(hub.subject)
    port = port.left_to_itself(cache=True).with_environment(HF_HOME="~/hub-data", HOME=str(disk.root / "user"))
    require_cache_at(disk.root / "user" / "hub-data" / "hub", port.download(hub.subject, small))


@check(
    "environment/call-goes-before-the-cache[gsm8k]",
    kills="cache-variable-goes-before-call",
    source=ARGUMENTS,
    cache="own",
)
def test_call_goes_before_the_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A cache directory given in the call takes precedence over `HF_HUB_CACHE`, where nothing is written then."""
    small = git_file(hub.subject)
    other = disk.root / "other"
    repo = hub.subject
    path = port.with_environment(HF_HUB_CACHE=str(other)).download(repo, small)
    require_cache_at(disk.cache, path)
    require(not other.exists(), "other-cache", "something was written to the cache of the environment")


@check.each(
    "environment/offline-by-{}[gsm8k]",
    {"one": "1", "true": "true", "on": "ON", "yes": "Yes"},
    kills="offline-variable-ignored",
    source="Hub docs: HF_HUB_OFFLINE; boolean variables are true as 1, ON, YES, TRUE in any case",
)
def test_offline(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """With `HF_HUB_OFFLINE` set by {} no request is sent; a file that is not cached is an error that reports that."""
    repo = hub.subject
    small = git_file(repo)
    works("a download online", lambda: port.with_cache(disk.root / "another").download(hub.subject, small))
    hub.wire.clear()
    error = port.with_environment(HF_HUB_OFFLINE=member).error(
        "hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=small
    )
    require(error.kind in ("local_entry_not_found", "offline"), "wrong-error", "another error", seen=str(error))
    require_equal([str(entry) for entry in hub.wire], [], "request-sent", "a request was sent")


@check.each(
    "environment/not-offline-by-{}[gsm8k]",
    {"zero": "0", "false": "false", "nothing": ""},
    kills="any-value-is-true",
    operation=ASKS,
    source="Hub docs: boolean variables are true as 1, ON, YES, TRUE in any case, and false otherwise",
)
def test_not_offline(hub: ReplayHub, port: Port, member: str) -> None:
    """With `HF_HUB_OFFLINE` set by {} the library is online: the variable's value counts, not that it is set."""
    repo = hub.subject
    small = git_file(repo)
    answer = port.with_environment(HF_HUB_OFFLINE=member).ask(repo.id)
    require(len(hub.wire), "no-request", "no request was sent")
    if port.asks_by == "dataset_info":
        require_equal(answer["sha"], hub.subject.head, "wrong-info", "the answer is not the Hub's")
    else:
        require_bytes(read(Path(answer["path"])), hub.subject.files()[small].body)


@check("environment/etag-timeout[gsm8k]", kills="timeouts-ignored", level="SHOULD", source=TIMEOUTS, cache="own")
def test_etag_timeout(hub: ReplayHub, port: Port) -> None:
    """`HF_HUB_ETAG_TIMEOUT=1`: a Hub that is silent for longer than a second is not waited for if the file is cached.

    The file of the last time is returned. However a library asks about it, its first question is the one that gets
    no answer; one that asks nothing waits for nothing.
    """
    repo = hub.subject
    large = lfs_file(repo)
    port = port.with_environment(HF_HUB_ETAG_TIMEOUT="1")
    first = port.download(repo, large)
    hub.wire.clear()
    hub.fault(Stall(SILENCE, after=-1), origin="hub", needed=False)
    with hurry():
        again = port.download(repo, large)
    require(again == first, "other-path", "another path was returned")


@check("environment/download-timeout[gsm8k]", kills="timeouts-ignored", level="SHOULD", source=TIMEOUTS)
def test_download_timeout(hub: ReplayHub, port: Port) -> None:
    """`HF_HUB_DOWNLOAD_TIMEOUT=1`: a body that falls silent for longer than a second is given up or asked for again.

    In the end there is the whole file, or an error.
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port = port.with_environment(HF_HUB_DOWNLOAD_TIMEOUT="1")
    port.download(repo, small)  # whatever the library needs to start is not counted
    hub.fault(Stall(SILENCE, after=1000), answer="content")
    with hurry(), contextlib.suppress(PortError):
        path = port.download(repo, large)
        require_bytes(read(path), repo.files()[large].body)
