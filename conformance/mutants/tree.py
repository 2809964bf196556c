"""Clients that get a listing wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import api, metadata, models, snapshot, transport
from reference_client.api import HfApi
from reference_client.errors import RemoteEntryNotFoundError, RevisionNotFoundError
from reference_client.models import BlobLfsInfo, RepoFile
from reference_client.session import Session


@mutant
def tree_drops_nested_files(patch: pytest.MonkeyPatch) -> None:
    """Leaves out of a listing what lies in folders."""
    change_result(patch, api, "pages", lambda items: (item for item in items if "/" not in item["path"]))


@mutant
def tree_always_recursive(patch: pytest.MonkeyPatch) -> None:
    """Lists folders within folders when one level was asked for."""
    change_arguments(patch, HfApi, "list_repo_tree", recursive=True)


@mutant
def tree_folders_as_files(patch: pytest.MonkeyPatch) -> None:
    """Takes the folders of a listing for files."""

    def as_file(original: Any, said: dict[str, Any]) -> Any:
        return RepoFile(said["path"], said["size"], said["oid"]) if said["type"] == "directory" else original(said)

    wrap(patch, api, "tree_item", as_file)


@mutant
def tree_ignores_path(patch: pytest.MonkeyPatch) -> None:
    """Lists the root, whatever the folder."""
    change_arguments(patch, HfApi, "list_repo_tree", path_in_repo=None)


@mutant
def tree_oid_of_lfs_is_sha256(patch: pytest.MonkeyPatch) -> None:
    """Gives the sha256 of an LFS file's content as its git blob id."""

    def confuse(item: Any) -> Any:
        lfs = getattr(item, "lfs", None)
        return dataclasses.replace(item, blob_id=lfs.sha256) if lfs else item

    change_result(patch, api, "tree_item", confuse)


@mutant
def tree_ignores_revision(patch: pytest.MonkeyPatch) -> None:
    """Lists main, whatever the revision."""
    change_arguments(patch, HfApi, "list_repo_tree", revision=None)


