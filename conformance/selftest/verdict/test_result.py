"""The result of a check: there and back as JSON, what is refused, and its names on a user's recording."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.run.measure import without
from conformance.run.recorded import Recorded
from conformance.verdict.decide import Verdict
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import Finding, Violation
from conformance.verdict.result import CheckResult, LoggedExchange

ENTRY = Expectation(("info/a*",), ("wrong-sha",), "it is old", "https://example.org/1", where="e.yaml:3")
EXCHANGE = LoggedExchange(
    0.5, 0.25, "hub", "GET", "/a", 200, 12, "recorded", request=(("accept", "*/*"),), response=(("etag", "x"),)
)
WHOLE = CheckResult(
    "info/a[gsm8k]",
    "MUST",
    "repo_info",
    True,
    "failed",
    Verdict(True, "expected failure", "it is old"),
    Finding("wrong-sha", "the sha is an old one", expected=["a", {"b": None}], seen=1.5),
    asked_by="dataset_info",
    requirement="The sha is new.",
    source="RFC 1",
    expected=ENTRY.as_shown(),
    violations=(Violation("wire/user-agent[gsm8k]", "no-user-agent", "m", as_expected=True),),
    wire=("GET /a",),
    curl=("curl /a",),
    command="hub-conformance run --port p 'info/a[gsm8k]'",
    output="half a pair: \ud800",
    duration=0.125,
    mutants=("stale-sha",),
    exchanges=(EXCHANGE, replace(EXCHANGE, status=None)),
)
PLAIN = CheckResult("info/b[gsm8k]", "SHOULD", "repo_info", False, "passed", Verdict(True, "passed"))


@pytest.mark.parametrize("result", [WHOLE, PLAIN, replace(WHOLE, exchanges=())], ids=["whole", "plain", "no-exchange"])
def test_there_and_back(result: CheckResult) -> None:
    """What another process reads is what was judged, by every field."""
    assert CheckResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_fields_of_a_newer_suite_are_left_out() -> None:
    """A stream with more fields is still read; a check without exchanges has none in its event."""
    assert CheckResult.from_json({**PLAIN.to_json(), "weather": "mild"}) == PLAIN
    assert "exchanges" not in PLAIN.to_json()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id", 7, "id is not a text: 7"),
        ("level", "must", "no level is called 'must'"),
        ("level", ["MUST"], "no level is called"),
        ("outcome", {}, "no outcome is called"),
        ("scored", 1, "scored is not true or false: 1"),
        ("duration", "1 s", "duration is not a number: '1 s'"),
        ("duration", True, "duration is not a number: True"),
        ("verdict", None, "verdict is not an object: None"),
        ("verdict", {"as_expected": True, "label": None, "message": ""}, "label is not a text: None"),
        ("finding", [], "finding is not an object"),
        ("finding", {"code": "c"}, "message is not a text"),
        ("violations", {}, "violations is not a list"),
        ("violations", [{"check": "a", "code": "b", "message": "c"}], "as_expected is not true or false"),
        ("wire", ["a", 1], "wire is not a list of texts"),
        ("wire", "GET", "wire is not a list"),
        ("expected", {"outcome": "failed"}, "expected is not an entry"),
        ("expected", {**ENTRY.to_json(), "outcome": "lost"}, "no entry expects 'lost'"),
        ("expected", {**ENTRY.to_json(), "expires": 3}, "expires is not a date: 3"),
        ("expected", {**ENTRY.to_json(), "expires": "soon"}, "soon"),
        ("exchanges", [{**EXCHANGE.to_json(), "status": "200"}], "status is not a whole number: '200'"),
        ("exchanges", [{**EXCHANGE.to_json(), "request": [["a"]]}], "request is not a list of pairs"),
        ("exchanges", [None], "exchanges is not an object"),
    ],
)
def test_another_form_is_refused(field: str, value: Any, says: str) -> None:
    """The message names the field, so that no report fails somewhere in the middle."""
    with pytest.raises(ValueError, match=re.escape(says)):
        CheckResult.from_json({**WHOLE.to_json(), field: value})


def test_an_entry_is_shown_without_the_checks_that_it_lists() -> None:
    """A result has the reason, and a rule's the places; the checks and versions are about other results, too."""
    entry = replace(ENTRY, seen_in=("info/*",), versions=">=2")
    places = ("info/*",)
    assert entry.as_shown() == Expectation(
        (), ENTRY.codes, ENTRY.reason, ENTRY.source, where="e.yaml:3", seen_in=places
    )
    assert entry.as_shown().to_json() == entry.to_json()


def test_names_on_a_users_recording() -> None:
    """Ids become those of the recording; what the port was seen to do stays, also where it looks like an id."""
    recorded = Recorded(Path("/r/My Data"))
    renamed = recorded.renamed(replace(WHOLE, finding=Finding("c", "m", seen=["info/a[gsm8k]"])))
    assert renamed.id == "info/a[my-data]"
    assert renamed.violations[0].check == "wire/user-agent[my-data]"
    assert renamed.finding == Finding("c", "m", seen=["info/a[gsm8k]"])
    assert Recorded().renamed(WHOLE) is WHOLE


def test_places_of_a_rule_on_a_users_recording() -> None:
    """The finding of a rule's own check names the checks in which it was broken, as the report calls them."""
    finding = Finding("no-user-agent", "m (seen in info/a[gsm8k])", seen=["probe", "info/a[gsm8k]", "… 3 more"])
    verdict = Verdict(False, "broken in another check", "the rule is broken in info/a[gsm8k], which its entry")
    rule = replace(WHOLE, id="wire/user-agent[gsm8k]", finding=finding, verdict=verdict)
    renamed = Recorded(Path("/r/mine")).renamed(rule)
    assert renamed.finding is not None
    assert renamed.finding.message == "m (seen in info/a[mine])"
    assert renamed.finding.seen == ["probe", "info/a[mine]", "… 3 more"]
    assert renamed.verdict.message == "the rule is broken in info/a[mine], which its entry"


def test_a_finding_holds_only_what_json_can() -> None:
    """Any other value is shown as text, without the folder of the run."""
    seen = without("/run/7", {"a": (1, b"x"), 3: Path("/run/7/file"), "n": None, "t": True})
    assert json.loads(json.dumps(seen)) == seen
    assert seen["a"] == [1, "b'x'"]
    assert "$DISK/file" in seen["3"]
