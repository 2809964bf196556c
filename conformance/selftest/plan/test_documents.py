"""The documents: made again they are the same, they are true to the run, and nothing from outside becomes markup."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.plan import claims as existing
from conformance.plan import facts as facts_of
from conformance.plan import write
from conformance.plan.claims import Claims
from conformance.plan.facts import Checked, Facts
from conformance.ports import find
from conformance.selftest.plan.conftest import failed
from conformance.trace import inventory as inventories
from conformance.trace import needs as all_needs
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Needs

Make = Callable[..., Facts]
FOLDER: Final = find("hf_hub_ex").folder / "plan"
NEEDS: Final = ("needs-tinker-cookbook-2026-08-19.json", "needs-crucible_datasets-0.4.1.json")
NAMES: Final = {
    "SUMMARY.md",
    "TINKER_COOKBOOK_REQUIREMENTS.md",
    "HF_HUB_EX_CURRENT_STATE.md",
    "GAP_ANALYSIS.md",
    "IMPLEMENTATION_PLAN_UNIFIED.md",
    "TDD_EXAMPLES.md",
    "SUPERSEDED_DOCS.md",
}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The documents of hf_hub_ex, made of what is committed beside its port file."""
    return write.documents(
        [all_needs.read(FOLDER / name) for name in NEEDS],
        facts_of.read(FOLDER / "run.json"),
        inventories.read(FOLDER / "inventory.json"),
        existing.read(FOLDER / "claims.yaml"),
    )


def test_making_them_again_gives_the_same_bytes(made: dict[str, str]) -> None:
    """If this fails, a check or the renderer has changed: run `plan` again with the files of the folder."""
    assert set(made) == NAMES
    differing = [name for name, text in made.items() if (FOLDER / name).read_bytes() != text.encode()]
    assert differing == []


def test_every_failed_check_is_in_the_plan_once_or_left_out(made: dict[str, str]) -> None:
    run = facts_of.read(FOLDER / "run.json")
    text = made["IMPLEMENTATION_PLAN_UNIFIED.md"]
    accepted = Counter(re.findall(r"^  '([^']+)'", text, re.MULTILINE))
    unneeded = {"info", "auth", "snapshot", "offline", "errors", "names", "wire", "resilience", "read", "cache"}
    for check in run.checks:
        if check.outcome == "failed":
            assert accepted[check.id] == 1 or (accepted[check.id] == 0 and check.area in unneeded), check.id
        else:
            assert accepted[check.id] == 0


def test_the_figures_are_those_of_the_measured_run(made: dict[str, str]) -> None:
    parity = json.loads((FOLDER.parent / "parity.json").read_text("utf-8"))
    counts = facts_of.read(FOLDER / "run.json").counts()
    assert {name: counts[name] for name in ("passed", "failed", "unsupported")} == {
        name: parity["counts"][name] for name in ("passed", "failed", "unsupported")
    }
    assert f"{counts['passed']} passed, {counts['failed']} failed" in made["SUMMARY.md"]


def test_premises_that_do_not_hold_are_said_to_be_wrong(made: dict[str, str]) -> None:
    review = made["SUPERSEDED_DOCS.md"]
    for claim in (
        "GSM8K lies at",
        "Anthropic/hh-rlhf is gated",
        "OpenThoughts-114k is needed",
        "openai/gsm8k is JSONL",
    ):
        (row,) = [line for line in review.splitlines() if line.startswith(f"| {claim}")]
        assert "| wrong |" in row
    assert "undecided" not in review
    assert "`livecodebench/code_generation_lite`" in made["TINKER_COOKBOOK_REQUIREMENTS.md"]
    rows = made["TINKER_COOKBOOK_REQUIREMENTS.md"].splitlines()
    row = next(line for line in rows if line.startswith("| `agentica-org/DeepCoder-Preview-Dataset`"))
    assert "`primeintellect`, `taco`, `lcbv5`, `codeforces`" in row
    assert "`code_rl/train`" in row


def test_nothing_from_outside_becomes_markup_or_a_line(needs: Needs, inventory: Inventory, facts: Make) -> None:
    evil = "x` | [a](javascript:b)\n# <script>alert(1)</script>\n```\n| y\x1b[2J\0\u202e"
    check = replace(
        failed("download/lfs-file[gsm8k]", "wrong-bytes", cause=evil), message=evil, seen=evil, requirement=evil
    )
    calls = (replace(needs.calls[0], function=evil, row=(evil,), call=evil), needs.calls[1])
    functions = (replace(inventory.functions[0], name=evil, documentation=evil, options=(evil,)),)
    texts = write.documents(
        [replace(needs, consumer=evil, calls=calls)], facts(check), replace(inventory, functions=functions), Claims()
    )
    for name, text in texts.items():
        outside_of_code = re.sub(r"(?ms)^(`{3,}).*?^\1|`[^`\n]*`", "", text)
        assert "<script" not in outside_of_code.replace("\\<script", ""), name
        assert not re.search(r"(?<!\\)\]\(javascript", outside_of_code), name
        assert not [
            line for line in text.splitlines() if line.startswith("# ") and "alert" in line.partition("# ")[2][:12]
        ], name
        assert "/" not in name
        assert not set("\x1b\0\u202e") & set(text), name


def test_a_port_with_nothing_wrong_reads_sensibly(needs: Needs, inventory: Inventory, facts: Make) -> None:
    texts = write.documents(
        [needs], facts(Checked("download/lfs-file[gsm8k]", "MUST", "hf_hub_download", "passed")), inventory, Claims()
    )
    assert "None by the rule." in texts["SUMMARY.md"]
    assert texts["IMPLEMENTATION_PLAN_UNIFIED.md"].count("Nothing.") == 3
    assert "Not measured" in texts["SUMMARY.md"]
    assert "`test_lib.py:3`" in texts["MY_PORT_CURRENT_STATE.md"]
    assert "MY_CONSUMER_REQUIREMENTS.md" in texts


def test_the_change_log_says_what_was_mended_and_what_broke(needs: Needs, inventory: Inventory, facts: Make) -> None:
    one, two = failed("download/one[gsm8k]", "wrong-bytes"), failed("download/two[gsm8k]", "wrong-bytes")
    before = facts(one, Checked(two.id, "MUST", two.operation, "passed"), started="2026-11-26T00:00:00+00:00")
    after = facts(Checked(one.id, "MUST", one.operation, "passed"), two)
    text = write.documents([needs], after, inventory, Claims(), [before])["SUPERSEDED_DOCS.md"]
    assert "1 fixed `download/one[gsm8k]`; 1 newly failing `download/two[gsm8k]`" in text.replace("\\", "")


def test_facts_are_read_back(facts: Make, tmp_path: Path) -> None:
    known = facts(
        failed("download/one[gsm8k]", "wrong-bytes"), Checked("a/b[gsm8k]", "MUST", "hf_hub_download", "passed")
    )
    (tmp_path / "run.json").write_text(facts_of.to_json(known), encoding="utf-8")
    assert facts_of.read(tmp_path / "run.json") == known
