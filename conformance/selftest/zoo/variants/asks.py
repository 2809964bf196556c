"""How a client asks the API."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.mutants.mutant import wrap
from conformance.selftest.zoo.variants.variant import (
    fails,
    sending,
    variant,
)
from reference_client import errors, session, transport
from reference_client.api import HfApi
from reference_client.models import RepoFile, RepoFolder
from reference_client.session import Session
from reference_client.validate import is_commit_hash


@variant("info", "names", "auth")
def info_of_the_default_branch_by_name(patch: pytest.MonkeyPatch) -> None:
    """Asks for the info of the default branch as `/revision/main`."""
    plain = re.compile(r"(/api/(?:datasets|models|spaces)/[^/?]+(?:/[^/?]+)?)(\?.*)?$")

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        found = plain.search(url)
        if method == "GET" and found and not headers.get("x"):
            url = f"{url[: found.end(1)]}/revision/main{found[2] or ''}"
        return url, headers

    sending(patch, change)


@variant("tree", "snapshot", "errors")
@fails("economy is what the check is about", "tree/one-request-for-a-small-tree[gsm8k]")
@fails("no folder has so many entries that its listing has pages", "tree/cursor-is-opaque[contract]")
def walks_folders(patch: pytest.MonkeyPatch) -> None:
    """Lists a tree folder by folder."""

    def walk(original: Any, self: HfApi, repo_id: str, path_in_repo: str | None = None, **options: Any) -> Any:
        if not options.pop("recursive", False):
            return original(self, repo_id, path_in_repo, **options)
        first = list(original(self, repo_id, path_in_repo, **options))
        return _walked(lambda folder: original(self, repo_id, folder, **options), first)

    wrap(patch, HfApi, "list_repo_tree", walk)


def _walked(level: Callable[[str], Any], entries: list[RepoFile | RepoFolder]) -> Iterator[RepoFile | RepoFolder]:
    for entry in entries:
        yield entry
        if isinstance(entry, RepoFolder):
            yield from _walked(level, list(level(entry.path)))


@variant("tree", "auth")
def names_the_page_length(patch: pytest.MonkeyPatch) -> None:
    """Asks for pages of the Hub's own length: `limit=1000`, or 50 with `expand`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        if method == "GET" and "/tree/" in url and "limit=" not in url:
            url += ("&" if "?" in url else "?") + ("limit=50" if "expand=true" in url.lower() else "limit=1000")
        return url, headers

    sending(patch, change)


@variant("tree", "errors")
def leaves_out_what_is_false(patch: pytest.MonkeyPatch) -> None:
    """Sends `recursive` and `expand` only where they are true."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, mark, query = url.partition("?")
        kept = [pair for pair in query.split("&") if pair.lower() not in ("recursive=false", "expand=false")]
        return (f"{base}?{'&'.join(kept)}" if mark and kept != [""] and kept else base), headers

    sending(patch, change)


@variant("tree", "redirects", "errors")
def slashes_of_a_folder_are_not_encoded(patch: pytest.MonkeyPatch) -> None:
    """Asks for the tree of a folder by its path with slashes."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, tree, rest = url.partition("/tree/")
        revision, slash, folder = rest.partition("/")
        return f"{base}{tree}{revision}{slash}{folder.replace('%2F', '/')}", headers

    sending(patch, change)


@variant("tree")
def hexadecimal_digits_in_small_letters(patch: pytest.MonkeyPatch) -> None:
    """Writes `%2f` for `%2F`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, mark, query = url.partition("?")
        return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), base) + mark + query, headers

    sending(patch, change)


@variant("tree")
def paths_info_as_json(patch: pytest.MonkeyPatch) -> None:
    """Sends the body of paths-info as JSON."""

    def encoded(form: list[tuple[str, str]]) -> str:
        paths = [value for name, value in form if name == "paths"]
        return json.dumps({"paths": paths, "expand": ("expand", "true") in [(n, v.lower()) for n, v in form]})

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return url, {**headers, "content-type": "application/json"} if method == "POST" else headers

    patch.setattr(transport, "urlencode", encoded)
    sending(patch, change)


@variant("tree", "snapshot")
def files_by_siblings(patch: pytest.MonkeyPatch) -> None:
    """Takes the list of files from the info."""

    def listed(original: Any, self: HfApi, repo_id: str, **options: Any) -> list[str]:
        return [sibling.rfilename for sibling in self.repo_info(repo_id, **options).siblings or []]

    wrap(patch, HfApi, "list_repo_files", listed)


@variant("snapshot")
def commit_by_one_field(patch: pytest.MonkeyPatch) -> None:
    """Asks for the commit of a snapshot with `expand=sha` alone."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        is_info = re.search(r"/api/datasets/[^/?]+/[^/?]+/revision/[^/?]+$", url)
        return (f"{url}?expand=sha" if is_info else url), headers

    sending(patch, change)


