"""Clients whose store takes every file in a dataset's folder for its own, or every file there for the right one."""

from __future__ import annotations

import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import transfer
from reference_client.datasets.store import content, download, plan
from reference_client.datasets.store.download import Download
from reference_client.datasets.store.entry import Entry, Record
from reference_client.datasets.store.place import Place
from reference_client.datasets.store.store import Store


@mutant
def delete_takes_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Removes a dataset's folder with all that is in it."""

    def thorough(original: Any, self: Place, paths: Any) -> None:
        original(self, paths)
        shutil.rmtree(self.folder, ignore_errors=True)

    wrap(patch, Place, "remove", thorough)


@mutant
def store_tidies_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Removes from a dataset's folder what a download has not brought."""

    def tidy(original: Any, self: Download, wanted: Entry) -> Entry:
        arrived: Entry = original(self, wanted)
        known = {self.place.folder / file.path for file in arrived.files}
        for path in self.place.folder.rglob("*"):
            if path.is_file() and path not in known:
                path.unlink()
        return arrived

    wrap(patch, Download, "_finish", tidy)


@mutant
def list_of_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Lists every file that lies in a dataset's folder."""

    def all_of(datasets: list[Any]) -> list[Any]:
        return [
            replace(
                dataset,
                files=tuple(
                    replace(dataset.files[0], path=path.relative_to(dataset.local_path).as_posix())
                    for path in sorted(dataset.local_path.rglob("*"))
                    if path.is_file()
                ),
            )
            for dataset in datasets
        ]

    change_result(patch, Store, "list_downloaded", all_of)


@mutant
def existing_file_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Takes whatever has a file's name for the file."""

    def there(file: Path, record: Record, *, verify: bool = False) -> Record | None:
        return replace(record, sha256=record.sha256 or record.etag, mtime_ns=0) if file.exists() else None

    patch.setattr(content, "find", there)
    patch.setattr(download, "find", there)


@mutant
def store_trusts_times(patch: pytest.MonkeyPatch) -> None:
    """Takes a file whose time has changed for another."""

    def strict(original: Any, file: Path, record: Record, **kwargs: Any) -> Record | None:
        found: Record | None = original(file, record, **kwargs)
        return found if found is None or record.mtime_ns in (None, found.mtime_ns) else None

    wrap(patch, content, "find", strict)
    wrap(patch, download, "find", strict)


@mutant
def store_normalises_names(patch: pytest.MonkeyPatch) -> None:
    """Normalises the names of files to NFC."""
    wrap(patch, Place, "file", lambda original, self, path: original(self, unicodedata.normalize("NFC", path)))


@mutant
def store_in_lower_case(patch: pytest.MonkeyPatch) -> None:
    """Names folders in lower case."""
    patch.setattr(Place, "folder", property(lambda self: self.root / self.name.lower()))


@mutant
def empty_files_left_out(patch: pytest.MonkeyPatch) -> None:
    """Downloads no file without content."""
    wrap(
        patch,
        Download,
        "_bring_all",
        lambda original, self, wanted, **kwargs: original(
            self, replace(wanted, files=tuple(file for file in wanted.files if file.size)), **kwargs
        ),
    )


@mutant
def patterns_in_any_case(patch: pytest.MonkeyPatch) -> None:
    """Lets a pattern match in any letter case."""
    wrap(patch, plan, "matches", lambda original, pattern, path: original(pattern.lower(), path.lower()))


@mutant
def wrong_beginning_is_the_end(patch: pytest.MonkeyPatch) -> None:
    """Ends with an error where what an earlier download left is not the file's beginning."""

    def once(original: Any, session: Any, file: Any, incomplete: Path, arrived: Path, **kwargs: Any) -> Any:
        began = incomplete.exists()
        try:
            return original(session, file, incomplete, arrived, **kwargs)
        except transfer.ConsistencyError as error:
            raise RuntimeError(str(error)) if began else error from error

    wrap(patch, download, "fetch", once)


@mutant
def git_files_not_verified(patch: pytest.MonkeyPatch) -> None:
    """Verifies the digest of a file in LFS, and not of a file that git keeps."""
    patch.setattr(transfer, "is_digest", lambda etag: len(etag) == 64)


@mutant
def one_file_for_a_content(patch: pytest.MonkeyPatch) -> None:
    """Keeps one file for each content."""

    def once(original: Any, *args: Any) -> Entry:
        planned: Entry = original(*args)
        by_content = {file.etag: file for file in reversed(planned.files)}
        return replace(planned, files=tuple(sorted(by_content.values(), key=lambda file: file.path)))

    wrap(patch, download, "plan", once)
