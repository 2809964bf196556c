"""A recording that is broken off by hand, killed, or begun twice; and repositories of every kind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.hub.repositories import AREAS
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.proxy import RecordError
from conformance.record.recipe import NOT_WANTED, Recipe, RecipeError, Wanted, read, text_of
from conformance.replay import ReplayHub
from conformance.replay.truth import FileTruth
from conformance.selftest.imitation import Imitation, Manners, grown, typical
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.traffic.cassette import load, recover
from conformance.traffic.exchange import Request, Response
from conformance.traffic.manifest import MANIFEST
from conformance.traffic.recording import Recording
from conformance.traffic.stored import StoredExchange, head_of, is_left_out


def slowly(_: Request, response: Response) -> Response:
    time.sleep(0.02)
    return response


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "conformance", "record", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})


@pytest.mark.slow(seconds=10)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_broken_off_and_gone_on(number: signal.Signals, tmp_path: Path) -> None:
    """130 for Ctrl-C; whatever ended it, `--again` asks for the rest, and the old recording stays until then."""
    target = tmp_path / "x"
    with Imitation([grown()], Manners(plant=slowly)) as hub:
        running = started("my-org/grown", "--upstream", hub.url, "--to", str(target))
        deadline = time.monotonic() + 60
        while len(hub.asked) < 60 and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        _, said = running.communicate(timeout=30)
        assert running.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
        assert not target.exists()
        if number == signal.SIGINT:
            assert f"to continue: hub-conformance record --again {target}" in said
            assert "Traceback" not in said
        before = len(hub.asked)
        result = CliRunner().invoke(main, ["record", "--again", str(target)])
        assert result.exit_code == 0, result.output
        rest = len(hub.asked) - before
        again = CliRunner().invoke(main, ["record", "--again", str(target)])
        assert again.exit_code == 0, again.output
        assert rest < len(hub.asked) - before - rest, "what was there already was asked for again"
    assert list(tmp_path.iterdir()) == [target]


def test_killed_between_two_renames(tmp_path: Path) -> None:
    """The old recording lies beside its place, and is put back before anything else."""
    target = tmp_path / "x"
    with Imitation([typical()]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        session.record(recipe, target, {})
        (tmp_path / ".x-abcdef").mkdir()
        target.rename(tmp_path / ".x-abcdef" / "old")
        hub.manners = Manners(breaks_after=len(hub.asked) * 2)
        hub.stand_in = type(hub.stand_in)([], origins=hub.stand_in.origins)
        with pytest.raises(RecordError):
            session.record(recipe, target, {})
    assert load(target).repositories[0].repo_id == "my-org/typical"


@pytest.mark.parametrize("name", ["x", "a*[b]?", "x.y"])
def test_what_another_recorder_left_is_not_taken(name: str, tmp_path: Path) -> None:
    """The folder of a recording whose name only begins so: a kill left it, or its recorder is at work."""
    other = tmp_path / f".{name}-more-abcd1234" / "old"
    mine = tmp_path / f".{name}-abcd1234" / "old"
    for folder in (other, mine):
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text(folder.parent.name)
    recover(tmp_path / name)
    assert (tmp_path / name / MANIFEST).read_text() == mine.parent.name
    assert (other / MANIFEST).read_text() == other.parent.name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, other.parent.name])


def test_a_recording_in_progress_is_not_committed(tmp_path: Path) -> None:
    """What it has so far still tells who records."""
    with Imitation([typical()], Manners(breaks_after=20)) as hub, pytest.raises(RecordError):
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        session.record(recipe, tmp_path / "x", {}, patience=Patience(lambda _: None))
    assert (tmp_path / ".x.partial" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / ".x.partial").stat().st_mode & 0o077 == 0  # nor read by others of this machine


def recorded(hub: Imitation, folder: Path, wanted: Wanted, **settings: Any) -> ReplayHub:
    return ReplayHub(session.record(Recipe(hub.url, (wanted,), **settings), folder, settings.pop("environment", {})))


@pytest.mark.parametrize("repo_type", ["model", "space"])
def test_other_types(repo_type: Any, tmp_path: Path) -> None:
    wanted = Wanted("my-org/typical", repo_type)
    with Imitation([typical(repo_type=repo_type)]) as hub, recorded(hub, tmp_path / "x", wanted) as served:
        assert served.repo("my-org/typical").type == repo_type
        assert served.repo("my-org/typical").large_file() is not None


def test_some_files_alone(tmp_path: Path) -> None:
    """The contents of the others are left out; their sizes and digests stay."""
    wanted = Wanted("my-org/grown", only=("*.md", "data/test-*"))
    with Imitation([grown()]) as hub, recorded(hub, tmp_path / "x", wanted) as served:
        files = served.repo("my-org/grown").files()
    assert {path for path, file in files.items() if file.is_kept} == {"README.md", "data/test-00000-of-00001.parquet"}
    assert len(files) == 5


@pytest.mark.parametrize("pattern", ["data/test*", "*.md", "*.txt"])
@pytest.mark.parametrize(
    ("settings", "callers"),
    [
        ({"gated": "manual"}, ("granted",)),
        ({"gated": "manual"}, ("granted", "reader", "pending")),
        ({"private": True}, ("owner", "granted")),
        ({}, ("reader",)),
    ],
)
def test_some_files_of_a_repository_alone(
    settings: Any, callers: tuple[str, ...], pattern: str, tmp_path: Path
) -> None:
    """A Hub answers for a gated or private git file with the file itself: it is not kept for any caller."""
    wanted = Wanted("my-org/typical", only=(pattern,))
    tokens = {name: REAL_TOKENS[name] for name in callers}
    recipe = Recipe("", (wanted,), callers={name: name for name in callers})
    with Imitation([typical(**settings)]) as hub:
        recording = session.record(replace(recipe, upstream=hub.url), tmp_path / "x", tokens)
    with ReplayHub(recording) as served:
        files = served.subject.files()
    kept = {path: file.body for path, file in files.items() if file.is_kept}
    assert kept
    assert [path for path in kept if not fnmatchcase(path, pattern)] == []
    assert {note.what for note in recording.left_out if note.why == NOT_WANTED} >= files.keys() - kept.keys()
    heads = [head_of(one) for one in recording.exchanges]
    contents = [one for one in recording.exchanges if isinstance(one, StoredExchange)]
    assert {one.response.body for one in contents} <= {file.body for file in all_files(recording) if file.is_kept}
    assert all(head.body == b"" for head in heads if is_left_out(head))


def all_files(recording: Recording) -> list[FileTruth]:
    """Every file of every commit that is recorded whole."""
    found = []
    with ReplayHub(recording) as served:
        for sha in {*served.subject.commits, *served.subject.refs.values()}:
            with contextlib.suppress(LookupError):
                found += list(served.subject.files(sha).values())
    return found


def test_what_is_not_wanted_is_not_thinned(tmp_path: Path) -> None:
    """The beginning of a large file is kept only where a pattern matches it."""
    wanted = Wanted("my-org/typical", only=("data/test*",))
    with Imitation([typical()]) as hub:
        recording = session.record(Recipe(hub.url, (wanted,), largest=20_000, large="thin"), tmp_path / "x", {})
    assert {thin.path for thin in recording.thinned} == {"data/test-00000-of-00001.parquet"}


def test_a_pinned_revision(tmp_path: Path) -> None:
    """It is recorded whole, though the walk would not choose it."""
    with Imitation([grown()]) as hub:
        commits = [commit.sha for commit in hub.stand_in._by_name["dataset", "my-org/grown"].head.history()]
        with recorded(hub, tmp_path / "x", Wanted("my-org/grown", revisions=(commits[9],)), commits=2) as served:
            assert served.repo("my-org/grown").files(commits[9])["README.md"].is_kept
        with pytest.raises(RecordError, match="has no revision 'nowhere'"):
            recorded(hub, tmp_path / "y", Wanted("my-org/grown", revisions=("nowhere",)))


def test_a_disabled_repository(tmp_path: Path) -> None:
    """Its information says so; a Hub that merely refuses is another thing."""
    with Imitation([typical(disabled=True)]) as hub, recorded(hub, tmp_path / "x", Wanted("my-org/typical")) as served:
        assert served.repo("my-org/typical").info()["disabled"] is True


def test_a_missing_repository(tmp_path: Path) -> None:
    with Imitation([typical()]) as hub, pytest.raises(RecordError, match="answered 401 to the caller anonymous"):
        recorded(hub, tmp_path / "x", Wanted("my-org/nothing"))
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_is_not_allowed(tmp_path: Path) -> None:
    with Imitation([typical(private=True)]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), callers={"reader": "T"})
        with pytest.raises(RecordError, match="to the caller anonymous, reader"):
            session.record(recipe, tmp_path / "x", {"T": REAL_TOKENS["reader"]})


def test_an_area_of_the_suite_from_a_url(tmp_path: Path) -> None:
    """The suite's own areas by their names, from a Hub elsewhere, to a folder that is named."""
    with Imitation(AREAS["gsm8k"]()) as hub:
        options = ["record", "gsm8k", "--upstream", hub.url, "--to", str(tmp_path / "x")]
        result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    (repository,) = load(tmp_path / "x").repositories
    assert (repository.repo_id, repository.former_name) == ("openai/gsm8k", "gsm8k")


