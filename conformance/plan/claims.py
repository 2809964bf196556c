"""What existing documents claim, each decided by a check, by the inventory, by the traced needs, or by a cited fact.

`claims.yaml` holds `documents` (a list of `document`, `claims` and `omits`), `repositories` (facts about data sets that
no source code tells) and `observations` (what was tried outside of the suite). Nothing in it is an opinion: a claim has
`evidence`, and its status follows from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.plan.analysis import Analysis
from conformance.plan.facts import PlanError

_KINDS: Final = ("checks", "function", "option", "loads", "fact")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a document. `evidence` decides; `then` cites that it was true when it was written."""

    says: str
    where: str
    evidence: Mapping[str, Any]
    then: str = ""
    conflicts_with: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """An existing document: what it claims, what it omits (each with its evidence), and what replaces it."""

    name: str
    date: str
    claims: tuple[Claim, ...]
    omits: tuple[Claim, ...]
    replaced_by: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A cited fact about a repository: who may read it, and which files it has."""

    repo: str
    access: str
    files: str
    source: str


@dataclass(frozen=True, slots=True)
class Claims:
    """All of a `claims.yaml`. `observations` are by question, each a text and its source."""

    documents: tuple[Document, ...] = ()
    repositories: tuple[Repository, ...] = ()
    observations: tuple[tuple[str, str, str], ...] = ()
    changes: tuple[tuple[str, str], ...] = ()

    def repository(self, repo: str) -> Repository | None:
        return next((one for one in self.repositories if one.repo == repo), None)


@dataclass(frozen=True, slots=True)
class Decided:
    """A claim with its status and what decides it."""

    claim: Claim
    status: str
    why: str


def read(path: Path) -> Claims:
    """Read a `claims.yaml`.

    Raises:
        PlanError: it cannot be read, or an entry lacks something; the message names the entry.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path} cannot be read", error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise PlanError(f"{path} is not YAML", " ".join(str(error).split())) from error
    if not isinstance(data, dict):
        raise PlanError(f"{path} is not a mapping", "write documents, repositories and observations")
    unknown = set(data) - {"documents", "repositories", "observations", "changes"}
    if unknown:
        raise PlanError(
            f"{path}: unknown key {sorted(unknown)[0]!r}", "write documents, repositories, observations, changes"
        )
    try:
        return Claims(
            documents=tuple(_document(one) for one in data.get("documents") or ()),
            repositories=tuple(
                Repository(*(str(one[name]) for name in ("repo", "access", "files", "source")))
                for one in data.get("repositories") or ()
            ),
            observations=tuple(
                (str(one["question"]), str(one["says"]), str(one["source"])) for one in data.get("observations") or ()
            ),
            changes=tuple((str(one["date"]), str(one["says"])) for one in data.get("changes") or ()),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise PlanError(f"{path}: {problem}", "see conformance/ports/bundled/hf_hub_ex/plan/claims.yaml") from error


def _document(data: Mapping[str, Any]) -> Document:
    return Document(
        name=str(data["document"]),
        date=str(data.get("date", "")),
        claims=tuple(_claim(one) for one in data.get("claims") or ()),
        omits=tuple(_claim(one) for one in data.get("omits") or ()),
        replaced_by=str(data.get("replaced_by", "")),
    )


def _claim(data: Mapping[str, Any]) -> Claim:
    evidence = data["evidence"]
    if not isinstance(evidence, Mapping) or len(set(evidence) & set(_KINDS)) != 1:
        raise ValueError(f"the evidence of {data['says']!r} must have one of {', '.join(_KINDS)}")
    return Claim(
        says=str(data["says"]),
        where=str(data.get("where", "")),
        evidence=evidence,
        then=str(data.get("then", "")),
        conflicts_with=str(data.get("conflicts_with", "")),
    )


def decide(claim: Claim, analysis: Analysis) -> Decided:
    """The status of a claim: accurate, wrong, or outdated where a cited fact says that it was true when written."""
    holds, why = _holds(claim.evidence, analysis)
    if holds is None:
        return Decided(claim, "undecided", why)
    status = "accurate" if holds else "outdated" if claim.then else "wrong"
    if claim.then:
        why = f"{why}; when written: {claim.then}"
    if claim.conflicts_with:
        status = f"{status}, in conflict with {claim.conflicts_with}"
    return Decided(claim, status, why)


def _holds(evidence: Mapping[str, Any], analysis: Analysis) -> tuple[bool | None, str]:
    wanted = evidence.get("is", True)
    if "checks" in evidence:
        patterns = [evidence["checks"]] if isinstance(evidence["checks"], str) else list(evidence["checks"])
        found = [one for one in analysis.facts.checks if any(_fits(one.id, pattern) for pattern in patterns)]
        tried = [one for one in found if one.outcome in ("passed", "failed")]
        declined = [one for one in found if one.outcome == "unsupported"]
        if not tried and declined:
            return wanted is False, f"{len(declined)} checks unsupported: {declined[0].cause or declined[0].message}"
        if not tried:
            return None, f"no check of the run fits {', '.join(patterns)}"
        failed = [one.id for one in tried if one.outcome == "failed"]
        why = f"{len(tried) - len(failed)} of {len(tried)} checks pass" + (
            f"; fails: {', '.join(failed[:3])}" if failed else ""
        )
        why += f" ({', '.join(patterns)})"
        return (not failed) == wanted, why
    if "function" in evidence:
        names = {one.shown for one in analysis.inventory.functions} | {one.name for one in analysis.inventory.functions}
        exists = evidence["function"] in names
        return exists == wanted, f"inventory: {evidence['function']} is {'public' if exists else 'not there'}"
    if "option" in evidence:
        name, _, option = str(evidence["option"]).partition(" ")
        functions = [one for one in analysis.inventory.functions if one.name == name]
        if not functions:
            return None, f"inventory: no function {name}"
        has = any(option in one.options for one in functions)
        return has == wanted, f"inventory: {name} has {'an' if has else 'no'} option {option} ({functions[0].place})"
    if "loads" in evidence:
        repo = str(evidence["loads"])
        places = [
            call.place for needs in analysis.needs for call in needs.calls if repo in call.repos() and not call.test
        ]
        shown = f"loaded at {', '.join(dict.fromkeys(places[:2]))}" if places else "loaded nowhere"
        return bool(places) == wanted, f"needs: {repo} is {shown}"
    return bool(evidence["holds"]), f"{evidence['fact']} ({evidence['source']})"


def _fits(id: str, pattern: str) -> bool:
    """Whether an id fits a pattern; brackets in a pattern stand for themselves."""
    return id == pattern or fnmatchcase(id, pattern.replace("[", "[[]"))
