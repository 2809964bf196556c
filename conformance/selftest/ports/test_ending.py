"""How a port's process ended, in words."""

from __future__ import annotations

import pytest

from conformance.ports.drivers.process import how_it_ended


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "ended with exit code 3"),
        (-9, "was ended by SIGKILL"),
        (-39, "was ended by signal 39"),
        (-200, "was ended by signal 200"),
    ],
)
def test_any_signal_has_words(code: int, words: str) -> None:
    """Real-time signals have no name of their own."""
    assert how_it_ended(code) == words
