"""Download datasets into a folder, and manage them there."""

from __future__ import annotations

import os
from pathlib import Path

from reference_client.datasets.store.content import refreshed
from reference_client.datasets.store.download import Download
from reference_client.datasets.store.entry import Entry
from reference_client.datasets.store.errors import explained
from reference_client.datasets.store.index import Index
from reference_client.datasets.store.models import DatasetConfig, DownloadedDataset
from reference_client.datasets.store.place import Place
from reference_client.datasets.store.progress import Progress, Silent
from reference_client.session import Session
from reference_client.settings import resolved

DEFAULT_ROOT = ".openagents/datasets"


class Store:
    """Datasets as folders of plain files: `<root>/<owner>/<name>/<path in the repository>`.

    **Revisions.** A folder is of one commit. `<owner>/<name>` is that of `main`; any other revision has a folder of
    its own beside it, `<owner>/<name>@<revision>`, so several can be there at the same time. When a branch has
    moved, `download` brings its folder to the new commit: files are fetched beside it, and take their places when
    all are complete; those that the new commit hasn't are removed.

    **Patterns** add up: a folder has the files of every pattern that was ever asked for, all of the same commit.

    **git.** A new or empty root gets a `.gitignore` of `*`, which covers the store wherever it is, itself
    included. A folder that had other files before is the user's own, and so is what git is to ignore there.

    Every method may be called by several threads and processes at once. Names that no repository can have raise
    StoreUsageError. A store that can't be read or written raises OSError.

    Args:
        root: folder of the store; None means HUB_REFERENCE_DIR, else `.openagents/datasets` in the working folder.
        endpoint: URL of the Hub; None means HF_ENDPOINT.
    """

    def __init__(self, root: str | Path | None = None, *, endpoint: str | None = None) -> None:
        folder = root or os.environ.get("HUB_REFERENCE_DIR") or DEFAULT_ROOT
        self.root = resolved(folder)
        self._endpoint = endpoint
        self._index = Index(self.root)

    def download(
        self, config: DatasetConfig, *, progress: Progress | None = None, verify: bool = False
    ) -> DownloadedDataset:
        """Make sure that a dataset is on disk, whole and up to date.

        Only what is missing is fetched, up to 8 files at a time, and continued where an earlier download was broken
        off. A file gets its name when its size and digest equal the Hub's. Where the Hub can't be reached
        and everything is on disk, that is the answer.

        Args:
            config: what to download.
            progress: gets the progress, from several threads.
            verify: hash the files that are there. Otherwise one with the size and time that it had when it was
                last verified counts as unchanged.

        Raises:
            StoreUsageError: there can't be such a repository, revision or pattern.
            StoreMissingError: the repository has no such revision, or a pattern matches none of its files.
            StoreError: the Hub refused or couldn't be reached, a body was wrong, the disk is full. What is complete
                stays, and the next call goes on from there.
        """
        place = Place.of(self.root, config.repo, config.repo_type, config.revision)
        patterns = config.patterns()
        session = Session.of(self._endpoint, config.access_token)
        try:
            self._prepare()
            with place.lock():
                entry = Download(session, place, self._index, patterns, progress or Silent(), verify).run()
        except OSError as error:
            raise explained(error, place.repo, place.revision, session.endpoint) from error
        return entry.to_dataset(complete=True)

    def is_downloaded(self, repo: str, *, revision: str | None = None, repo_type: str = "dataset") -> bool:
        """Whether a download of a repository is on disk with all its files, and they are what they were.

        Args:
            repo: `owner/name`.
            revision: None means any.
            repo_type: `dataset`, `model` or `space`.
        """
        return self.get_local_path(repo, revision=revision, repo_type=repo_type) is not None

    def get_local_path(self, repo: str, *, revision: str | None = None, repo_type: str = "dataset") -> Path | None:
        """The folder of a repository that `is_downloaded`, or None.

        Args:
            revision: None means `main`, else the one that was downloaded last.
            repo: as for `is_downloaded`, and so is repo_type.
        """
        entries = self._entries(repo, revision, repo_type)
        entries.sort(key=lambda entry: (entry.place.revision == "main", entry.downloaded_at), reverse=True)
        return next((entry.place.folder for entry in entries if refreshed(entry)), None)

    def list_downloaded(self) -> list[DownloadedDataset]:
        """Every revision of every repository, sorted; see `DownloadedDataset.complete`."""
        return [entry.to_dataset(complete=refreshed(entry) is not None) for entry in self._index.entries()]

    def delete(self, repo: str, *, revision: str | None = None, repo_type: str = "dataset") -> bool:
        """Remove what was downloaded of a repository, complete or not. Other files in its folder stay.

        Nothing outside the store is removed, even if the index or symbolic links name it.

        Args:
            revision: None means all.
            repo: as for `is_downloaded`, and so is repo_type.

        Returns:
            Whether there was anything.
        """
        entries = self._entries(repo, revision, repo_type)
        for place in [entry.place for entry in entries]:
            with place.lock():
                entry = self._index.get(place)
                if entry:
                    place.remove([*(file.path for file in entry.files), *entry.obsolete])
                    self._index.remove(place)
        return bool(entries)

    def _entries(self, repo: str, revision: str | None, repo_type: str) -> list[Entry]:
        place = Place.of(self.root, repo, repo_type, revision or "main")
        return [
            entry
            for entry in self._index.entries()
            if (entry.place.repo, entry.place.repo_type) == (place.repo, place.repo_type)
            and revision in (None, entry.place.revision)
        ]

    def _prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        if not any(self.root.iterdir()):
            (self.root / ".gitignore").write_text("*\n", encoding="utf-8")
