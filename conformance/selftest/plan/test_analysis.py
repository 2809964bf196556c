"""The rule of priorities, and how facts are joined."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import conformance.checks
from conformance.plan import rule
from conformance.plan.analysis import analyse
from conformance.plan.facts import Checked, Facts
from conformance.selftest.plan.conftest import call, failed
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Needs

Make = Callable[..., Facts]


@pytest.mark.parametrize(
    ("check", "priority"),
    [
        (failed("download/lfs-file[gsm8k]", "unexpected-error"), "P0"),
        (failed("download/lfs-file[gsm8k]", "wrong-bytes"), "P0"),
        (failed("download/lfs-file[gsm8k]", "wrong-bytes", level="SHOULD"), "P0"),
        (failed("download/lfs-file[gsm8k]", "unexpected-error", level="SHOULD"), "P2"),
        (failed("download/lfs-file[gsm8k]", "needless-request"), "P2"),
        (failed("download/lfs-file[contract]", "wrong-bytes"), "P2"),
        (failed("names/evil[contract]", "written-outside"), "P0"),
        (failed("names/odd[gsm8k]", "wrong-bytes"), "P2"),
        (failed("resilience/cut[gsm8k]", "wrong-bytes"), "P0"),
        (failed("resilience/cut[gsm8k]", "unexpected-error"), "P2"),
        (failed("offline/flag[gsm8k]", "no-error"), "P2"),
        (failed("download/at-a-tag[gsm8k]", "wrong-bytes"), "P2"),
        (failed("datasets/names[gsm8k]", "wrong-configs", operation="get_dataset_config_names"), "P1"),
        (failed("info/sha[gsm8k]", "wrong-sha", operation="dataset_info"), "not needed"),
    ],
)
def test_the_priority_of_one_failed_check(
    needs: Needs, inventory: Inventory, facts: Make, check: Checked, priority: str
) -> None:
    (cause,) = analyse([needs], facts(check), inventory).causes
    assert cause.priority == priority
    assert bool(cause.serious) == (priority in ("P0", "P1") or check.operation == "dataset_info")


def test_a_consumer_that_gives_a_revision_meets_checks_about_revisions(
    needs: Needs, inventory: Inventory, facts: Make
) -> None:
    check = failed("download/at-a-tag[gsm8k]", "wrong-bytes")
    pinned = replace(
        needs, calls=(replace(needs.calls[0], arguments=call("a", 1, "r", revision="v2").arguments), needs.calls[1])
    )
    assert analyse([pinned], facts(check), inventory).causes[0].priority == "P0"


def test_checks_of_one_reason_are_one_cause_and_the_worst_comes_first(
    needs: Needs, inventory: Inventory, facts: Make
) -> None:
    checks = [
        failed("download/one[gsm8k]", "wrong-bytes"),
        failed("download/two[gsm8k]", "needless-request"),
        failed("download/three[gsm8k]", "unhelpful-error", cause="it says little"),
        failed("datasets/four[gsm8k]", "wrong-configs", operation="get_dataset_config_names", cause="it guesses"),
    ]
    analysis = analyse([needs], facts(*checks), inventory)
    assert [(one.reason, one.priority, len(one.checks), len(one.serious)) for one in analysis.causes] == [
        ("it breaks", "P0", 2, 1),
        ("it guesses", "P1", 1, 1),
        ("it says little", "P2", 1, 0),
    ]
    assert [analysis.step(one) for one in analysis.causes] == ["1.1", "2.1", "3.1"]
    assert analysis.causes[1].recipes == ("a/train",)


def test_the_files_of_a_consumer_without_entry_points_need_what_they_call(
    needs: Needs, inventory: Inventory, facts: Make
) -> None:
    """A package is called by others. What it needs is not nothing; a test of it needs nothing."""
    package = replace(
        needs,
        entries=(),
        calls=(*needs.calls, replace(call("test_a.py", 1, "openai/gsm8k", "repo_info"), test=True)),
    )
    analysis = analyse([package], facts(failed("download/lfs-file[gsm8k]", "wrong-bytes")), inventory)
    assert [(one.name, one.operations) for one in analysis.recipes] == [
        ("a/train", ("get_dataset_config_names", "hf_hub_download")),
        ("b/train", ("hf_hub_download",)),
    ]
    assert analysis.required["hf_hub_download"] == ("a/train", "b/train")
    assert analysis.causes[0].priority == "P0"


def test_a_consumer_in_the_port_s_language_decides_what_a_recipe_needs(
    needs: Needs, inventory: Inventory, facts: Make
) -> None:
    elixir = Needs("between", "1", 1, (call("lib/x.ex", 5, "openai/gsm8k", "list_repo_tree", kind="listing"),))
    analysis = analyse([needs, elixir], facts(), replace(inventory, language="elixir"))
    assert [(one.name, one.operations) for one in analysis.recipes] == [
        ("a/train", ("list_repo_tree",)),
        ("b/train", ()),
    ]
    assert [one.name for one in analysis.chained()] == ["a/train"]
    assert analysis.required == {"list_repo_tree": ("a/train",)}
    assert analysis.missing() == ("list_repo_tree",)


def test_every_code_of_the_rule_is_one_that_checks_give() -> None:
    source = "\n".join(path.read_text("utf-8") for path in Path(conformance.checks.__path__[0]).rglob("*.py"))
    source += "\n".join(path.read_text("utf-8") for path in Path(conformance.checks.__path__[0]).parent.glob("*.py"))
    outcomes = {"crashed", "timed-out", "protocol-error"}
    unknown = {code for code in rule.codes() if code not in outcomes and not re.search(rf'"{code}"', source)}
    assert unknown == set()
