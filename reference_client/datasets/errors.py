"""What can be wrong with a repository that is read as a table."""

from __future__ import annotations


class DatasetCardError(ValueError):
    """The card says something about configs that nobody can follow."""


class DataFilesNotFoundError(FileNotFoundError):
    """No file of a kind that holds rows, or not the one that the card or the caller names."""


class DatasetScriptError(RuntimeError):
    """The dataset is loaded by a program of its own, which this client never runs."""


class DatasetError(ValueError):
    """A file on disk doesn't hold what the dataset should: it is missing, damaged, or of another form.

    The message names the file, the row where one is to blame (counted from 0 in that file), the column, and what was
    expected.
    """
