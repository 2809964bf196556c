"""The stand-in's repositories, by area."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conformance.hub.repositories import contract, deepcoder, gsm8k, livecodebench, openthoughts, tulu3
from conformance.hub.repository import Repository

AREAS: Mapping[str, Callable[[], Sequence[Repository]]] = {
    "gsm8k": gsm8k.repositories,
    "tulu3": tulu3.repositories,
    "deepcoder": deepcoder.repositories,
    "livecodebench": livecodebench.repositories,
    "openthoughts": openthoughts.repositories,
    "contract": contract.repositories,
}
"""Area to what makes its repositories. A cassette folder has the area's name."""
