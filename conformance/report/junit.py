"""The run as JUnit XML, one test case a check, for what shows test results in CI."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree

from conformance.report.events import Run
from conformance.report.text import base_line, failure_text, printable, recording_line
from conformance.verdict.result import CheckResult

LARGEST_TEXTS: Final = 10_000_000
"""Characters of all failures' texts. What shows test results refuses large files: GitLab those above 30 MB."""
_LONGEST_TEXT: Final = 20_000
_LONGEST_MESSAGE: Final = 1_000
_CUT: Final = "… cut: events.ndjson has it whole"


def render(run: Run) -> str:
    """A `testsuites` document with one suite.

    What fails the gate is a `failure`, what could not run an `error`. Unsupported checks and expected failures are
    `skipped` and say why; so is whatever went wrong in a check that the profile does not list. What is wrong beside
    the checks is a case of the class `gate`: a `failure`, or an `error` where the suite itself broke. Long texts are
    cut, and those beyond `LARGEST_TEXTS` left out, so that the size has a limit whatever a port answers.
    """
    cases = [_case(check) for check in run.checks]
    cases += [_problem(problem) for problem in run.end["gate_problems"]]
    suite = ElementTree.Element(
        "testsuite",
        name=printable(f"hub-conformance {run.start['port']['name']}"),
        timestamp=run.start["started"],
        time=f"{sum(check.duration for check in run.checks):.3f}",
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
    )
    port = run.start["port"]
    _properties(
        suite,
        {
            "suite": run.start["suite"],
            "profile": run.start["profile"],
            "port": port["name"],
            "port version": port["version"],
            "language": port["language"],
            "base": base_line(run, run.score()),
            **({"recording": recording_line(run)} if recording_line(run) else {}),
        },
    )
    _keep_within(cases, LARGEST_TEXTS)
    suite.extend(cases)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    document: str = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return document + "\n"


def _case(check: CheckResult) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=check.id.partition("/")[0],
        name=printable(check.id),
        time=f"{check.duration:.3f}",
    )
    case.attrib.update(_place(check.expected.where if check.expected else ""))
    _properties(case, {key: str(getattr(check, key)) for key in ("id", "level", "operation", "source")})
    verdict = check.verdict
    if verdict.label == "passed":
        return case
    finding = check.finding
    reason = verdict.message or (finding.message if finding else "")
    message = f"{verdict.label}: {reason}" if reason else verdict.label
    if verdict.as_expected:
        ElementTree.SubElement(case, "skipped", message=_short(message))
    elif not check.scored:
        ElementTree.SubElement(case, "skipped", message=_short(f"not scored: {message}"))
    else:
        kind = "error" if verdict.label == "could not run" else "failure"
        element = ElementTree.SubElement(case, kind, message=_short(message), type=_type(check))
        element.text = _cut(failure_text(check), _LONGEST_TEXT)
    return case


def _problem(problem: str) -> ElementTree.Element:
    """A case for something that is wrong beside the checks."""
    name = _short(problem.partition("\n")[0])
    case = ElementTree.Element("testcase", classname="gate", name=name, time="0")
    case.attrib.update(_place(problem))
    kind = "error" if problem.startswith("the suite itself broke") else "failure"
    ElementTree.SubElement(case, kind, message=name).text = _cut(printable(problem), _LONGEST_TEXT)
    return case


def _keep_within(cases: list[ElementTree.Element], largest: int) -> None:
    """Leave out the texts of the last cases; their messages stay."""
    left = largest
    for element in (element for case in cases for element in case if element.text):
        left -= len(element.text or "")
        if left < 0:
            element.text = _CUT


def _short(message: str) -> str:
    return _cut(printable(message), _LONGEST_MESSAGE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}{_CUT}"


def _place(where: str) -> dict[str, str]:
    """File and line, from a text that begins with `expectations.yaml:12`; empty for any other."""
    found = re.match(r"([^:\n]+\.ya?ml):(\d+)", where)
    return {"file": printable(found[1]), "line": found[2]} if found else {}


def _type(check: CheckResult) -> str:
    finding = check.finding
    return printable(finding.code) if finding else check.outcome


def _properties(parent: ElementTree.Element, values: dict[str, str]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=printable(value))


def _count(cases: list[ElementTree.Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))
