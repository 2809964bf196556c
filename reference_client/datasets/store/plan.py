"""Which files make up a dataset, as the Hub lists them and the globs choose them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from reference_client.api import HfApi
from reference_client.datasets.globs import matches
from reference_client.datasets.store.entry import Entry, Record, now
from reference_client.datasets.store.errors import StoreError, StoreMissingError
from reference_client.datasets.store.place import Place
from reference_client.limits import LISTED
from reference_client.metadata import hf_hub_url, read_metadata
from reference_client.models import AnswerError, RepoFile
from reference_client.session import Session
from reference_client.urls import printable
from reference_client.validate import check_filename, is_digest


def list_files(session: Session, place: Place, commit_hash: str) -> list[Record]:
    """The files of a commit, sorted by path.

    Raises:
        HfHubHTTPError, OSError: the Hub refused, or sent no answer.
        StoreError: its answer isn't a listing, or has a path that leads out of the folder.
    """
    api = HfApi(session.endpoint, session.token or False)
    tree = api.list_repo_tree(place.repo, recursive=True, revision=commit_hash, repo_type=place.repo_type)
    try:
        files = [_checked(file) for file in tree if isinstance(file, RepoFile)]
    except AnswerError as error:
        raise StoreError(f"The list of files from {session.endpoint} is invalid: {error}") from error
    except OSError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"The list of files from {session.endpoint} is invalid: {error}") from error
    return sorted((_record(session, place, commit_hash, file) for file in files), key=lambda file: file.path)


def plan(
    place: Place, commit_hash: str, patterns: Sequence[str], listed: Sequence[Record], held: Entry | None
) -> Entry:
    """What is to be in a place: the files that the globs choose, and those that earlier ones chose.

    Args:
        listed: all files of the commit.
        held: what is known of the place until now, perhaps of another commit.

    Raises:
        StoreMissingError: a glob chooses no file.
        StoreError: two of the files cannot be on this disk together.
    """
    paths = {file.path for file in listed}
    for pattern in patterns:
        if pattern not in paths and not any(matches(pattern, path) for path in paths):
            raise StoreMissingError(_no_match(pattern, place, sorted(paths)))
    earlier = {file.path: file for file in held.files} if held else {}
    all_patterns = tuple(dict.fromkeys([*(held.patterns if held else ()), *patterns]))
    globs = [pattern for pattern in all_patterns if pattern not in paths]  # an exact path means itself alone
    exact = paths.intersection(all_patterns)
    chosen = [file for file in listed if file.path in exact or any(matches(glob, file.path) for glob in globs)]
    _check_collisions(place, [file.path for file in chosen])
    files = []
    for file in chosen:
        known = earlier.get(file.path)
        files.append(known if known and (known.etag, known.size) == (file.etag, file.size) else file)
    left = earlier.keys() | set(held.obsolete if held else ())
    return Entry(
        place=place,
        commit_hash=commit_hash,
        patterns=all_patterns,
        downloaded_at=held.downloaded_at if held else now(),
        files=tuple(files),
        obsolete=tuple(sorted(left - {file.path for file in files})),
    )


def url(session: Session, place: Place, commit_hash: str, path: str) -> str:
    """Where a file's body is."""
    return hf_hub_url(place.repo, path, repo_type=place.repo_type, revision=commit_hash, endpoint=session.endpoint)


def _checked(file: RepoFile) -> RepoFile:
    check_filename(file.path, to_write=False)
    if type(file.size) is not int or file.size < 0 or not isinstance(file.etag, str):
        raise ValueError(f"'{file.path}' has no size and digest.")
    return file


def _record(session: Session, place: Place, commit_hash: str, file: RepoFile) -> Record:
    """What a file must be. The list of a gated repository hides digests from those who may not read it."""
    if is_digest(file.etag):
        return Record(file.path, file.size, file.etag)
    found = read_metadata(session, url(session, place, commit_hash, file.path), timeout=None, retry=True)
    if not is_digest(found.etag):
        raise StoreError(f"{session.endpoint} gives no digest of '{file.path}', so it cannot be verified.")
    return Record(file.path, file.size, found.etag)


def _no_match(pattern: str, place: Place, paths: Sequence[str]) -> str:
    there = ", ".join(map(printable, paths[:LISTED])) + (f", and {len(paths) - LISTED} more" if paths[LISTED:] else "")
    return f"No file of '{place.repo}' matches '{pattern}'. It has: {there or 'no files'}."


def _check_collisions(place: Place, paths: Sequence[str]) -> None:
    """Raise StoreError if a path has no place on a disk, two would be one file, or one is a file and a folder."""
    key = str.casefold if place.ignores_case() else str
    names: dict[str, str] = {}
    for path in paths:
        try:
            check_filename(path)
        except ValueError as error:
            raise StoreError(f"{error} Leave it out by a pattern.") from None
        if key(path) in names:
            raise StoreError(f"'{path}' and '{names[key(path)]}' cannot both be on this disk. Choose one by a pattern.")
        names[key(path)] = path
    for path in paths:
        for folder in PurePosixPath(path).parents:
            file = names.get(key(str(folder)))
            if file:
                raise StoreError(f"'{path}' and '{file}' cannot both be on this disk: is '{file}' a folder or a file?")
