"""`hub-conformance list`, and the selectors that it shares with `run`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.catalogue import profiles
from conformance.catalogue.check import all_checks
from conformance.cli.main import main
from conformance.cli.selection import select
from conformance.errors import ConformanceError
from conformance.report.events import FILE_NAME
from conformance.selftest.report.conftest import KNOWN, check_event, make_run, write_stream

A_CHECK = "cache/moved-branch-is-seen[gsm8k]"


def listed(*words: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["list", *words, "--json"])
    assert result.exit_code == 0, result.output
    entries: list[dict[str, Any]] = json.loads(result.stdout)
    return entries


def test_checks_are_listed_by_area_level_operation_and_profile() -> None:
    """Each filter takes away; all of them hold together."""
    everything = [entry["check"] for entry in listed("checks")]
    assert everything == list(all_checks())
    few = listed("checks", "--area", "cache", "--level", "MUST", "--operation", "scan_cache_dir")
    assert few
    assert all(entry["check"].startswith("cache/") and entry["level"] == "MUST" for entry in few)
    oldest = profiles.names()[0]
    assert {entry["check"] for entry in listed("checks", "--profile", oldest)} <= profiles.load(oldest).checks


def test_areas_count_their_checks_by_level() -> None:
    """The numbers add up to the checks of the area."""
    for entry in listed("areas"):
        assert entry["MUST"] + entry["SHOULD"] + entry["MAY"] == entry["checks"] > 0
    assert sum(entry["checks"] for entry in listed("areas")) == len(all_checks())


def test_codes_say_what_they_mean_and_where_they_occur() -> None:
    """A code of a check, one of a rule for every request, and one that any check may end with."""
    codes = {entry["code"]: entry for entry in listed("codes")}
    assert "the blob is not named by the ETag" in codes["wrong-blob-name"]["meaning"]
    assert "auth" in codes["token-leaked"]["areas"]
    assert codes["no-user-agent"]["meaning"]
    assert codes["timed-out"]["areas"] == []


def test_ports_and_profiles_are_listed() -> None:
    """All that are bundled."""
    assert {"reference", "curl"} <= {entry["port"] for entry in listed("ports")}
    assert [entry["profile"] for entry in listed("profiles")] == profiles.names()


def test_without_a_terminal_each_entry_is_one_line() -> None:
    """So that grep and cut work on it."""
    result = CliRunner().invoke(main, ["list", "checks", "cache"])
    assert len(result.stdout.splitlines()) == 1 + sum(id.startswith("cache/") for id in all_checks())


@pytest.mark.parametrize(
    ("selector", "right"),
    [
        (A_CHECK, lambda id: id == A_CHECK),
        ("cache/moved-branch-is-seen", lambda id: id == A_CHECK),
        ("cache/*", lambda id: id.startswith("cache/")),
        ("cache", lambda id: id.startswith("cache/")),
        ("cache/", lambda id: id.startswith("cache/")),
        ("*[contract]", lambda id: id.endswith("[contract]")),
    ],
)
def test_a_selector_is_an_id_a_pattern_or_an_area(selector: str, right: Any) -> None:
    """Brackets of an id stand for themselves."""
    assert select(all_checks(), [selector]) == [id for id in all_checks() if right(id)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["cach"], "did you mean cache?"),
        (["cache/no-such-*"], "no check is called 'cache/no-such-*'"),
        (["--area", "cahce"], "no area is called 'cahce' (did you mean cache?)"),
        (["--operation", "whoami_"], "did you mean whoami?"),
    ],
)
def test_what_fits_no_check_is_refused(words: list[str], complaint: str) -> None:
    """In one line, with the nearest name, by `list` and by `run` alike."""
    for command in (["list", "checks"], ["run", "--port", "reference"]):
        result = CliRunner().invoke(main, [*command, *words])
        assert result.exit_code == 2
        assert complaint in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_what_failed_in_an_earlier_run(tmp_path: Path) -> None:
    """Failures, also expected ones, and what could not run; not what the port does not offer."""
    ids = list(all_checks())[:5]
    known = KNOWN.__class__((ids[1],), ("wrong-sha",), "r", "s")
    run = make_run(
        [
            check_event(ids[0], "failed"),
            check_event(ids[1], "failed", expected=known),
            check_event(ids[2], "passed"),
            check_event(ids[3], "unsupported", code="unsupported"),
            check_event(ids[4], "crashed"),
        ]
    )
    write_stream(tmp_path, run)

    assert select(all_checks(), failed_of=[tmp_path]) == [ids[0], ids[1], ids[4]]
    assert select(all_checks(), failed_of=[tmp_path / FILE_NAME]) == [ids[0], ids[1], ids[4]]


def test_no_selection_is_every_check() -> None:
    """And a filter that leaves nothing leaves nothing."""
    assert select(all_checks()) == list(all_checks())
    assert select(all_checks(), ["cache"], areas=["auth"]) == []


def test_an_unknown_area_of_a_selection_is_refused() -> None:
    """Before anything runs."""
    with pytest.raises(ConformanceError, match="no area is called"):
        select(all_checks(), areas=["nowhere"])
