"""The site of reports, as a reader uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.report.events import Run
from conformance.report.merge import arranged
from conformance.report.site import build
from conformance.selftest.browser.conftest import CONTRAST, Open
from conformance.selftest.report.conftest import KNOWN, check_event, make_run

EVIL = '<script>alert(1)</script><img src="http://evil.invalid/x" onerror="alert(2)">\u202e'
LEAK = {"code": "token-leaked", "message": f"the token was sent to another host {EVIL}", "expected": [], "seen": EVIL}


def port_run(name: str, version: str, started: str, checks: list[Any]) -> Run:
    run = make_run(checks)
    run.start["port"] = {"name": name, "version": version, "language": "elixir"}
    run.start["started"] = started
    return run


def exchange(origin: str, source: str = "recorded") -> dict[str, Any]:
    return {
        "at": 0.5,
        "took": 0.1,
        "origin": origin,
        "method": "GET",
        "target": "/x?y=<b>",
        "status": 200,
        "sent": 1,
        "source": source,
        "request": [["authorization", "Bearer x"], ["host", "h"]],
        "response": [["etag", '"<i>"']],
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two clients, one measured twice; one of them is hostile in all that it says of itself."""
    wires = [exchange("hub"), exchange("cdn", "fault: cut (after 3)"), exchange("stranger")]
    leaks = check_event(
        "auth/token-never-goes-to-the-cdn[gsm8k]", "failed", code="token-leaked", finding=LEAK, exchanges=wires
    )
    good = [check_event(f"info/check-{n}[gsm8k]", "passed") for n in range(30)]
    now = [
        leaks,
        *good,
        check_event("cache/broken-since[gsm8k]", "failed", level="SHOULD", operation="hf_hub_download"),
        check_event("download/known[gsm8k]", "failed", code="extra-request", expected=KNOWN),
        check_event("tree/lacks[gsm8k]", "unsupported", code="unsupported"),
    ]
    before = [leaks, *good, check_event("cache/broken-since[gsm8k]", "passed")]
    runs = [
        port_run("first", "1.0", "2026-11-20T00:00:00+00:00", before),
        port_run("first", "1.0", "2026-11-27T00:00:00+00:00", now),
        port_run(f"second{EVIL}", EVIL, "2026-11-27T00:00:00+00:00", good),
    ]
    folder = tmp_path_factory.mktemp("site")
    return build(arranged(runs), folder, {"first": f"1. mend the leak {EVIL}"}).parent.as_uri()


def pages(site: str) -> list[str]:
    return sorted(path.name for path in Path(site.removeprefix("file://")).glob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_and_can_be_read(site: str, opened: Open, scheme: str) -> None:
    """No error in the console, no request elsewhere, contrast as WCAG asks; nothing hostile is run."""
    for name in pages(site):
        page = opened(f"{site}/{name}", color_scheme=scheme)
        assert page.locator("h1").count() == 1
        assert page.evaluate(CONTRAST) == [], name
        assert page.locator("main img, main script").count() == 0
        page.context.close()


def test_every_link_leads_somewhere(site: str, opened: Open) -> None:
    """To a page of the site, and to an element that is there."""
    targets: dict[str, set[str]] = {}
    links = set()
    for name in pages(site):
        page = opened(f"{site}/{name}")
        targets[name] = set(page.eval_on_selector_all("[id]", "all => all.map((one) => one.id)"))
        links |= set(page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))"))
        page.context.close()
    for link in links:
        name, _, fragment = link.partition("#")
        assert not name or name in targets, link
        assert not fragment or "=" in fragment or any(fragment in targets[one] for one in ([name] if name else targets))


