"""Write the site: one HTML page for each thing to look at, a style sheet, and a script that only filters and sorts."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import jinja2

from conformance import __version__
from conformance.report import text
from conformance.report.causes import code_of
from conformance.report.events import ReportError
from conformance.report.harm import HARMS
from conformance.report.merge import Measured
from conformance.report.site import model, wire
from conformance.verdict.result import CheckResult

_NAME: Final = "hf-hub-conformance"
_FOOTER: Final = f"<footer>{_NAME} "
"""Stands at the end of every page."""
_END: Final = 1000
_TEMPLATES: Final = Path(__file__).with_name("templates")
_STATIC: Final = ("site.css", "site.js")
_MARKS: Final = (
    ("p", "passed"),
    ("f", "failed, not as expected"),
    ("e", "failed, as expected"),
    ("x", "could not run"),
    ("u", "not offered"),
    ("n", "not run"),
)
_ROOM: Final = 250_000
"""Characters for the requests of all ports: a site is to be opened, kept and sent without a second thought."""
_VALUES: Final = 180_000
"""Characters for what was expected and seen, of all ports; the more failures, the shorter is each value."""
_LONGEST_VALUE: Final = 700
_SHORTEST_VALUE: Final = 60
_MARKUP: Final = 150
"""Characters of the markup of a request, roughly."""
_HEADING: Final = 300
_Wire: TypeAlias = "tuple[CheckResult, list[wire.Row], int]"
_SHORT: Final = {"p": "pass", "u": "-", "n": " ", "f": "pass?", "e": "", "x": ""}
"""What a cell says without a finding: `pass?` is an unexpected pass."""


def build(measured: Sequence[Measured], folder: Path, plans: Mapping[str, str] | None = None) -> Path:
    """Write the site into a folder; pages of an earlier site there are replaced.

    Args:
        measured: the ports, each with its run and the one before.
        plans: what a port's authors plan, by the port's name, as plain text.

    Returns:
        The first page.

    Raises:
        ReportError: there is nothing to show, or the folder cannot be written.
    """
    if not measured:
        raise ReportError("there is no report to show", "name at least one")
    ports = model.ports_of(measured, plans or {})
    rows = model.rows_of(ports)
    areas = sorted({row.area for row in rows})
    wires = {port.slug: _wires(port, _ROOM // len(ports)) for port in ports}
    wired = {(slug, check.id) for slug, own in wires.items() for check, _, _ in own}
    failures = sum(len(row.failures) for row in rows)
    longest = max(_SHORTEST_VALUE, min(_LONGEST_VALUE, _VALUES // (2 * max(failures, 1))))
    environment = _environment(ports, areas, longest)
    pages = {
        "index.html": environment.get_template("index.html").render(harms=HARMS, profiles=_profiles(ports)),
        "checks.html": environment.get_template("checks.html").render(
            by_area=[(area, [row for row in rows if row.area == area]) for area in areas],
            operations=sorted({row.operation for row in rows}),
            codes=sorted({cell.word for row in rows for _, cell in row.cells if cell.mark in model.FAILED}),
            marks=_MARKS,
            short=_SHORT,
        ),
    }
    for area in areas:
        own = [row for row in rows if row.area == area]
        pages[f"area-{area}.html"] = environment.get_template("area.html").render(area=area, rows=own, wired=wired)
    for port in ports:
        own_wires = wires[port.slug]
        pages[f"port-{port.slug}.html"] = environment.get_template("port.html").render(
            port=port, loop_port=ports.index(port)
        )
        pages[f"wire-{port.slug}.html"] = environment.get_template("wire.html").render(
            port=port,
            checks=own_wires,
            lanes=wire.LANES,
            left_out=sum(bool(check.wire) for cause in port.causes for check in cause.checks) - len(own_wires),
        )
    try:
        _write(folder, pages)
    except OSError as error:
        raise ReportError(f"{folder} cannot hold the site", str(error)) from error
    return folder / "index.html"


def _environment(ports: Sequence[model.PortPage], areas: Sequence[str], longest: int) -> jinja2.Environment:
    """Every value is escaped: a port's own texts are shown, never read as markup."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    began = max(port.run.start["started"] for port in ports)
    environment.globals.update(
        ports=ports,
        areas=areas,
        generated=f"{_NAME} {__version__} · newest run of {began[:19]}",
        anchor=model.anchor,
        printable=text.printable,
        value_of=functools.partial(model.value_of, longest=longest),
        message=_message,
    )
    return environment


def _shown(value: Any) -> Any:
    """Every text as it can be shown, wherever a template puts it; what a template itself made stays."""
    return text.printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _message(check: CheckResult) -> str:
    finding = check.finding
    said = finding.message if finding else check.verdict.message or code_of(check)
    return text.printable(" ".join(said.split()))[:400]


def _profiles(ports: Sequence[model.PortPage]) -> str:
    names = sorted({text.printable(port.run.start["profile"]) for port in ports})
    return f"Profile{'s' if len(names) > 1 else ''} {', '.join(names)}."


def _wires(port: model.PortPage, room: int) -> list[_Wire]:
    """The requests of the checks that did not pass, by id, as far as there is room for them.

    Each cause has one check before any has two, the heaviest first.

    Args:
        room: how many characters the rows may have.
    """
    longest = max((len(cause.checks) for cause in port.causes), default=0)
    turns = [cause.checks[at] for at in range(longest) for cause in port.causes if at < len(cause.checks)]
    shown: list[_Wire] = []
    for check in turns:
        if not check.wire:
            continue
        rows, more = wire.rows_of(check)
        room -= sum(map(_length, rows)) + _HEADING
        if room < 0:
            break
        shown.append((check, rows, more))
    return sorted(shown, key=lambda one: one[0].id)


def _length(row: wire.Row) -> int:
    headers = sum(len(name) + len(value) + 10 for name, value in (*row.request, *row.response))
    return len(row.target) + len(row.note) + len(row.curl) + headers + _MARKUP


def _is_ours(page: Path) -> bool:
    """Whether a page is one of a site that this module wrote."""
    with page.open("rb") as file:
        file.seek(max(0, page.stat().st_size - _END))
        return _FOOTER.encode() in file.read()


def _write(folder: Path, pages: Mapping[str, Any]) -> None:
    """Write the site in place of an earlier one.

    Raises:
        ReportError: a file of another kind stands where a page is to go; nothing was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in pages:
        if (folder / name).exists() and not _is_ours(folder / name):
            raise ReportError(f"{folder / name} is not a page of a report", "give another folder; nothing was written")
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder) as scratch:
        whole = Path(scratch)
        for name, page in pages.items():
            (whole / name).write_text(page, encoding="utf-8", errors="backslashreplace", newline="\n")
        for name in _STATIC:
            shutil.copyfile(_TEMPLATES / name, whole / name)
        for old in folder.glob("*.html"):
            if old.name.partition("-")[0] in ("area", "port", "wire") and old.name not in pages and _is_ours(old):
                old.unlink()
        for path in whole.iterdir():
            path.replace(folder / path.name)
