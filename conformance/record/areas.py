"""What is walked when an area is recorded, and the names that a walk asks for though nothing has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.hub.repositories.rules import RULES
from conformance.traffic.identity import ANONYMOUS, STRANGER
from conformance.traffic.recording import RecordedRepository, Walk


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository to walk.

    Args:
        repository: the repository, and how much of it to record.
        walker: the caller who walks everything: an anonymous one where everybody gets the same answers.
        others: callers who get answers of their own; they ask for the head of `main` only.
    """

    repository: RecordedRepository
    walker: str = ANONYMOUS
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """What one folder of cassettes is about."""

    name: str
    subjects: tuple[Subject, ...]
    types: tuple[str, ...] = ("dataset",)
    """The types of which a missing repository is asked for."""


def _dataset(repo_id: str, *, walk: Walk = "full", former_name: str | None = None) -> RecordedRepository:
    return RecordedRepository(repo_id, "dataset", walk, former_name)


_UNKNOWN = (ANONYMOUS, STRANGER, "reader")
_LEAN = (
    *("deep-paths", "hostile-names", "xet-less", "two-authors"),
    *("plain-folders", "split-names", "split-folders", "one-split", "default-config"),
)

AREAS: Final[dict[str, Area]] = {
    area.name: area
    for area in (
        Area("gsm8k", (Subject(_dataset("openai/gsm8k", former_name="gsm8k")),), ("dataset", "model")),
        Area("tulu3", (Subject(_dataset("allenai/tulu-3-sft-mixture", walk="lean")),)),
        Area("deepcoder", (Subject(_dataset("agentica-org/DeepCoder-Preview-Dataset", walk="lean")),)),
        Area("livecodebench", (Subject(_dataset("livecodebench/code_generation_lite", walk="lean")),)),
        Area(
            "openthoughts",
            (
                Subject(_dataset("open-thoughts/OpenThoughts-Agent-v1-SFT", walk="lean")),
                Subject(_dataset("open-thoughts/OpenThoughts3-1.2M", walk="ends")),
                Subject(_dataset("open-thoughts/OpenThoughts-TB-dev", walk="lean")),
            ),
        ),
        Area(
            "contract",
            (
                Subject(_dataset("conformance/awkward-names", former_name="conformance/strange-names")),
                Subject(_dataset("conformance/gated"), "owner", (*_UNKNOWN, "pending", "rejected", "granted")),
                Subject(_dataset("conformance/private"), "owner", _UNKNOWN),
                Subject(_dataset("conformance/disabled")),
                Subject(RecordedRepository("conformance/many-files", "dataset", "listing")),
                Subject(_dataset("conformance/old-form")),
                Subject(_dataset("conformance/no-card")),
                Subject(RecordedRepository("conformance/tiny-model", "model")),
                Subject(_dataset("conformance/Letter-Case", former_name="conformance/letter-case")),
                Subject(_dataset("conformance/gated-auto", walk="lean"), "owner", (ANONYMOUS, "reader")),
                *(Subject(_dataset(f"conformance/{name}", walk="lean")) for name in _LEAN),
                *(Subject(_dataset(f"conformance/{name}", walk="table")) for name in RULES),
                Subject(_dataset("conformance/full-page", walk="listing")),
            ),
            ("dataset", "model"),
        ),
    )
}