def test_who_leaks_tokens_is_two_clicks_away(site: str, opened: Open) -> None:
    """From the overview to the cause, and on to the request that carried it."""
    page = opened(f"{site}/index.html")
    row = page.locator("tr", has_text="credentials go to a host that must not have them").last
    row.get_by_role("link", name="1").click()
    assert page.url.endswith("port-first-1.0.html#secret")
    page.locator("#secret + ul summary").first.click()
    page.get_by_role("link", name="auth/token-never-goes-to-the-cdn[gsm8k]").first.click()
    page.get_by_role("link", name="requests").click()
    assert "wire-first-1.0.html#auth-token-never-goes-to-the-cdn-gsm8k" in page.url
    rows = page.locator("#auth-token-never-goes-to-the-cdn-gsm8k table.wire tr").all()[1:]
    lanes = [[bool(cell.inner_text().strip()) for cell in row.locator("td").all()[1:]] for row in rows]
    assert lanes == [[True, False, False], [False, True, False], [False, False, True]]
    assert page.locator("td.fault").count() == 1
    page.locator("table.wire summary").first.click()
    assert "authorization: Bearer x" in page.locator("table.wire pre").first.inner_text()


def test_what_changed_since_last_week(site: str, opened: Open) -> None:
    """On the client's page: newly failing is open, with what it was and what it is; its plan is below."""
    page = opened(f"{site}/port-first-1.0.html")
    changed = page.locator("#changes ~ details", has_text="newly failing: 1")
    assert changed.get_attribute("open") is not None
    assert "cache/broken-since[gsm8k] SHOULD: passed → wrong-sha" in page.locator("main").inner_text()
    assert "1. mend the leak <script>" in page.locator("#plan + pre").inner_text()
    assert "it asks twice" in page.locator("#expected + ul").inner_text()


def test_filters_and_deep_links(site: str, opened: Open) -> None:
    """By level, client, outcome, cause and text; the address says what is chosen, and opens it again."""
    page = opened(f"{site}/checks.html")
    rows = page.locator("#matrix tbody tr:visible")
    assert rows.count() == 34
    page.locator("#filters").get_by_label("Level").select_option("SHOULD")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["cache/broken-since[gsm8k]"]
    page.get_by_role("button", name="Clear").click()
    page.locator("#filters").get_by_label("Cause").fill("token-leaked")
    page.locator("#filters").get_by_label("Outcome").select_option("f")
    assert rows.count() == 1
    assert page.locator("#count").inner_text() == "1 of 34 checks"
    again = opened(page.url)
    assert again.locator("#matrix tbody tr:visible").count() == 1
    assert again.locator("#filters").get_by_label("Cause").input_value() == "token-leaked"
    page.get_by_role("button", name="Clear").click()
    page.locator("#filters").get_by_label("Operation").select_option("hf_hub_download")
    assert rows.count() == 1
    page.get_by_role("button", name="Clear").click()
    page.locator("#filters").get_by_label("Area").select_option("info")
    page.locator("#filters").get_by_label("Text").fill("check-1")
    assert rows.count() == 11


def test_columns_sort_both_ways(site: str, opened: Open) -> None:
    """By a button in the heading, which says so to a screen reader."""
    page = opened(f"{site}/checks.html")
    button = page.get_by_role("button", name="Sort by level")
    button.click()
    levels = page.locator("#matrix tbody tr td:nth-child(2)").all_inner_texts()
    assert levels == sorted(levels)
    button.click()
    assert page.locator("th[aria-sort=descending]").count() == 1
    assert page.locator("#matrix tbody tr td:nth-child(2)").first.inner_text() == "SHOULD"


def test_it_works_without_javascript(site: str, opened: Open) -> None:
    """All checks are there; the filters, which need it, are not shown."""
    page = opened(f"{site}/checks.html", java_script_enabled=False)
    assert page.locator("#matrix tbody tr").count() == 34
    assert not page.locator("#filters").is_visible()


def test_the_keyboard_is_enough(site: str, opened: Open) -> None:
    """The first stop skips the navigation; folded parts open by Enter."""
    page = opened(f"{site}/port-first-1.0.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    before = page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is not before


def test_narrow_screens_scroll_tables_and_not_the_page(site: str, opened: Open) -> None:
    """At 360 pixels no page is wider than the screen."""
    for name in pages(site):
        page = opened(f"{site}/{name}", viewport={"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        page.context.close()
