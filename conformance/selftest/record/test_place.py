"""Where a recording goes: one recorder at a time, and nothing of anybody else's is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.record.place import PlaceError, taken
from conformance.selftest.imitation import Imitation, Manners, grown, typical
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Request, Response


@pytest.fixture(scope="module")
def hub() -> Iterator[Imitation]:
    with Imitation([typical()]) as served:
        yield served


def record(hub: Imitation, target: Path, repo_id: str = "my-org/typical") -> Result:
    return CliRunner().invoke(main, ["record", repo_id, "--upstream", hub.url, "--to", str(target)])


def slowly(_: Request, response: Response) -> Response:
    time.sleep(0.05)
    return response


def test_two_recorders_in_one_folder(tmp_path: Path) -> None:
    """The second ends with one line and exit code 2; the first is not disturbed, and leaves no lock."""
    target = tmp_path / "x"
    with Imitation([grown(commits=4, pulls=0)], Manners(plant=slowly)) as hub:
        words = ["record", "my-org/grown", "--upstream", hub.url, "--to", str(target)]
        first = subprocess.Popen([sys.executable, "-m", "conformance", *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(hub.asked) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        second = CliRunner().invoke(main, words)
        assert (second.exit_code, first.poll()) == (2, None), second.output
        assert second.output.count("\n") == 1
        assert "another `hub-conformance record` writes there" in second.output
        assert first.wait(60) == 0
        assert CliRunner().invoke(main, words).exit_code == 0
    assert list(tmp_path.iterdir()) == [target]


def test_a_lock_of_one_that_was_killed(hub: Imitation, tmp_path: Path) -> None:
    """It is in nobody's way."""
    (tmp_path / ".x.lock").touch()
    assert record(hub, tmp_path / "x").exit_code == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_both_ways_to_one_folder(tmp_path: Path) -> None:
    """A link to the folder above it is the same place."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with taken(tmp_path / "real" / "x"), pytest.raises(PlaceError), taken(tmp_path / "link" / "x"):
        pass
    with taken(tmp_path / "real" / "x"), taken(tmp_path / "real" / "y"):
        pass


@pytest.mark.parametrize("what", ["my-org/typical", "contract"])
def test_a_folder_that_is_no_recording(what: str, hub: Imitation, tmp_path: Path) -> None:
    """Somebody's files are not replaced by a recording."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work", "utf-8")
    options = ["--upstream", hub.url] if "/" in what else []
    result = CliRunner().invoke(main, ["record", what, *options, "--to", str(tmp_path / "thesis")])
    assert (result.exit_code, "holds other files and no recording" in result.output) == (2, True), result.output
    assert (tmp_path / "thesis" / "chapter.tex").read_text("utf-8") == "years of work"
    assert list(tmp_path.iterdir()) == [tmp_path / "thesis"]


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file", "utf-8")
    with pytest.raises(PlaceError, match="not a folder"), taken(tmp_path / "x"):
        pass
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_what_was_put_beside_a_recording_stays(hub: Imitation, tmp_path: Path) -> None:
    """A page that says why it was made is no part of it, and is kept; what it no longer holds is not."""
    target = tmp_path / "x"
    assert record(hub, target).exit_code == 0
    (target / "WHY.md").write_text("because\n", "utf-8")
    (target / "notes").mkdir()
    (target / "notes" / "a").write_text("b", "utf-8")
    (target / "gone.yaml").write_text("of an earlier version", "utf-8")
    assert record(hub, target).exit_code == 0
    assert (target / "WHY.md").read_text("utf-8") == "because\n"
    assert (target / "notes" / "a").read_text("utf-8") == "b"
    assert not (target / "gone.yaml").exists()
    assert load(target).repositories


def test_an_empty_folder_is_good(hub: Imitation, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    assert record(hub, tmp_path / "x").exit_code == 0