@variant("info", "auth")
def info_with_sizes(patch: pytest.MonkeyPatch) -> None:
    """Asks for every info with `blobs=true`, so that sizes and digests of files are known."""
    plain = re.compile(r"/api/(?:datasets|models|spaces)/[^/?]+(?:/[^/?]+)?(?:/revision/[^/?]+)?$")

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return (f"{url}?blobs=true" if method == "GET" and plain.search(url) else url), headers

    sending(patch, change)


@variant("info", "tree", "snapshot")
def lists_with_commits(patch: pytest.MonkeyPatch) -> None:
    """Asks for every listing with `expand=true`, so that last commits are known."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return url.replace("expand=false", "expand=true"), headers

    sending(patch, change)


@variant("auth", "redirects")
def asks_who_it_is(patch: pytest.MonkeyPatch) -> None:
    """Asks `whoami-v2` before it asks anything with a token."""
    asking = threading.local()

    def request(original: Any, self: Session, method: str, url: str, **options: Any) -> Any:
        if self.token and not getattr(asking, "now", False) and "/whoami" not in url:
            asking.now = True
            with contextlib.suppress(OSError):
                original(self, "GET", f"{self.endpoint}/api/whoami-v2", retry=False, timeout=options.get("timeout"))
            asking.now = False
        return original(self, method, url, **options)

    wrap(patch, Session, "request", request)


@variant("info", "tree", "redirects", "resilience")
@fails("it sends no POST", "redirects/post-stays-post[gsm8k]")
def paths_by_a_listing(patch: pytest.MonkeyPatch) -> None:
    """Lists the whole tree to learn of some paths."""

    def found(original: Any, self: HfApi, repo_id: str, paths: list[str] | str, **options: Any) -> Any:
        wanted = [paths] if isinstance(paths, str) else list(paths)
        tree = {item.path: item for item in self.list_repo_tree(repo_id, recursive=True, **options)}
        return [tree[path] for path in wanted if path in tree]

    wrap(patch, HfApi, "get_paths_info", found)


@variant("info", "redirects")
def existence_by_paths(patch: pytest.MonkeyPatch) -> None:
    """Asks for the path of a file to learn whether it exists."""

    def exists(original: Any, self: HfApi, repo_id: str, filename: str, **options: Any) -> bool:
        try:
            return any(item.path == filename for item in self.get_paths_info(repo_id, [filename], **options))
        except errors.GatedRepoError:
            raise
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
            return False

    wrap(patch, HfApi, "file_exists", exists)


@variant("tree", "redirects")
def commit_before_a_listing(patch: pytest.MonkeyPatch) -> None:
    """Asks which commit a revision stands for before it lists anything, and lists that commit."""

    def at(original: Any, self: HfApi, repo_id: str, *rest: Any, **options: Any) -> Any:
        revision = options.pop("revision", None) or "main"
        if not is_commit_hash(revision):
            named = {name: options[name] for name in ("repo_type", "token") if name in options}
            revision = self.repo_info(repo_id, revision=revision, **named).sha
        return original(self, repo_id, *rest, revision=revision, **options)

    for operation in ("list_repo_tree", "get_paths_info", "list_repo_commits"):
        wrap(patch, HfApi, operation, at)


@variant("names", "tree", "wire", "download")
def letters_and_digits_alone(patch: pytest.MonkeyPatch) -> None:
    """Encodes all but letters and digits in a path, as Swift's `.alphanumerics` does (equal by RFC 3986, 6.2.2.2)."""
    words = {"paths-info", "whoami-v2"}

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        found = re.fullmatch(r"(https?://[^/]*)(/(?:api|datasets|models|spaces)/[^?]*)(.*)", url)
        if found is None or "cursor=" in found[3] or "/resolve-cache/" in found[2]:
            return url, headers  # the Hub's own URL is sent as it is
        parts = [part if part in words else re.sub("[-_.~]", _encoded, part) for part in found[2].split("/")]
        return f"{found[1]}{'/'.join(parts)}{found[3]}", headers

    sending(patch, change)


def _encoded(character: re.Match[str]) -> str:
    return f"%{ord(character[0]):02X}"


@variant("info", "snapshot")
@fails(
    "economy is what the check is about",
    "info/existence-costs-one-request[gsm8k]",
    "snapshot/every-page-once[contract]",
)
def everything_twice(patch: pytest.MonkeyPatch) -> None:
    """Sends each question twice, as one that looks before it asks, and takes the second answer."""

    def twice(original: Any, *arguments: Any) -> Any:
        is_body = arguments[-1]
        if not is_body:
            original(*arguments)
        return original(*arguments)

    wrap(patch, session, "send", twice)
