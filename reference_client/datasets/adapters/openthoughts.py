"""`open-thoughts/OpenThoughts-Agent-v1-SFT` and `open-thoughts/OpenThoughts3-1.2M`: an agent's episodes, and thoughts.

https://huggingface.co/datasets/open-thoughts/OpenThoughts-Agent-v1-SFT
https://huggingface.co/datasets/open-thoughts/OpenThoughts3-1.2M
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from reference_client.datasets import atif
from reference_client.datasets.adapters.adapter import Adapter, Splits
from reference_client.datasets.columns import Columns, Row
from reference_client.datasets.errors import DatasetError, is_text, shown

_ROLES = {"human": "user", "gpt": "assistant", "system": "system"}
_IDS = ("run_id", "trial_name")


class OpenThoughts(Adapter):
    """Episodes of an agent: rows with `conversations`, `agent`, `model`, `model_provider`, `date`, `task`, `episode`,
    `run_id` and `trial_name`, and the same as ATIF trajectories (see `atif.trajectory`)."""

    REPO = "open-thoughts/OpenThoughts-Agent-v1-SFT"
    SPLITS: ClassVar[Splits] = {"default": {"train": ["data/train-*.parquet"]}}
    COLUMNS: ClassVar[Columns] = {
        "conversations": [{"content": "string", "role": "string"}],
        **dict.fromkeys(("agent", "model", "model_provider"), "string"),
        "date": "time",
        **dict.fromkeys(("task", "episode", *_IDS), "string"),
    }

    def _converted(self, row: Row, place: str) -> Row:
        """As it is: the trajectory decides what may be missing."""
        return row

    def ensure_downloaded(self) -> Path:
        """The folder that holds the dataset, with all its files; `OpenThoughts.of` downloads them.

        Raises:
            DatasetError: files are missing there.
        """
        self.files()
        return self.folder

    def stream_trajectories(self, *, version: str = atif.VERSIONS[0]) -> Iterator[dict[str, Any]]:
        """Every row as a trajectory, in order.

        Raises:
            DatasetError: as `rows`, or a row can't be a trajectory; the message names it.
        """
        for index, row in enumerate(self.rows()):
            yield atif.trajectory(row, index=index, version=version)

    def get_trajectory(self, id_or_index: int | str, *, version: str = atif.VERSIONS[0]) -> dict[str, Any] | None:
        """One trajectory: by its row's number, counted from 0, or by its `run_id`, else its `trial_name`.

        All episodes of a run have its `run_id`: the first of them is meant. None if no row matches.

        Raises:
            TypeError: it is neither a whole number nor a string.
            DatasetError: as `stream_trajectories`.
        """
        try:
            index = self.index_of(id_or_index) if isinstance(id_or_index, str) else id_or_index
            row = self.row(index)
        except IndexError:
            return None
        return atif.trajectory(row, index=index, version=version)

    def index_of(self, name: str) -> int:
        """The number of the first row with this `run_id`, else of the first with this `trial_name`.

        Raises:
            IndexError: no row has this index.
            DatasetError: a file is missing or damaged.
        """
        from reference_client.datasets import parquet  # only readers of rows need pyarrow, and it is large

        found: dict[str, int] = {}
        first = 0
        for path in self.files() if is_text(name) else ():
            file = self.folder / path
            for column, row in parquet.first_rows(file, path, name, _IDS).items():
                found.setdefault(column, first + row)
            if "run_id" in found:
                break
            first += parquet.count_rows(file, path)
        for column in _IDS:
            if column in found:
                return found[column]
        raise IndexError(f"{self.REPO} has no run and no trial {name!r}.")


class OpenThoughts3(Adapter):
    """Rows with `messages`, `difficulty` (None in some), `source` and `domain`.

    The files' `conversations` of `from` and `value` become `messages` of `role` and `content`, as other datasets have
    them: human is user, gpt is assistant.
    """

    REPO = "open-thoughts/OpenThoughts3-1.2M"
    SPLITS: ClassVar[Splits] = {"default": {"train": ["data/train-*.parquet"]}}
    COLUMNS: ClassVar[Columns] = {
        "difficulty": "integer",
        "source": "string",
        "domain": "string",
        "conversations": [{"from": "string", "value": "string"}],
    }
    # It was asked for problems of programming only: https://arxiv.org/abs/2506.04178.
    MAY_BE_NULL = ("difficulty",)

    def _converted(self, row: Row, place: str) -> Row:
        row = super()._converted(row, place)
        others = {name: value for name, value in row.items() if name != "conversations"}
        return {**others, "messages": [_message(message, place) for message in row["conversations"]]}


def _message(message: Row | None, place: str) -> Row:
    if message is None:
        raise DatasetError(f"{place}: column 'conversations' should hold messages, and holds null.")
    role = _ROLES.get(message["from"])
    if role is None:
        sender = shown(message["from"])
        raise DatasetError(f"{place}: a message should be from {', '.join(_ROLES)}, and is from {sender}.")
    return {"role": role, "content": message["value"]}
