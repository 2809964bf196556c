"""What can be wrong with a repository that is read as a table."""

from __future__ import annotations


class DatasetCardError(ValueError):
    """The card says something about configs that nobody can follow."""


class DataFilesNotFoundError(FileNotFoundError):
    """No file of a kind that holds rows, or not the one that the card or the caller names."""


class DatasetScriptError(RuntimeError):
    """The dataset is loaded by a program of its own, which this client never runs."""
