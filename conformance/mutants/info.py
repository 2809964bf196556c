"""Clients that get a repository's info wrong."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import api, metadata, models, session
from reference_client.api import HfApi
from reference_client.models import AnswerError, RepoInfo


def _change_info(patch: pytest.MonkeyPatch, change: Callable[[RepoInfo], None]) -> None:
    def changed(info: RepoInfo) -> RepoInfo:
        change(info)
        return info

    change_result(patch, HfApi, "repo_info", changed)


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
    for name in ("dataset_info", "model_info", "repo_info"):
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
    """Returns an empty card where the README has none."""
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
    wrap(patch, api, "repo_url", lambda original, endpoint, repo_id, _: original(endpoint, repo_id, "dataset"))
    patch.setitem(metadata._PREFIXES, "model", "datasets/")


@mutant
def repo_info_mixes_up_types(patch: pytest.MonkeyPatch) -> None:
    """Takes a model for a dataset and a dataset for a model, where the caller gives the type."""

    def mixed_up(original: Any, self: HfApi, repo_id: str, *, repo_type: str | None = None, **kwargs: Any) -> Any:
        other = "model" if repo_type == "dataset" else "dataset"
        return original(self, repo_id, repo_type=other, **kwargs)

    wrap(patch, HfApi, "repo_info", mixed_up)


@mutant
def info_counts_mixed_up(patch: pytest.MonkeyPatch) -> None:
    """Gives likes as downloads and downloads as likes."""

    def mix_up(info: RepoInfo) -> None:
        info.downloads, info.likes = info.likes, info.downloads

    _change_info(patch, mix_up)


@mutant
def info_storage_in_kilobytes(patch: pytest.MonkeyPatch) -> None:
    """Gives the storage that a repository takes up in kilobytes."""
    _change_info(patch, lambda info: setattr(info, "used_storage", vars(info)["used_storage"] // 1024))


@mutant
def info_description_trimmed(patch: pytest.MonkeyPatch) -> None:
    """Cuts blanks off the description."""
    _change_info(patch, lambda info: setattr(info, "description", str(vars(info)["description"]).strip()))


@mutant
def info_card_of_known_keys(patch: pytest.MonkeyPatch) -> None:
    """Keeps only the fields of a card that it knows."""
    known = {"license", "language", "tags", "configs", "dataset_info", "task_categories"}

    def reduce(info: RepoInfo) -> None:
        card: Mapping[str, Any] = info.card_data or {}
        info.card_data = models.CardData({name: card[name] for name in card if name in known})

    _change_info(patch, reduce)


def _change_said(patch: pytest.MonkeyPatch, look: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Let infos be made of what `look` makes of the Hub's JSON."""
    wrap(patch, RepoInfo, "__init__", lambda original, self, said: original(self, look(said)))


@mutant
def info_of_known_fields_only(patch: pytest.MonkeyPatch) -> None:
    """Breaks on a field of an info that it does not know."""

    def strict(said: Mapping[str, Any]) -> Mapping[str, Any]:
        if unknown := said.keys() - set(models.DatasetInfo.FIELDS.split()) - {"_id", "id"}:
            raise TypeError(f"unexpected fields: {unknown}")
        return said

    _change_said(patch, strict)


@mutant
def info_of_all_fields_only(patch: pytest.MonkeyPatch) -> None:
    """Breaks when the Hub leaves a field out."""
    _change_said(patch, lambda said: {**said, "siblings": said["siblings"], "createdAt": said["createdAt"]})


@mutant
def info_null_breaks(patch: pytest.MonkeyPatch) -> None:
    """Breaks on a field that is null."""
    _change_said(patch, lambda said: {**said, "siblings": list(said.get("siblings", []))})


