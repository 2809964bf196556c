"""`hub-conformance list`: what the suite knows: checks, areas, operations, codes, profiles, ports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click
from rich import box
from rich.table import Column, Table

from conformance import ports
from conformance.catalogue import profiles
from conformance.catalogue.check import Check, all_checks
from conformance.catalogue.codes import all_codes
from conformance.catalogue.operations import SAMPLES
from conformance.cli.screen import Screen
from conformance.cli.selection import select
from conformance.verdict.outcome import LEVELS

_KINDS: Final = ("checks", "areas", "operations", "codes", "profiles", "ports")


@click.command("list")
@click.argument("kind", type=click.Choice(_KINDS), default="checks")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@click.option("--area", "areas", multiple=True, metavar="AREA", help="Only of this area; may be repeated.")
@click.option(
    "--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only of this level; may be repeated."
)
@click.option("--operation", "operations", multiple=True, metavar="NAME", help="Only what this operation can show.")
@click.option("--profile", metavar="NAME", help="Only what this profile scores. Default: all checks.")
@click.option("--grep", metavar="TEXT", help="Only entries that contain the text, in any letter case.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, for programs.")
def list_(
    kind: str,
    selectors: tuple[str, ...],
    areas: tuple[str, ...],
    levels: tuple[str, ...],
    operations: tuple[str, ...],
    profile: str | None,
    grep: str | None,
    as_json: bool,
) -> None:
    """List checks (the default), areas, operations, codes, profiles or ports.

    A SELECTOR is an id, a pattern such as 'cache/*', or an area. Selectors and the filters by area, level, operation
    and profile choose checks; areas, operations and codes are then those of the chosen checks.

    Without a terminal, each entry is one line.
    """
    known = all_checks()
    chosen = select(known, selectors, areas=areas, levels=levels, operations=operations)
    if profile is not None:
        scored = profiles.load(profile).checks
        chosen = [id for id in chosen if id in scored]
    is_filtered = bool(selectors or areas or levels or operations or profile)
    entries = _entries(kind, [known[id] for id in chosen], is_filtered=is_filtered)
    if grep is not None:
        entries = [entry for entry in entries if grep.casefold() in json.dumps(entry, ensure_ascii=False).casefold()]
    if as_json:
        click.echo(json.dumps(entries, indent=2))
    else:
        _show(entries)


def _entries(kind: str, checks: Sequence[Check], *, is_filtered: bool) -> list[dict[str, Any]]:
    if kind == "checks":
        return [_check(check) for check in checks]
    if kind == "areas":
        return _groups("area", ((check.area, check) for check in checks))
    if kind == "operations":
        used = _groups("operation", ((name, check) for check in checks for name in check.operations))
        here = {entry["operation"] for entry in used}
        unused = [{"operation": name, "checks": 0} for name in SAMPLES if name not in here and not is_filtered]
        return used + unused
    if kind == "codes":
        areas = {check.area for check in checks}
        return [
            {"code": code.name, "areas": code.areas, "meaning": code.messages}
            for code in all_codes().values()
            if not is_filtered or not code.areas or areas & set(code.areas)
        ]
    if kind == "profiles":
        return _profiles()
    return [
        {
            "port": name,
            "language": (description := ports.find(name)).language,
            "operations": len(description.operations),
            "kind": "command line" if description.command_line is not None else "shim or Python",
        }
        for name in ports.bundled()
    ]


def _check(check: Check) -> dict[str, Any]:
    return {
        "check": check.id,
        "level": check.level,
        "operations": list(check.operations),
        "requirement": " ".join(check.requirement.partition("\n\n")[0].split()),
    }


def _groups(name: str, members: Iterable[tuple[str, Check]]) -> list[dict[str, Any]]:
    levels: dict[str, Counter[str]] = {}
    for key, check in members:
        levels.setdefault(key, Counter())[check.level] += 1
    return [
        {name: key, "checks": sum(count.values()), **{level: count[level] for level in LEVELS}}
        for key, count in sorted(levels.items())
    ]


def _profiles() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    before: frozenset[str] = frozenset()
    for name in profiles.names():
        checks = profiles.load(name).checks
        entries.append(
            {"profile": name, "checks": len(checks), "added": len(checks - before), "removed": len(before - checks)}
        )
        before = checks
    return entries


def _show(entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        click.echo("nothing matches", err=True)
        return
    console = Screen(highlight=False)
    heads = list(entries[0])
    rows = [[_cell(entry.get(head, "")) for head in heads] for entry in entries]
    if not console.is_terminal:
        widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
        for row in [heads, *rows]:
            click.echo("  ".join(map(str.ljust, row, widths)).rstrip())
        return
    table = Table(
        *(Column(head, overflow="fold", no_wrap=at == 0) for at, head in enumerate(heads)), box=box.SIMPLE_HEAD
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _cell(value: Any) -> str:
    return (
        ("; " if any(" " in str(one) for one in value) else ", ").join(value) if isinstance(value, list) else str(value)
    )
