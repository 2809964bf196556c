"""Words and figures that all reports share, and the one rendering of a check that needs attention."""

from __future__ import annotations

import difflib
import json
import math
import re
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from conformance.report.events import Run
from conformance.verdict.outcome import LEVELS, Finding
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, Tally

_LONGEST_BLOCK: Final = 40
_MOST_CURL_LINES: Final = 10
_LONGEST_LINE: Final = 240
_LONGEST_OUTPUT: Final = 1000
"""Characters of a line of the port's output."""
_LONG_QUERY: Final = re.compile(r"(\?[^\s\],]{24})[^\s\],]{16,}")
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
# What XML 1.0 forbids; a terminal has no use for it either.
_UNPRINTABLE = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u007f-\u009f]")


_DECEIVING = re.compile("[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""Marks of direction, which show a text in another order than it has, what has no width, so that two texts look alike,
and line ends that are not seen as such. (Joiners of letters and emoji are part of texts.)"""


def printable(text: str) -> str:
    """Text without terminal escapes and without characters that XML 1.0 forbids; line ends are line feeds."""
    plain = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _DECEIVING.sub(_escaped, _UNPRINTABLE.sub("", plain))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def percent(parity: float | None) -> str:
    """A parity of 0 to 1 as `97.5 %`, rounded down so that only a whole is 100; `0 of 0` for None."""
    # The inner rounding takes out what binary fractions add: 0.29 * 1000 is 289.99…
    return "0 of 0" if parity is None else f"{math.floor(round(parity * 1000, 6)) / 10:.1f} %"


def title(run: Run) -> str:
    """The port, the suite and the profile in one line."""
    port = run.start["port"]
    return printable(
        f"{port['name']} {port['version']} ({port['language']}) · "
        f"suite {run.start['suite']} · profile {run.start['profile']}"
    ).replace("\n", " ")


def recording_line(run: Run) -> str:
    """Which recording was measured on and where it comes from, in one line; empty for the bundled ones."""
    held = run.start.get("recording")
    if not isinstance(held, Mapping):  # an event stream may come from anywhere
        return ""
    name, upstream, provenance, recorded, thinned = (
        held.get(key, "unknown") for key in ("name", "upstream", "provenance", "recorded", "thinned")
    )
    line = f"measured on recording {name} of {upstream} ({_FROM.get(str(provenance), 'unknown origin')}) on {recorded}"
    if thinned:
        bodies = "1 body" if thinned == 1 else f"{thinned} bodies"
        line += f", {bodies} thinned: sizes and digests of these are not the Hub's"
    return " ".join(printable(line).split())[:_LONGEST_RECORDING]


_FROM: Final = {
    "hub": "the real Hub",
    "mirror": "a mirror of the Hub",
    "stand-in": "the suite's stand-in Hub",
}
_LONGEST_RECORDING: Final = 500


def base_line(run: Run, score: Score) -> str:
    """What passed of what applies, by level, and how much of the protocol the port offers: the base of the figure."""
    levels = [
        f"{level} {tally.counts['passed']} of {tally.base}" for level, tally in score.by_level.items() if tally.base
    ]
    offered = f"{len(run.start['operations'])} of {run.start['operations_of']} operations"
    return " · ".join([*levels, offered])


def parity_line(run: Run, score: Score) -> str:
    """The parity figure with its base, the counts that it is made of, and whether the run was complete."""
    if "hub" in run.start:
        counts = Counter(check.outcome.replace("_", " ") for check in run.checks)
        ends = ", ".join(f"{number} {outcome}" for outcome, number in counts.most_common())
        return f"tried with the {run.start['hub']} Hub, not scored: {ends or 'no check'}"
    total = score.total
    line = (
        f"parity {percent(total.parity)} of profile {run.start['profile']} ({base_line(run, score)}): "
        f"{total.counts['passed']} passed, {total.counts['failed']} failed, {total.no_verdict} without a verdict, "
        f"{total.not_offered} unsupported, {total.counts['not_applicable']} not applicable"
    )
    if score.complete:
        return line
    ended = sum(total.counts.values()) - total.could_not_run
    return f"{line}; incomplete: {ended} of the profile's {run.start['profile_checks']} checks ran"


COLUMNS: Final = ("passed", "failed", "no verdict", "unsupported", "parity")
"""The headings of a table of figures. Without a verdict are the applicable checks that neither passed nor failed."""


def figures(tally: Tally) -> list[str]:
    """The figures under `COLUMNS`."""
    counts = tally.counts
    numbers = (counts["passed"], counts["failed"], tally.no_verdict, tally.not_offered)
    return [*map(str, numbers), percent(tally.parity)]


def listings(run: Run) -> list[tuple[str, list[str]]]:
    """What a report lists beside the failures, as heading and lines; empty lists are left out."""
    every = {
        "Expected": [_expected(check) for check in run.checks if check.verdict.as_expected and _is_listed(check)],
        "Expected places in which a rule for every request is broken": run.end["known_violations"],
        "Unsupported": [_with_reason(check) for check in run.checks if check.verdict.label == "unsupported"],
        "Not applicable": [_with_reason(check) for check in run.checks if check.outcome == "not_applicable"],
        "Not in the profile, not scored": [
            f"{check.id}: {check.verdict.label}" for check in run.checks if not check.scored
        ],
        "There, but not claimed: name them in the welcome and in port.toml": _unclaimed(run),
        "Gate problems": run.end["gate_problems"],
    }
    return [(heading, [printable(line) for line in lines]) for heading, lines in every.items() if lines]


_KINDS: Final[dict[str, tuple[str, str]]] = {
    "failed": ("new failure", "new failures"),
    "unexpected pass": ("unexpected pass", "unexpected passes"),
    "fails for another reason": ("changed failure", "changed failures"),
    "another outcome": ("changed outcome", "changed outcomes"),
    "declined": ("declined call", "declined calls"),
    "expired": ("expired entry", "expired entries"),
    "stale: unsupported": ("stale entry", "stale entries"),
}
"""Labels of verdicts in words, one and many; any other is shown unchanged."""


def gate_line(run: Run) -> str:
    """What the run's exit code means."""
    code = run.end["exit_code"]
    if "hub" in run.start and code == 0:
        return f"gate: none, since the {run.start['hub']} Hub answered, and no recording (exit code 0)"
    meanings = {0: "as expected", 1: "not as expected", 2: "the suite itself broke", 3: "incomplete"}
    return f"gate: {meanings[code]} (exit code {code})"


def attention_line(run: Run) -> str:
    """What is not as expected, counted by kind: `12 new failures (10 MUST, 2 SHOULD), 3 unexpected passes`."""
    attention = [check for check in run.checks if not check.verdict.as_expected]
    kinds = Counter(check.verdict.label for check in attention)
    parts = []
    for label, count in kinds.most_common():
        one, many = _KINDS.get(label, (label, label))
        levels = Counter(check.level for check in attention if check.verdict.label == label)
        by_level = ", ".join(f"{levels[level]} {level}" for level in LEVELS if levels[level])
        parts.append(f"{count} {one if count == 1 else many} ({by_level})")
    problems = len(run.end["gate_problems"])
    if problems:
        parts.append(f"{problems} gate problem{'s' if problems > 1 else ''}")
    return ", ".join(parts) or "nothing"


def failure_text(check: CheckResult) -> str:
    """Everything needed to understand a check that did not do as it should, as plain text without escapes.

    In this order: id, level and operation; verdict and what to do; the requirement and its source; the
    finding with what was expected and seen; the requests; curl lines that repeat them against
    `hub-conformance serve`, which prints `$HUB` and `$CDN`; the command that runs this check alone; the port's output.
    Long blocks and long queries are shortened, equal requests counted; the event stream has them whole.
    """
    verdict = check.verdict
    finding = check.finding
    label = verdict.label if verdict.label != "could not run" else f"could not run, {check.outcome}"
    asked = check.operation
    if check.asked_by != check.operation:
        asked += f", asked by {check.asked_by}"
    parts = [
        f"{check.id}  {check.level}  {asked}{'' if check.scored else '  (not scored)'}",
        _field("verdict", f"{label}{': ' + verdict.message if verdict.message else ''}"),
        _field("requirement", check.requirement),
        _field("source", check.source),
    ]
    if finding is not None:
        parts += [_field("finding", f"[{finding.code}] {finding.message}"), *_comparison(finding)]
    parts += _block("requests", counted(map(brief, check.wire)) or ["(no request)"])
    parts += _block("run this check alone", [check.command])
    serve = f"hub-conformance serve {shlex.quote(check.id)}"
    name = f"repeat by hand ($HUB and $CDN: as {serve} prints them)"
    parts += _block(name, [line for line, _ in groupby(check.curl)], _MOST_CURL_LINES)
    output = (line[:_LONGEST_OUTPUT] for line in check.output.splitlines())
    parts += _block("port's output", output)
    return printable("\n".join(parts))


def _unclaimed(run: Run) -> list[str]:
    capabilities = run.start["capabilities"]
    return capabilities["unclaimed"] if capabilities else []


def _is_listed(check: CheckResult) -> bool:
    return check.outcome in ("failed", "inconclusive", "unrecorded") or check.verdict.label == "expected decline"


def _expected(check: CheckResult) -> str:
    entry, finding = check.expected, check.finding
    if entry is None:
        return check.id
    code = finding.code if finding else check.outcome
    until = f", until {entry.expires}" if entry.expires else ""
    return " ".join(f"{check.id}: [{code}] {entry.reason} ({entry.source}{until})".split())


def _with_reason(check: CheckResult) -> str:
    finding = check.finding
    return f"{check.id}: {' '.join(finding.message.split())}" if finding else check.id


def _field(name: str, value: str) -> str:
    """`name: value`, indented by two, further lines by four."""
    return textwrap.indent(f"{name}: {value}", "    ")[2:]


def brief(line: str) -> str:
    """A line of a wire log with long queries cut, `?Expires=1…`, and at most `_LONGEST_LINE` characters."""
    line = _LONG_QUERY.sub(r"\1…", line)
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


def counted(lines: Iterable[str]) -> list[str]:
    """Lines of a wire log; repeated lines that differ only in time become one line with a count."""
    shown = []
    for _, same in groupby(lines, key=lambda line: line.strip().partition(" ")[2]):
        first, *others = same
        shown.append(f"{first}  ({len(others) + 1} times)" if others else first)
    return shown


def _block(name: str, lines: Iterable[str], longest: int = _LONGEST_BLOCK) -> list[str]:
    shown = list(lines)
    if not shown:
        return []
    left_out = len(shown) - longest
    if left_out > 0:
        shown = [*shown[:longest], f"… {left_out} more lines in events.ndjson"]
    return [f"  {name}:", *(f"    {line}" for line in shown)]


def _comparison(finding: Finding) -> list[str]:
    if finding.expected is None and finding.seen is None:
        return []
    missing, surplus = _only(finding.expected, "missing"), _only(finding.seen, "not expected")
    if missing is not None and surplus is not None:
        return [*_block("missing", map(_value, missing)), *_block("not expected", map(_value, surplus))]
    if finding.expected in ([], {}) and isinstance(finding.seen, list) and finding.seen:
        return ["  expected: none", *_block("seen", (brief(_plain(one)) for one in finding.seen))]
    expected, seen = _value(finding.expected), _value(finding.seen)
    if "\n" not in expected and "\n" not in seen:
        return [f"  expected: {expected}", f"  seen:     {seen}"]
    difference = difflib.unified_diff(expected.splitlines(), seen.splitlines(), "expected", "seen", lineterm="", n=3)
    return _block("expected (-) and seen (+)", difference)


def _only(value: Any, key: str) -> list[Any] | None:
    """The list under the one key that a mapping has; None for any other value."""
    is_it = isinstance(value, dict) and list(value) == [key] and isinstance(value[key], list)
    return value[key] if is_it else None


def _plain(value: Any) -> str:
    """An entry of a list: a text as it is, anything else as JSON on one line."""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _value(value: Any) -> str:
    """A JSON value to read: a string with its quotes, a small value on one line, a large one on many."""
    if value is None:
        return "(nothing)"
    short = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return short if len(short) <= 90 else json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2)
