"""The written rule of priorities: `rule.yaml`, and what it says of a failed check."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources
from typing import Any, Final, Literal, TypeAlias

import yaml

from conformance.plan.facts import Checked
from conformance.trace.needs import Call

Priority: TypeAlias = Literal["P0", "P1", "P2", "not needed"]
PRIORITIES: Final[tuple[Priority, ...]] = ("P0", "P1", "P2", "not needed")
RECORDED: Final = {
    "gsm8k": "openai/gsm8k",
    "tulu3": "allenai/tulu-3-sft-mixture",
    "deepcoder": "agentica-org/DeepCoder-Preview-Dataset",
    "livecodebench": "livecodebench/code_generation_lite",
    "openthoughts": "open-thoughts/OpenThoughts-Agent-v1-SFT",
}
"""The repositories that the suite's recordings are of; `contract` is of repositories made for the suite."""
_PLAIN: Final = re.compile(r"[\w./-]*")

SENTENCES: Final = (
    "A failed check counts as serious if what it finds blocks the consumer (level MUST), silently corrupts what the "
    "consumer gets (MUST or SHOULD), or is unsafe (any level, in any circumstance).",
    "It is met by a consumer in the circumstances that `conformance/plan/rule.yaml` lists by check: in ordinary use, "
    "or where the traced source gives another revision, a token, patterns or unusual names. Under a fault of the "
    "network, what blocks is not serious: it says so and can be tried again.",
    "A check on a repository made for the suite (`[contract]`) shows what a library does with such a repository; that "
    "a dataset of the consumer has the same peculiarity is not shown. It is not serious unless it is unsafe.",
    "An operation that a recipe needs and the port does not offer blocks it.",
    "P0: serious, met, and the operation is in the chain of every recipe that reaches the port. P1: the same for some "
    "recipes, which are named. P2: every other failure of an operation that a consumer calls. Not needed: no consumer "
    "calls it.",
)


@dataclass(frozen=True, slots=True)
class Uses:
    """What the consumers are seen to give: the circumstances that they meet."""

    met: frozenset[str]


@functools.cache
def _rule() -> dict[str, Any]:
    text = resources.files("conformance.plan").joinpath("rule.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def codes() -> dict[str, str]:
    """What each code of a finding does to a consumer."""
    return {code: harm for harm, listed in _rule()["harm"].items() for code in listed}


def harm(check: Checked) -> str:
    """`blocks`, `corrupts`, `unsafe` or `degrades`."""
    if check.outcome == "unsupported":
        return "blocks"  # the operation is not offered
    return codes().get(check.code or check.outcome.replace("_", "-"), "degrades")


def circumstance(check: Checked) -> str:
    """When a consumer meets what a check is about."""
    for entry in _rule()["circumstances"]:
        if any(fnmatchcase(check.id.partition("[")[0], pattern) for pattern in entry["checks"]):
            return str(entry["met"])
    return "always"


def uses(calls: Iterable[Call]) -> Uses:
    """Which circumstances calls show."""
    met = {"always", "fault"}
    for call in calls:
        for role, value in call.arguments.items():
            texts = [one for one in value.values if isinstance(one, str) and "{…}" not in one]
            if role == "revision" and any(one != "main" for one in texts):
                met.add("revision")
            if role == "token":
                met.add("token")
            if role in ("allow_patterns", "ignore_patterns"):
                met.add("patterns")
            if role in ("repo_id", "filename", "revision") and not all(_PLAIN.fullmatch(one) for one in texts):
                met.add("names")
    return Uses(frozenset(met))


def serious(check: Checked, uses: Uses) -> bool:
    """Whether a failed check blocks, corrupts or endangers a consumer that meets it."""
    kind, when = harm(check), circumstance(check)
    if kind == "unsafe":
        return True
    if check.dataset not in RECORDED or when not in uses.met:
        return False
    return (kind == "blocks" and check.level == "MUST" and when != "fault") or (
        kind == "corrupts" and check.level in ("MUST", "SHOULD")
    )


def priority(
    check: Checked, uses: Uses, needed_by: Collection[str], recipes: Collection[str], *, called: bool
) -> Priority:
    """The priority of a failed check.

    Args:
        needed_by: the recipes whose chain needs the operation.
        recipes: all recipes.
        called: whether a consumer without recipes calls the operation.
    """
    if not needed_by and not called:
        return "not needed"
    if not needed_by or not serious(check, uses):
        return "P2"
    return "P0" if recipes and set(needed_by) >= set(recipes) else "P1"
