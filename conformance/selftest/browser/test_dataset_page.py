"""The page of `hub-reference serve`: trajectories to choose from, and one as a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conformance.data import fixtures_dir
from conformance.hub.rows.openthoughts import AGENT_FEATURES
from conformance.hub.rows.writing import parquet, table
from conformance.selftest.browser.conftest import CONTRAST, Open
from conformance.selftest.served import served
from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.adapters.openthoughts import OpenThoughts

AGENT = fixtures_dir() / "repositories" / "openthoughts-agent" / "1-data"
EVIL = "<img src=http://evil.invalid/x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Sixty episodes; the first has a long output and hostile markup."""
    rows = pq.read_table(AGENT / "data" / "train-00000-of-00001.parquet").to_pylist()
    rows = [dict(rows[n % len(rows)], run_id=f"run-{n}", trial_name=f"trial-{n}") for n in range(60)]
    long = "\n".join(f"output {n}" for n in range(200))
    said = [{"role": "user", "content": EVIL}, {"role": "assistant", "content": "on it"}]
    rows[0] = dict(rows[0], conversations=[*said, {"role": "user", "content": long}])
    (tmp_path / "data").mkdir()
    whole = parquet(table(rows, AGENT_FEATURES))
    (tmp_path / "data" / "train-00000-of-00001.parquet").write_bytes(whole)
    for base in served(OpenThoughts(tmp_path), "openthoughts-sft"):
        yield f"{base}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_trajectories_are_listed_and_one_is_a_conversation(url: str, opened: Open, scheme: str) -> None:
    """Roles, steps, the long output folded; markup in it is text; the address keeps the choice."""
    page = opened(url, color_scheme=scheme)
    page.locator("button.entry").nth(49).wait_for()
    assert page.locator("#count").inner_text() == "60 entries"
    page.get_by_role("button", name="More", exact=True).click()
    page.locator("button.entry").nth(59).wait_for()
    assert not page.locator("#more").is_visible()
    page.locator("button.entry").first.click()
    page.locator(".step").nth(2).wait_for()
    assert page.locator(".step h2").all_inner_texts()[0].startswith("1 · user")
    assert page.locator(".step.agent pre").inner_text() == "on it"
    assert page.locator(".step").first.locator("pre").inner_text() == EVIL
    assert page.locator("main img, main script").count() == 0
    folded = page.locator(".step details")
    assert folded.locator("summary").inner_text() == "180 more lines"
    assert not page.get_by_text("output 199").is_visible()
    folded.locator("summary").click()
    assert page.get_by_text("output 199").is_visible()
    assert page.evaluate(CONTRAST) == []
    again = opened(page.url)
    again.locator(".step").first.wait_for()


def test_search_finds_and_marks(url: str, opened: Open) -> None:
    """Only entries with the words; where they are in a folded part, it is open."""
    page = opened(url)
    page.get_by_label("Search").fill("OUTPUT 150")
    page.keyboard.press("Enter")
    page.locator("#count", has_text="1 found").wait_for()
    page.locator("button.entry").click()
    page.locator("mark").first.wait_for()
    assert page.locator("mark").all_inner_texts() == ["output 150"]
    assert page.locator("mark").is_visible()


def test_entries_are_listed_once(url: str, opened: Open) -> None:
    """However often they are requested before the first answer comes: by two clicks, or a search while it loads."""
    page = opened(url)
    page.locator("button.entry").nth(49).wait_for()
    page.evaluate("more(); more()")
    page.locator("button.entry").nth(59).wait_for()
    page.wait_for_load_state("networkidle")
    assert page.locator("button.entry").count() == 60


def test_the_keyboard_is_enough_and_narrow_screens_do(url: str, opened: Open) -> None:
    """Entries are buttons; the conversation gets the focus."""
    page = opened(url, viewport={"width": 360, "height": 700})
    page.locator("button.entry").first.focus()
    page.keyboard.press("Enter")
    page.locator(".step").first.wait_for()
    page.wait_for_function("document.activeElement.id === 'shown'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_dataset_of_rows(opened: Open) -> None:
    """Each column is a part of the entry."""
    folder = fixtures_dir() / "repositories" / "gsm8k" / "1-data"
    for url in served(Gsm8k(folder), "gsm8k"):
        page = opened(f"{url}/#3")
        page.locator(".step").first.wait_for()
        row = Gsm8k(folder).row(3)
        assert page.locator(".step pre").first.inner_text() == row["question"]