@mutant
def info_empty_is_unknown(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty list of files for none at all."""
    _change_info(patch, lambda info: setattr(info, "siblings", info.siblings or None))


@mutant
def info_dates_need_milliseconds(patch: pytest.MonkeyPatch) -> None:
    """Reads dates with a fraction of a second, and no others."""

    def strict(text: str) -> datetime.datetime:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)

    patch.setattr(models, "parse_datetime", strict)


@mutant
def info_nanoseconds_overflow(patch: pytest.MonkeyPatch) -> None:
    """Takes the digits of a second's fraction for a number of microseconds, however many they are."""

    def counted(original: Any, text: str) -> Any:
        whole, _, fraction = text.rstrip("Z").partition(".")
        beyond = datetime.timedelta(microseconds=int(fraction)) if len(fraction) > 6 else None
        return original(f"{whole}Z") + beyond if beyond else original(text)

    wrap(patch, models, "parse_datetime", counted)


@mutant
def info_gated_is_true(patch: pytest.MonkeyPatch) -> None:
    """Reports that a repository is gated, and not how."""
    _change_info(patch, lambda info: setattr(info, "gated", bool(info.gated)))


@mutant
def info_flags_are_false(patch: pytest.MonkeyPatch) -> None:
    """Takes every repository for an open one."""
    _change_info(patch, lambda info: vars(info).update(private=False, disabled=False, gated=False))


@mutant
def info_echoes_the_id(patch: pytest.MonkeyPatch) -> None:
    """Gives the id that was asked for, not the one that the Hub gives."""

    def echo(original: Any, self: HfApi, repo_id: str, **arguments: Any) -> Any:
        info = original(self, repo_id, **arguments)
        info.id = repo_id
        return info

    wrap(patch, HfApi, "repo_info", echo)


@mutant
def info_echoes_the_revision(patch: pytest.MonkeyPatch) -> None:
    """Gives the revision that was asked for as the commit hash."""

    def echo(original: Any, self: HfApi, repo_id: str, *, revision: str | None = None, **arguments: Any) -> Any:
        info = original(self, repo_id, revision=revision, **arguments)
        info.sha = revision or info.sha
        return info

    wrap(patch, HfApi, "repo_info", echo)


@mutant
def revisions_lower_cased(patch: pytest.MonkeyPatch) -> None:
    """Writes revisions in lower case."""
    wrap(patch, api, "quote", lambda original, text, safe="/": original(text.lower(), safe=safe))


@mutant
def info_without_task(patch: pytest.MonkeyPatch) -> None:
    """Returns neither the task nor the library of a model."""
    _change_info(patch, lambda info: vars(info).update(pipeline_tag=None, library_name=None))


@mutant
def info_without_config(patch: pytest.MonkeyPatch) -> None:
    """Throws a model's configuration away."""
    _change_info(patch, lambda info: vars(info).update(config=None))


def _ask_for_info(patch: pytest.MonkeyPatch, ask: Callable[[bool, Any], tuple[bool, Any]]) -> None:
    """Let infos be asked for with the `files_metadata` and `expand` that `ask` makes of those of the call."""

    def changed(
        original: Any, self: HfApi, repo_id: str, *, files_metadata: bool = False, expand: Any = None, **rest: Any
    ) -> Any:
        files_metadata, expand = ask(files_metadata, expand)
        return original(self, repo_id, files_metadata=files_metadata, expand=expand, **rest)

    wrap(patch, HfApi, "repo_info", changed)


@mutant
def info_ignores_expand(patch: pytest.MonkeyPatch) -> None:
    """Asks for all fields, whichever are wanted."""
    _ask_for_info(patch, lambda metadata, expand: (metadata, None))


@mutant
def info_expand_of_one_field(patch: pytest.MonkeyPatch) -> None:
    """Asks for the first of the wanted fields and forgets the others."""
    _ask_for_info(patch, lambda metadata, expand: (metadata, expand and expand[:1]))


@mutant
def info_expand_beats_blobs(patch: pytest.MonkeyPatch) -> None:
    """Forgets the metadata of files when fields are asked for, without a word."""
    _ask_for_info(patch, lambda metadata, expand: (metadata and not expand, expand))


@mutant
def info_unreadable_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Makes an info without fields of an answer that it cannot read."""

    def empty(original: Any, self: HfApi, repo_id: str, *, repo_type: str | None = None, **rest: Any) -> Any:
        try:
            return original(self, repo_id, repo_type=repo_type, **rest)
        except AnswerError:
            return models.INFOS[repo_type or "model"]({"id": repo_id})

    wrap(patch, HfApi, "repo_info", empty)


@mutant
def refs_tags_are_branches(patch: pytest.MonkeyPatch) -> None:
    """Counts tags among the branches."""
    change_result(
        patch,
        HfApi,
        "list_repo_refs",
        lambda refs: dataclasses.replace(refs, branches=[*refs.branches, *refs.tags], tags=[]),
    )


@mutant
def refs_without_pull_requests(patch: pytest.MonkeyPatch) -> None:
    """Never asks for pull requests."""
    change_arguments(patch, HfApi, "list_repo_refs", include_pull_requests=False)


@mutant
def refs_unreadable_are_none(patch: pytest.MonkeyPatch) -> None:
    """Returns no refs when it cannot read the answer."""

    def none(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except AnswerError:
            return models.GitRefs([], [], [])

    wrap(patch, HfApi, "list_repo_refs", none)


@mutant
def commits_oldest_first(patch: pytest.MonkeyPatch) -> None:
    """Gives the oldest commit first."""
    change_result(patch, HfApi, "list_repo_commits", lambda commits: commits[::-1])


@mutant
def commits_dates_shifted(patch: pytest.MonkeyPatch) -> None:
    """Reads the dates of commits as local time of a zone east of Greenwich."""
    change_result(patch, models, "parse_datetime", lambda date: date - datetime.timedelta(hours=2))


@mutant
def commits_ignore_revision(patch: pytest.MonkeyPatch) -> None:
    """Gives the history of main, whatever the revision."""
    change_arguments(patch, HfApi, "list_repo_commits", revision=None)


@mutant
def existence_upside_down(patch: pytest.MonkeyPatch) -> None:
    """Reports existing items as missing, and missing items as existing."""
    for name in ("repo_exists", "revision_exists", "file_exists"):
        change_result(patch, HfApi, name, lambda exists: not exists)


@mutant
def existence_taken_from_any_error(patch: pytest.MonkeyPatch) -> None:
    """Reports that a repository does not exist whenever the request fails."""

    def denied(original: Any, *args: Any, **kwargs: Any) -> bool:
        try:
            return bool(original(*args, **kwargs))
        except OSError:
            return False

    wrap(patch, HfApi, "repo_exists", denied)