@mutant
def tree_first_page_only(patch: pytest.MonkeyPatch) -> None:
    """Reads the first page of a listing and stops."""

    def first(_: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        yield from session.request("GET", url).json()

    wrap(patch, api, "pages", first)


@mutant
def tree_rebuilds_the_cursor(patch: pytest.MonkeyPatch) -> None:
    """Takes the URL of the next page apart and puts it together again in another order."""

    def rebuilt(original: Any, base: str, link: str) -> str:
        path, _, query = original(base, link).partition("?")
        return f"{path}?{urlencode(sorted(parse_qsl(query)))}"

    wrap(patch, api, "urljoin", rebuilt)


@mutant
def tree_asks_once_more(patch: pytest.MonkeyPatch) -> None:
    """Asks for another page after the last."""

    def once_more(original: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        yield from original(session, url)
        session.request("GET", url)

    wrap(patch, api, "pages", once_more)


@mutant
def paths_encoded_twice(patch: pytest.MonkeyPatch) -> None:
    """Percent-encodes a path that is encoded already."""

    def twice(text: str, safe: str = "/") -> str:
        return quote(quote(text, safe=safe), safe=safe)

    patch.setattr(api, "quote", twice)
    patch.setattr(metadata, "quote", twice)


@mutant
def tree_paths_encoded_twice(patch: pytest.MonkeyPatch) -> None:
    """Percent-encodes the folder of a listing twice, and its slashes too."""
    patch.setattr(api, "quote", lambda text, safe="/": quote(quote(text, safe=""), safe=""))


@mutant
def tree_reads_links_strictly(patch: pytest.MonkeyPatch) -> None:
    """Understands `Link: <url>; rel="next"` and no other way to write it."""

    def strict(_: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = url
        while following:
            response = session.request("GET", following)
            yield from response.json()
            found = re.fullmatch(r'<([^>]+)>; rel="next"', dict(response.headers).get("Link", ""))
            following = found[1] if found else None

    wrap(patch, api, "pages", strict)


@mutant
def tree_takes_any_link(patch: pytest.MonkeyPatch) -> None:
    """Takes whatever `Link` names for the next page, whatever its relation."""

    def any_link(_: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = url
        while following:
            response = session.request("GET", following)
            yield from response.json()
            following = next(iter(response.links.values()), None)

    wrap(patch, api, "pages", any_link)


@mutant
def tree_links_must_be_absolute(patch: pytest.MonkeyPatch) -> None:
    """Asks at the URL of a `Link` as it is written, relative or not."""
    wrap(patch, api, "urljoin", lambda _, base, link: link)


@mutant
def token_goes_everywhere(patch: pytest.MonkeyPatch) -> None:
    """Sends the token to whatever host a URL names."""
    patch.setattr(Session, "is_home", lambda self, url: True)


@mutant
def tree_follows_loops(patch: pytest.MonkeyPatch) -> None:
    """Does not notice that a page was read before."""

    def for_ever(_: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = url
        while following:
            response = session.request("GET", following)
            yield from response.json()
            following = response.links.get("next")

    wrap(patch, api, "pages", for_ever)


@mutant
def tree_ends_at_an_empty_page(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty page for the end of a listing."""

    def until_empty(_: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = url
        while following:
            response = session.request("GET", following)
            page = response.json()
            yield from page
            following = response.links.get("next") if page else None

    wrap(patch, api, "pages", until_empty)


@mutant
def tree_empty_is_missing(patch: pytest.MonkeyPatch) -> None:
    """Takes a folder without entries for one that is not there."""

    def not_empty(items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        listed = list(items)
        if not listed:
            raise FileNotFoundError("There is no such folder.")
        yield from listed

    change_result(patch, api, "pages", not_empty)


@mutant
def tree_ends_at_what_is_unreadable(patch: pytest.MonkeyPatch) -> None:
    """Gives what it has of a listing when a page fails, as if that were all."""

    def so_far(original: Any, session: Any, url: str) -> Iterator[dict[str, Any]]:
        with contextlib.suppress(OSError, ValueError):
            yield from original(session, url)

    wrap(patch, api, "pages", so_far)


@mutant
def tree_expects_folders_first(patch: pytest.MonkeyPatch) -> None:
    """Overlooks folders that come after a file."""

    def folders_first(items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        files = False
        for item in items:
            files = files or item["type"] == "file"
            if not files or item["type"] == "file":
                yield item

    change_result(patch, api, "pages", folders_first)


@mutant
def tree_ignores_expand(patch: pytest.MonkeyPatch) -> None:
    """Never asks for last commits."""
    change_arguments(patch, HfApi, "list_repo_tree", expand=False)


@mutant
def tree_of_known_fields_only(patch: pytest.MonkeyPatch) -> None:
    """Breaks on a field of an entry that it does not know."""
    known = {"type", "oid", "size", "path", "lfs", "xetHash", "lastCommit", "securityFileStatus"}

    def strict(original: Any, said: dict[str, Any]) -> Any:
        if unknown := said.keys() - known:
            raise TypeError(f"unexpected fields: {unknown}")
        return original(said)

    wrap(patch, api, "tree_item", strict)


@mutant
def tree_needs_xet_hash(patch: pytest.MonkeyPatch) -> None:
    """Takes a file for an LFS file only if it has a Xet hash."""
    change_result(
        patch,
        api,
        "tree_item",
        lambda item: item if getattr(item, "xet_hash", "") is not None else dataclasses.replace(item, lfs=None),
    )


@mutant
def sizes_of_32_bits(patch: pytest.MonkeyPatch) -> None:
    """Keeps sizes in 32 bits."""

    def wrapped(item: Any) -> Any:
        return dataclasses.replace(item, size=item.size % 2**32) if isinstance(item, RepoFile) else item

    change_result(patch, api, "tree_item", wrapped)


@mutant
def tree_digests_are_hex(patch: pytest.MonkeyPatch) -> None:
    """Reads every sha256 as a number, also one that is hidden."""

    def parsed(lfs: BlobLfsInfo | None) -> BlobLfsInfo | None:
        return lfs and dataclasses.replace(lfs, sha256=f"{int(lfs.sha256, 16):064x}")

    wrap(patch, models.BlobLfsInfo, "of", lambda original, said: parsed(original(said)))


@mutant
def masked_listing_is_kept(patch: pytest.MonkeyPatch) -> None:
    """Keeps a listing with hidden digests, and takes the asterisks for digests."""
    patch.setattr(snapshot, "is_digest", lambda etag: True)
    patch.setattr(snapshot, "is_told", lambda file: True)


@mutant
def paths_unknown_invented(patch: pytest.MonkeyPatch) -> None:
    """Makes up an empty file for a path that does not exist."""

    def invented(original: Any, self: HfApi, repo_id: str, paths: Any, **kwargs: Any) -> Any:
        found = original(self, repo_id, paths, **kwargs)
        missing = set(paths) - {entry.path for entry in found}
        return [*found, *(RepoFile(path, 0, "") for path in sorted(missing))]

    wrap(patch, HfApi, "get_paths_info", invented)


@mutant
def paths_string_taken_apart(patch: pytest.MonkeyPatch) -> None:
    """Takes a text for a list of its letters."""
    wrap(
        patch,
        HfApi,
        "get_paths_info",
        lambda original, self, repo_id, paths, **kwargs: original(self, repo_id, list(paths), **kwargs),
    )


@mutant
def paths_form_not_encoded(patch: pytest.MonkeyPatch) -> None:
    """Writes paths into a form as they are."""

    patch.setattr(transport, "urlencode", lambda form: "&".join(f"{name}={value}" for name, value in form))


@mutant
def paths_first_hundred(patch: pytest.MonkeyPatch) -> None:
    """Asks for the first hundred paths and forgets the others."""
    wrap(
        patch,
        HfApi,
        "get_paths_info",
        lambda original, self, repo_id, paths, **kwargs: original(self, repo_id, paths[:100], **kwargs),
    )


@mutant
def paths_ignore_revision(patch: pytest.MonkeyPatch) -> None:
    """Asks for paths on main, whatever the revision."""
    change_arguments(patch, HfApi, "get_paths_info", revision=None)


@mutant
def paths_ignore_expand(patch: pytest.MonkeyPatch) -> None:
    """Never asks for the last commits of paths."""
    change_arguments(patch, HfApi, "get_paths_info", expand=False)


@mutant
def names_percent_decoded(patch: pytest.MonkeyPatch) -> None:
    """Percent-decodes names of files that come in JSON."""

    def tree(item: Any) -> Any:
        return dataclasses.replace(item, path=unquote(item.path))

    def info(file: Any) -> Any:
        return dataclasses.replace(file, rfilename=unquote(file.rfilename))

    change_result(patch, api, "tree_item", tree)
    change_result(patch, models.RepoSibling, "of", info)


@mutant
def tree_missing_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Takes a folder, or paths at a revision, that the Hub does not have for empty."""

    def listed(original: Any, self: HfApi, *args: Any, **kwargs: Any) -> Any:
        try:
            return iter(list(original(self, *args, **kwargs)))
        except (RemoteEntryNotFoundError, RevisionNotFoundError):
            return iter(())

    def told(original: Any, self: HfApi, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except RevisionNotFoundError:
            return []

    wrap(patch, HfApi, "list_repo_tree", listed)
    wrap(patch, HfApi, "get_paths_info", told)


@mutant
def tree_walks_folders(patch: pytest.MonkeyPatch) -> None:
    """Lists a tree folder by folder, a request for each."""

    def walk(original: Any, *args: Any, recursive: bool = False, path_in_repo: Any = None, **kwargs: Any) -> Any:
        for entry in list(original(*args, path_in_repo=path_in_repo, **kwargs)):
            yield entry
            if recursive and not isinstance(entry, RepoFile):
                yield from walk(original, *args, recursive=True, path_in_repo=entry.path, **kwargs)

    wrap(patch, HfApi, "list_repo_tree", walk)


@mutant
def names_as_long_as_a_disk_allows(patch: pytest.MonkeyPatch) -> None:
    """Cuts names after as many letters as a file system allows, and leaves out folders beyond a depth."""

    def cut(item: Any) -> Any:
        parts = [part[:255] for part in item.path.split("/")]
        return dataclasses.replace(item, path="/".join(parts[-20:]))

    change_result(patch, api, "tree_item", cut)
