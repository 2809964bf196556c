"""The README: short, and its commands work as they are printed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance import docs
from conformance.cli.main import COMMANDS, main
from conformance.report import results

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
BLOCK = re.compile(r"(<!-- run -->\n)?```sh\n(.*?)```", re.DOTALL)
IS_SHORT = "<!-- run -->" in README
"""Whether this is the short README, whose commands are marked."""


def commands(*, marked: bool) -> list[list[str]]:
    """The commands of our own, as words; of the blocks that are marked to be run, or of all."""
    texts = [text for mark, text in BLOCK.findall(README) if mark or not marked]
    lines = [shlex.split(line, comments=True) for text in texts for line in text.splitlines()]
    return [line for line in lines if line and line[0] == "hub-conformance"]


@pytest.mark.slow(seconds=30)
@pytest.mark.skipif(not IS_SHORT, reason="no command of the README is marked to be run")
def test_the_marked_commands_work_in_order(tmp_path: Path) -> None:
    """From nothing to a first figure: each ends well, but the last, which finds the toy's failures."""
    codes = []
    for words in commands(marked=True):
        ended = subprocess.run(
            [sys.executable, "-m", "conformance", *words[1:]],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        codes.append(ended.returncode)
        assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    assert codes == [0, 0, 1]
    assert "causes: " in ended.stdout


def test_every_command_has_its_options() -> None:
    """None has been renamed."""
    for words in commands(marked=False):
        assert words[1] in COMMANDS, words
        command = main.get_command(click.Context(main), words[1])
        assert command is not None
        arguments = [word for word in words[2:] if word != "--help"]
        command.make_context(words[1], arguments, resilient_parsing=True)


@pytest.mark.skipif(not IS_SHORT, reason="this is the long README")
def test_it_is_short_and_its_links_lead_somewhere() -> None:
    """At most 150 lines; pages and headings are there; the results are those that were measured."""
    assert README.count("\n") <= 150
    folder = Path(__file__).parents[3]
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        path, _, heading = link.partition("#")
        assert (folder / path).is_file(), link
        if heading:
            slugs = re.findall(r"^#+ (.*)$", (folder / path).read_text("utf-8"), re.MULTILINE)
            assert heading in {slug.lower().replace(" ", "-") for slug in slugs}, link
    table = README.partition("<!-- results: begin -->\n")[2].partition("<!-- results: end -->")[0]
    assert table
    assert table in results.PAGE.read_text("utf-8")


def test_the_pages_are_there_for_an_installed_package() -> None:
    """`hub-conformance docs` has each, and links between them lead somewhere."""
    for name, path in docs.PAGES.items():
        assert path.is_file(), name
        assert docs.title(name)
    folder = Path(docs.__file__).parent
    for page in folder.glob("*.md"):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (folder / link).is_file(), (page.name, link)
