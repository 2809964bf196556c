"""Recipes that people edit, options beside them, and folders that are links or full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.record.recipe import RecipeError, read
from conformance.selftest.imitation import Imitation, typical
from conformance.traffic.cassette import load

RECIPE = """upstream = "https://hub.test/"
commits = 5
largest = 1000000
large = "drop"

[callers]
reader = "HF_TOKEN"

[[repositories]]
repo_id = "my-org/typical"
repo_type = "dataset"
only = ["data/*"]
"""


@pytest.fixture(scope="module")
def hub() -> Iterator[Imitation]:
    with Imitation([typical()]) as opened:
        yield opened


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_recipe_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace("commits = 5", "commits = 2.0"))
    found = read(path)
    assert (found.upstream, found.commits, found.pulls) == ("https://hub.test", 2, 3)
    assert found.repositories[0].only == ("data/*",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["data/*"]', '"data/*"', "repositories.0.only: 'data/*' is not of type 'array'"),
        ("only", "revisions", None),
        ('only = ["data/*"]', 'revisions = "main"', "repositories.0.revisions: 'main' is not of type 'array'"),
        ('only = ["data/*"]', "revisions = [5]", "repositories.0.revisions.0: 5 is not of type 'string'"),
        ("commits = 5", "commits = 2.5", "commits: 2.5 is not of type 'integer'"),
        ("commits = 5", "commits = true", "commits: True is not of type 'integer'"),
        ("commits = 5", 'commits = "5"', "commits: '5' is not of type 'integer'"),
        ("largest = 1000000", "largest = 1500.5", "largest: 1500.5 is not of type 'integer'"),
        ("commits", "comits", "unknown key 'comits' (did you mean commits?)"),
        ("repo_type", "repo_typ", "repositories.0: unknown key 'repo_typ' (did you mean repo_type?)"),
        ("reader =", "raeder =", "'raeder': not a caller that the suite knows"),
        ('reader = "HF_TOKEN"', "reader = 5", "callers.reader: 5 is not of type 'string'"),
        (
            "[[repositories]]",
            '[[repositories]]\nrepo_id = "My-Org/typical"\n[[repositories]]',
            "my-org/typical: named twice",
        ),
    ],
)
def test_a_recipe_that_cannot_be_used(old: str, new: str, said: str | None, tmp_path: Path) -> None:
    """It says the key and what is wrong with it; nothing is taken for something else."""
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace(old, new, 1))
    if said is None:
        read(path)
        return
    with pytest.raises(RecipeError) as refused:
        read(path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--commits", "2"], "leave out --commits,"),
        (["--type", "dataset"], "leave out --type,"),
        (["--upstream", "http://127.0.0.1:9", "--largest", "1M"], "leave out --upstream, --largest,"),
        (["my-org/typical"], "leave out the name,"),
    ],
)
def test_options_that_again_would_ignore_are_refused(words: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    result = run("record", *words, "--again", tmp_path)
    assert (result.exit_code, said in result.output) == (2, True), result.output


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_to_a_folder_stays_a_link(is_there: bool, hub: Imitation, tmp_path: Path) -> None:
    """The recording is where the link leads, also when it is made again."""
    if is_there:
        (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    for words in (["my-org/typical", "--upstream", hub.url, "--to", link], ["--again", link]):
        result = run("record", *words)
        assert result.exit_code == 0, result.output
        assert link.is_symlink()
    assert load(tmp_path / "real").repositories[0].repo_id == "my-org/typical"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of a file's size")
def test_a_full_disk(hub: Imitation, tmp_path: Path) -> None:
    """One line, and what was recorded is gone on from."""
    command = f"{sys.executable} -m conformance record my-org/typical --upstream {hub.url} --to {tmp_path}/x"
    result = subprocess.run(["bash", "-c", f"ulimit -f 40; exec {command}"], capture_output=True, text=True)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].endswith("free some space, or give another place")
    assert f"record --again {tmp_path}/x" in result.stderr
    again = run("record", "--again", tmp_path / "x")
    assert (again.exit_code, load(tmp_path / "x").callers) == (0, ())