def test_a_recipe_is_read_as_it_was_written(tmp_path: Path) -> None:
    wanted = (Wanted("a/b", "model", ("main", "refs/pr/1"), ("*.json", 'we"ird\\[x]'), "old"), Wanted("c/d"))
    recipe = Recipe("https://hub.test", wanted, 7, 0, 5_000_000, "thin", {"owner": "MY_TOKEN", "reader": "HF_TOKEN"})
    (tmp_path / "recipe.toml").write_text(text_of(recipe), "utf-8")
    assert read(tmp_path / "recipe.toml") == recipe


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = [",
        'upstream = "https://hub.test"\nrepositories = 5',
        'upstream = "https://hub.test"\nrepositories = []',
        'upstream = "ftp://hub.test"\n[[repositories]]\nrepo_id = "a/b"',
        'upstream = "https://hub.test"\ncommits = 0\n[[repositories]]\nrepo_id = "a/b"',
        'upstream = "https://hub.test"\nother = 0\n[[repositories]]\nrepo_id = "a/b"',
        'upstream = "https://hub.test"\n[[repositories]]\nrepo_id = "../b"',
        'upstream = "https://hub.test"\n[[repositories]]\nrepo_id = 5',
        'upstream = 5\n[[repositories]]\nrepo_id = "a/b"',
        'upstream = "https://hub.test"\ncallers = 5\n[[repositories]]\nrepo_id = "a/b"',
    ],
)
def test_a_recipe_that_cannot_be_used(text: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(text, "utf-8")
    with pytest.raises(RecipeError):
        read(tmp_path / "recipe.toml")
