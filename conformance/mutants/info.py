"""Clients that get a repository's info or its listing wrong."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import api, metadata, models, session
from reference_client.api import HfApi
from reference_client.models import RepoFile, RepoInfo


def _change_info(patch: pytest.MonkeyPatch, change: Callable[[RepoInfo], None]) -> None:
    def changed(info: RepoInfo) -> RepoInfo:
        change(info)
        return info

    change_result(patch, HfApi, "_info", changed)


@mutant
def info_id_without_owner(patch: pytest.MonkeyPatch) -> None:
    """Gives a repository's name without its owner as its id."""
    _change_info(patch, lambda info: setattr(info, "id", info.id.rpartition("/")[2]))


@mutant
def info_sha_abbreviated(patch: pytest.MonkeyPatch) -> None:
    """Gives the first seven digits of a commit hash."""
    _change_info(patch, lambda info: setattr(info, "sha", str(info.sha)[:7]))


@mutant
def info_ignores_revision(patch: pytest.MonkeyPatch) -> None:
    """Asks for the info of the default branch, whatever the revision."""
    for name in ("dataset_info", "model_info"):
        change_arguments(patch, HfApi, name, revision=None)


@mutant
def revision_slash_not_encoded(patch: pytest.MonkeyPatch) -> None:
    """Leaves the slashes of a revision in the URL."""

    def careless(text: str, safe: str = "/") -> str:
        return quote(text, safe="/")

    patch.setattr(api, "quote", careless)
    patch.setattr(metadata, "quote", careless)


@mutant
def info_drops_hidden_files(patch: pytest.MonkeyPatch) -> None:
    """Leaves files with a leading dot out."""

    def drop(info: RepoInfo) -> None:
        info.siblings = [file for file in info.siblings or [] if not file.rfilename.startswith(".")]

    _change_info(patch, drop)


@mutant
def info_size_of_pointer(patch: pytest.MonkeyPatch) -> None:
    """Gives the size of the pointer as the size of an LFS file."""

    def shrink(info: RepoInfo) -> None:
        info.siblings = [
            dataclasses.replace(file, size=file.lfs.pointer_size) if file.lfs else file for file in info.siblings or []
        ]

    _change_info(patch, shrink)


@mutant
def info_without_card_data(patch: pytest.MonkeyPatch) -> None:
    """Throws the front matter of the README away."""
    _change_info(patch, lambda info: setattr(info, "card_data", None))


@mutant
def info_invents_card_data(patch: pytest.MonkeyPatch) -> None:
    """Gives an empty card where there is none."""
    _change_info(patch, lambda info: setattr(info, "card_data", info.card_data or models.CardData()))


@mutant
def info_dates_shifted(patch: pytest.MonkeyPatch) -> None:
    """Reads the Hub's dates as local time of a zone east of Greenwich."""
    change_result(patch, models, "parse_datetime", lambda date: date - datetime.timedelta(hours=2))


@mutant
def info_sorts_tags(patch: pytest.MonkeyPatch) -> None:
    """Sorts the tags."""
    _change_info(patch, lambda info: setattr(info, "tags", sorted(info.tags or [])))


@mutant
def info_flags_are_strings(patch: pytest.MonkeyPatch) -> None:
    """Gives access flags as text."""
    _change_info(patch, lambda info: setattr(info, "gated", str(info.gated)))


@mutant
def redirects_not_followed(patch: pytest.MonkeyPatch) -> None:
    """Follows no redirect."""
    patch.setattr(session, "MAX_REDIRECTS", 0)


@mutant
def models_asked_as_datasets(patch: pytest.MonkeyPatch) -> None:
    """Asks for a model as if it were a dataset."""
    wrap(patch, HfApi, "_repo_url", lambda original, self, repo_id, _: original(self, repo_id, "dataset"))
    patch.setitem(metadata._PREFIXES, "model", "datasets/")


@mutant
def repo_info_mixes_up_types(patch: pytest.MonkeyPatch) -> None:
    """Takes a model for a dataset and a dataset for a model, where the caller says which."""

    def mixed_up(original: Any, self: HfApi, repo_id: str, *, repo_type: str | None = None, **kwargs: Any) -> Any:
        other = "model" if repo_type == "dataset" else "dataset"
        return original(self, repo_id, repo_type=other, **kwargs)

    wrap(patch, HfApi, "repo_info", mixed_up)


@mutant
def tree_drops_nested_files(patch: pytest.MonkeyPatch) -> None:
    """Leaves out of a listing what lies in folders."""
    change_result(patch, api, "_pages", lambda items: (item for item in items if "/" not in item["path"]))


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

    wrap(patch, api, "_pages", first)


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

    wrap(patch, api, "_pages", once_more)


@mutant
def paths_encoded_twice(patch: pytest.MonkeyPatch) -> None:
    """Percent-encodes a path that is encoded already."""

    def twice(text: str, safe: str = "/") -> str:
        return quote(quote(text, safe=safe), safe=safe)

    patch.setattr(api, "quote", twice)
    patch.setattr(metadata, "quote", twice)
