"""Which exit code an error has."""

from __future__ import annotations


class Refusal(Exception):
    """What was asked for isn't there. The message has what to do."""


def exit_code(error: Exception) -> int:
    """2 for what was asked wrongly, and can't be right anywhere; 1 for what went wrong.

    Many errors of the Hub and the disk are a ValueError as well as an OSError, and a damaged file is one, too.
    """
    from reference_client.datasets.errors import DatasetError
    from reference_client.datasets.store import StoreUsageError

    wrong = isinstance(error, ValueError) and not isinstance(error, (OSError, DatasetError))
    return 2 if wrong or isinstance(error, StoreUsageError) else 1
