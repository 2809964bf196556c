"""The README is short, its links lead somewhere, and its commands exist with the options that it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from conformance.cli.main import main

CHECKOUT = Path(__file__).parents[2]
README = CHECKOUT / "README.md"
PAGES = sorted([README, *CHECKOUT.glob("conformance/docs/*.md"), *CHECKOUT.glob(".github/*.md")])
COMMAND = re.compile(r"^hub-conformance ([^#\n]+)", re.MULTILINE)


def test_it_is_short() -> None:
    """A stranger reads it in a few minutes."""
    assert len(README.read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file of the repository."""
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("line", COMMAND.findall(README.read_text("utf-8")))
def test_commands_exist(line: str) -> None:
    """The command is there, and has the options."""
    words = shlex.split(line.partition(" -- ")[0])
    context = click.Context(main)
    command = main.get_command(context, words[0])
    assert command is not None
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.partition("=")[0] for word in words[1:] if word.startswith("-")} <= known
