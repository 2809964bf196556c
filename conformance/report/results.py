"""The results of several clients as a table, from their `parity.json`.

`python -m conformance.report.results REPORT…` writes the table into `conformance/ports/RESULTS.md` of a checkout, and
between `<!-- results: begin -->` and `<!-- results: end -->` of its README. `make results` measures first.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.errors import ConformanceError
from conformance.report.causes import weight_of
from conformance.report.harm import Harm, harm_of
from conformance.report.markdown import escape, row

CHECKOUT: Final = Path(__file__).parents[2]
PAGE: Final = CHECKOUT / "conformance" / "ports" / "RESULTS.md"
README: Final = CHECKOUT / "README.md"
RECORDED: Final = CHECKOUT / "conformance" / "ports" / "bundled" / "hf_hub_ex" / "parity.json"
"""The run of a client that is not measured here: its language is seldom installed."""

_SECTION: Final = re.compile(r"(<!-- results: begin -->\n).*?(<!-- results: end -->)", re.DOTALL)
_NOTHING: Final = "Nothing: every check that applies passed."
_UNKNOWN: Final = "Not known: no check failed, and {} gave no verdict."


class ResultsError(ConformanceError):
    """A report has no figures, or figures that cannot be read."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. `must` and `should` are `passed/base`; `started` is the day; `noticed` a sentence."""

    client: str
    version: str
    language: str
    must: str
    should: str
    operations: str
    noticed: str
    profile: str
    started: str
    is_recorded: bool = False
    is_complete: bool = True


def read(path: Path, *, is_recorded: bool = False) -> Result:
    """The line of a report, from the folder or its `parity.json`.

    Raises:
        ResultsError: it cannot be read.
    """
    file = path / "parity.json" if path.is_dir() else path
    try:
        parity = json.loads(file.read_text("utf-8"))
        return _result(parity, is_recorded=is_recorded)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ResultsError(f"{file} has no figures", f"run with --report first ({error})") from error


def _result(parity: dict[str, Any], *, is_recorded: bool) -> Result:
    port, levels = parity["port"], parity["by_level"]
    figures = [
        f"{levels[level]['counts']['passed']}/{levels[level]['base']}" if level in levels else "-"
        for level in ("MUST", "SHOULD")
    ]
    return Result(
        client=port["name"],
        version=port["version"],
        language=port["language"],
        must=figures[0],
        should=figures[1],
        operations=f"{parity['operations']['offered']}/{parity['operations']['of']}",
        noticed=_noticed(parity["failed"], parity["base"] - parity["counts"]["passed"]),
        profile=parity["profile"],
        started=parity["generated"]["started"][:10],
        is_recorded=is_recorded,
        is_complete=parity["complete"] is True,
    )


def _noticed(failed: Sequence[dict[str, Any]], not_passed: int) -> str:
    """What a user would notice most: the harm of the heaviest cause, with how many checks have that harm.

    Args:
        not_passed: how many checks of the base did not pass, failed or not.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    count: dict[Harm, int] = {}
    for one in failed:
        code = one["finding"]["code"] if one["finding"] else "failed"
        groups.setdefault((one["id"].partition("/")[0], code), []).append(one["level"])
        harm = harm_of(code)
        count[harm] = count.get(harm, 0) + 1
    if not groups:
        return _UNKNOWN.format(not_passed) if not_passed else _NOTHING
    _, code = max(groups, key=lambda key: (weight_of(harm_of(key[1]), key[0], groups[key]), key))
    harm = harm_of(code)
    return f"{harm.noticed} ({count[harm]} check{'s' if count[harm] > 1 else ''})"


def table(results: Iterable[Result]) -> str:
    """The table in Markdown, by client and version."""
    heads = ["client", "version", "language", "MUST", "SHOULD", "operations", "what a user would notice most"]
    lines = [row(heads), row(["---", "---", "---", "--:", "--:", "--:", "---"])]
    for one in sorted(results, key=lambda one: (one.client, one.version)):
        marks = [(one.is_recorded, "recorded run"), (not one.is_complete, "incomplete run")]
        marked = ", ".join(mark for holds, mark in marks if holds)
        client = f"{escape(one.client)}{f' ({marked})' if marked else ''}"
        cells = [
            escape(f"v{one.version}")[1:],
            escape(one.language),
            one.must,
            one.should,
            one.operations,
            escape(one.noticed),
        ]
        lines.append(row([client, *cells]))
    return "\n".join(lines) + "\n"


def page(results: Sequence[Result]) -> str:
    """The page with the table, and when and by which profile it was measured."""
    profiles = ", ".join(sorted({one.profile for one in results}))
    days = sorted({one.started for one in results})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return (
        "# Results\n\n"
        f"Made by `make results`: profile {profiles}, measured {when}. A figure is *passed of what applies*: checks\n"
        "that a client's operations rule out are not in it, so the figures of a client with few operations say little\n"
        "of the rest. The failures of each client, with their reasons, are in `bundled/<client>/expectations.yaml`. A\n"
        "recorded run was made elsewhere and is kept as `bundled/<client>/parity.json`.\n\n"
        f"{table(results)}"
    )


def with_results(readme: str, results: Sequence[Result]) -> str:
    """The README with its table made again; unchanged if it has no place for one."""
    return _SECTION.sub(lambda match: match[1] + table(results) + match[2], readme)


def main(arguments: Sequence[str]) -> int:
    """Write the page and the README's table. Returns the exit code."""
    try:
        results = [read(Path(name)) for name in arguments]
        if not any(one.client == "hf_hub_ex" for one in results):
            results.append(read(RECORDED, is_recorded=True))
    except ResultsError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    PAGE.write_text(page(results), "utf-8")
    README.write_text(with_results(README.read_text("utf-8"), results), "utf-8")
    print(f"{PAGE}: {len(results)} clients")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
