"""Which checks a command is about: ids, patterns, areas, levels, operations, and what failed in an earlier run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from conformance.catalogue.check import Check
from conformance.errors import ConformanceError
from conformance.report import events
from conformance.verdict.expectations import did_you_mean, is_pattern, matches

_DID_NOT_FAIL: Final = frozenset({"passed", "unsupported", "not_applicable"})


def is_id(selector: str) -> bool:
    """Whether a selector names one check: `area/name[dataset]`, neither a pattern nor an area."""
    return "/" in selector and not is_pattern(selector)


def select(
    known: Mapping[str, Check],
    selectors: Iterable[str] = (),
    *,
    areas: Collection[str] = (),
    levels: Collection[str] = (),
    operations: Collection[str] = (),
    failed_of: Iterable[Path] = (),
) -> list[str]:
    """The ids of the checks that are meant, sorted. Without any argument these are all.

    Args:
        selectors: ids, patterns in which `*` is any text, names of areas, and ids without their dataset; a check is
            meant if one of them fits.
        areas, levels, operations: of these alone; empty means any.
        failed_of: reports of earlier runs, each a folder or its `events.ndjson`: only what failed in one of them.

    Raises:
        ConformanceError: a selector, an area or an operation fits no check.
        ReportError: a report cannot be read.
    """
    known_areas = sorted({check.area for check in known.values()})
    known_operations = sorted({name for check in known.values() for name in check.operations})
    for kind, given, there in (("area", areas, known_areas), ("operation", operations, known_operations)):
        for name in given:
            if name not in there:
                near = did_you_mean(name, there)
                raise ConformanceError(f"no {kind} is called {name!r}{near}", f"choose one of {', '.join(there)}")
    wanted = set(known)
    given = list(selectors)
    if given:
        wanted = {id for selector in given for id in _meant(selector, known, known_areas)}
    reports = list(failed_of)
    if reports:
        wanted &= {id for report in reports for id in _failed(report)}
    return sorted(
        id
        for id in wanted
        if (not areas or known[id].area in areas)
        and (not levels or known[id].level in levels)
        and (not operations or any(name in operations for name in known[id].operations))
    )


def stream_of(report: Path) -> Path:
    """The event stream of a report: the file itself, or the one in the folder."""
    return report / events.FILE_NAME if report.is_dir() else report


def _meant(selector: str, known: Mapping[str, Check], areas: Collection[str]) -> list[str]:
    if selector in known:
        return [selector]
    if is_pattern(selector):
        found = [id for id in known if matches(selector, id)]
    elif "/" not in selector:
        found = [id for id in known if known[id].area == selector]
    else:
        found = [id for id in known if id.partition("[")[0] == selector.rstrip("/")]
        found = found or [id for id in known if selector.endswith("/") and id.startswith(selector)]
    if not found:
        names = [*known, *areas, *(id.partition("[")[0] for id in known)]
        near = did_you_mean(selector, names)
        raise ConformanceError(
            f"no check is called {selector!r}{near}",
            "give an id, a pattern such as 'cache/*', or an area; `hub-conformance list checks` shows them",
        )
    return found


def _failed(report: Path) -> set[str]:
    run = events.read(stream_of(report))
    return {check.id for check in run.checks if check.outcome not in _DID_NOT_FAIL or not check.verdict.as_expected}
