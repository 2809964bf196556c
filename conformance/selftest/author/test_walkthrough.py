"""`PORTING.md` shows what the commands print today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conformance.author import walkthrough


@pytest.mark.slow(seconds=15)
@pytest.mark.skipif(shutil.which("python3") is None, reason="the page's shim is started as python3")
def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    """Its commands are run, its files written; if this fails: python -m conformance.author.walkthrough."""
    written = walkthrough.PAGE.read_text("utf-8")
    assert walkthrough.rendered(written, tmp_path) == written
