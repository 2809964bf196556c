"""Bringing what is missing of a dataset."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from reference_client.api import HfApi
from reference_client.cache import move
from reference_client.datasets.store.content import find, refreshed, sync, verified
from reference_client.datasets.store.entry import Entry, Record, now
from reference_client.datasets.store.index import Index
from reference_client.datasets.store.place import Place, discard
from reference_client.datasets.store.plan import list_files, plan, url
from reference_client.datasets.store.progress import Progress
from reference_client.errors import HfHubHTTPError
from reference_client.metadata import HfFileMetadata, check_commit_hash
from reference_client.session import Session
from reference_client.transfer import ConsistencyError, fetch
from reference_client.validate import is_commit_hash

MAX_WORKERS = 8
"""How many files are fetched at the same time."""


@dataclass(slots=True)
class Download:
    """One download into one place, which the caller has locked.

    Args:
        session: asks the Hub; no other download's, since a failure cancels it.
        place: where it goes.
        index: lists the existing files, and records the new ones.
        patterns: the globs that choose files.
        progress: gets the progress.
        verify: hash what is on disk, however unchanged it looks.
    """

    session: Session
    place: Place
    index: Index
    patterns: tuple[str, ...]
    progress: Progress
    verify: bool
    _brought: dict[str, Record] = field(default_factory=dict)

    def run(self) -> Entry:
        """Bring what is missing. Returns what is in the place then.

        Raises:
            OSError: the Hub refused, the connection broke, the disk is full, a body is wrong. What is complete
                stays and is in the index; what isn't is continued by the next download.
        """
        held = self.index.get(self.place)
        try:
            commit_hash = self._resolve()
        except OSError as error:
            refused = isinstance(error, HfHubHTTPError) and error.response.status_code < 500
            present = None if refused else self._all_of(held)
            if present is None:
                raise
            return present
        if held and held.commit_hash == commit_hash:
            present = self._all_of(held)
            if present:
                return present
        listed = list_files(self.session, self.place, commit_hash)
        wanted = plan(self.place, commit_hash, self.patterns, listed, held)
        self.progress.planned(len(wanted.files), sum(file.size for file in wanted.files))
        moved = held is not None and held.commit_hash != commit_hash
        arrived = self._replace(wanted) if moved else self._add(wanted)
        self.place.clear()
        return arrived

    def _resolve(self) -> str:
        """The current commit of the revision."""
        place = self.place
        if is_commit_hash(place.revision):
            return place.revision
        api = HfApi(self.session.endpoint, self.session.token or False)
        info = api.repo_info(place.repo, repo_type=place.repo_type, revision=place.revision)
        return check_commit_hash(info.sha, self.session.endpoint)

    def _all_of(self, held: Entry | None) -> Entry | None:
        """What is held, if it is all that was asked for: then only the progress is reported."""
        if held is None or held.obsolete or not set(self.patterns) <= set(held.patterns):
            return None
        present = refreshed(held, verify=self.verify)
        if present is None:
            return None
        if present != held:
            self.index.put(present)
        self.progress.planned(len(present.files), sum(file.size for file in present.files))
        for file in present.files:
            self._skip(file)
        return present

    def _add(self, wanted: Entry) -> Entry:
        """Bring files, each to its place as soon as it is complete."""
        self.index.put(wanted)
        self.place.remove(wanted.obsolete)  # by a replacement that was broken off
        try:
            self._bring_all(wanted, to_place=True)
        except BaseException:
            with contextlib.suppress(OSError):  # the first failure is the one to report
                self.index.put(self._with_brought(wanted))
            raise
        return self._finish(wanted)

    def _replace(self, wanted: Entry) -> Entry:
        """Bring files of another commit than the folder is of: none gets its place before all are complete."""
        self._bring_all(wanted, to_place=False)
        wanted = self._with_brought(wanted)
        self.index.put(wanted)
        self.place.remove(wanted.obsolete)
        for record in wanted.files:
            self._settle(record)
        return self._finish(wanted)

    def _finish(self, wanted: Entry) -> Entry:
        arrived = replace(self._with_brought(wanted), downloaded_at=now(), obsolete=())
        self.index.put(arrived)
        return arrived

    def _with_brought(self, wanted: Entry) -> Entry:
        return replace(wanted, files=tuple(self._brought.get(file.path, file) for file in wanted.files))

    def _bring_all(self, wanted: Entry, *, to_place: bool) -> None:
        """Bring files side by side.

        The first failure is raised; the others stop and leave what they have.
        """
        if not self.place.arriving.is_dir():
            discard(self.place.arriving)
        self.place.arriving.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(MAX_WORKERS) as pool:
            try:
                brought = [pool.submit(self._bring, file, wanted, to_place) for file in wanted.files]
                for future in as_completed(brought):
                    future.result()
            except BaseException:
                self.session.cancel()
                pool.shutdown(cancel_futures=True)
                raise

    def _bring(self, record: Record, wanted: Entry, to_place: bool) -> None:
        found = find(self.place.file(record.path), record, verify=self.verify)
        if found:
            self._skip(found)
        else:
            found = self._arrive(record, wanted.commit_hash)
            if to_place:
                self._settle(found)
            self.progress.finished(record.path)
        self._brought[record.path] = found

    def _skip(self, record: Record) -> None:
        self.progress.started(record.path, record.size, record.size)
        self.progress.finished(record.path)

    def _arrive(self, record: Record, commit_hash: str) -> Record:
        """Make a file complete, beside its place."""
        arrived = self.place.arrived(record.path, record.etag)
        found = find(arrived, record, verify=True)
        if found:
            self.progress.started(record.path, record.size, record.size)
            return found
        incomplete = self.place.incomplete(record.path, record.etag)
        for other in (arrived, incomplete):
            if other.is_symlink() or other.is_dir():
                discard(other)
        present = incomplete.stat().st_size if incomplete.exists() else 0
        self.progress.started(record.path, record.size, present)
        received = _Received(record, self.progress, self.session, present)
        file = HfFileMetadata(
            commit_hash, record.etag, url(self.session, self.place, commit_hash, record.path), record.size
        )
        try:
            fetch(self.session, file, incomplete, arrived, resume=True, received=received)
        except ConsistencyError:
            if not present:
                raise
            received(0)  # what an earlier download left wasn't the file's beginning
            fetch(self.session, file, incomplete, arrived, resume=True, received=received)
        sync(arrived)
        return verified(arrived, record)

    def _settle(self, record: Record) -> None:
        """Give a file that has arrived its name."""
        arrived = self.place.arrived(record.path, record.etag)
        if arrived.exists():
            file = self.place.file(record.path)
            file.parent.mkdir(parents=True, exist_ok=True)
            move(arrived, file)


@dataclass(slots=True)
class _Received:
    """Checks the length that `fetch` reports, and reports the progress. Breaks off when another file failed."""

    record: Record
    progress: Progress
    session: Session
    length: int

    def __call__(self, length: int) -> None:
        self.session.require_not_cancelled()
        if length > self.record.size:  # or a server could fill the disk
            raise ConsistencyError(f"'{self.record.path}' has {self.record.size} bytes, but the Hub sends more.")
        self.progress.advanced(self.record.path, length - self.length)
        self.length = length
