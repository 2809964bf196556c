"""The base of every error that a person can put right."""

from __future__ import annotations


class ConformanceError(Exception):
    """What the suite was given is wrong, and its user can correct it.

    The command line shows it as one line and ends with exit code 2.

    Args:
        message: what was wrong, naming the file, option or value.
        cure: what to do about it.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message, cure)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}: {self.cure}" if self.cure else self.message
