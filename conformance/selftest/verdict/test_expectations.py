"""The grammar of an expectations file, and what a person is told who breaks it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from conformance.verdict.expectations import Expectation, ExpectationError, entries_for, matches, read, unfitting
from conformance.verdict.listed import Listed

ENTRY = """\
- check: info/sha[gsm8k]
  code: wrong-sha
  reason: it caches too long
  source: issue 7
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "expectations.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_are_read_with_their_line(tmp_path: Path) -> None:
    """Two entries, one with an end, each knows where it stands."""
    path = write(tmp_path, f"# known failures\n{ENTRY}{ENTRY.replace('sha[', 'etag[')}  expires: 2027-03-01\n")

    first, second = entries(path)

    assert (first.checks, first.codes, first.reason, first.source) == (
        ("info/sha[gsm8k]",),
        ("wrong-sha",),
        "it caches too long",
        "issue 7",
    )
    assert (first.expires, first.where) == (None, f"{path}:2")
    assert (second.expires, second.where) == (datetime.date(2027, 3, 1), f"{path}:6")
    assert second.to_json()["expires"] == "2027-03-01"


def entries(path: Path, version: str = "1") -> list[Expectation]:
    return entries_for(read(path), version)


@pytest.mark.parametrize("text", ["", "# nothing is known to fail\n", "[]\n"])
def test_an_empty_file_expects_nothing(tmp_path: Path, text: str) -> None:
    """No entry, only a comment, or an empty list."""
    assert entries(write(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("check: a\n", ["is not a list", "- check"]),
        ("- info/sha[gsm8k]\n", [":1:", "is not an entry", "check, code, reason, source"]),
        (ENTRY + "  expire: 2027-03-01\n", [":5:", "unknown key 'expire'", "did you mean expires?"]),
        (ENTRY + "  code: no-sha\n", [":5:", "'code' occurs twice"]),
        (
            ENTRY.replace("  reason: it caches too long\n", ""),
            [":1:", "info/sha[gsm8k]", "no 'reason'", "`reason: …`"],
        ),
        (ENTRY.replace("it caches too long", "''"), [":1:", "info/sha[gsm8k]", "at least one word"]),
        (ENTRY.replace("wrong-sha", "404"), [":1:", "code: 404", "a text"]),
        (ENTRY + "  expires: soon\n", [":1:", "expires: 'soon'", "expires: 2027-03-01"]),
        (ENTRY + "  expires: 2027-02-30\n", [":5:", "2027-02-30"]),
        (ENTRY + ENTRY, [":5:", "info/sha[gsm8k]", "already has an entry", ":1"]),
        ("- check: [\n", ["is not YAML"]),
        ("- check: !!python/name:os.system x\n", [":1:", "cannot be read"]),
    ],
)
def test_a_broken_file_is_refused_with_its_line_and_the_cure(tmp_path: Path, text: str, says: list[str]) -> None:
    """The message names the file and has each of these parts, on one line."""
    path = write(tmp_path, text)

    with pytest.raises(ExpectationError) as caught:
        read(path)

    message = str(caught.value)
    assert str(path) in message
    assert all(part in message for part in says), message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(ExpectationError, match=r"none\.yaml cannot be read"):
        read(tmp_path / "none.yaml")


def problems(path: Path, *known: str, version: str = "1", rules: tuple[str, ...] = ()) -> list[str]:
    """What the gate says of a file."""
    return Listed.of(entries(path, version), known).problems(known, rules)


def test_an_unknown_check_is_named_with_its_nearest(tmp_path: Path) -> None:
    """A slip in an id gives its line and the id that was meant; a right id gives nothing."""
    path = write(tmp_path, ENTRY)

    (message,) = problems(path, "info/shas[gsm8k]", "tree/pages[gsm8k]")

    assert f"{path}:1: no check is called 'info/sha[gsm8k]' (did you mean info/shas[gsm8k]?)" in message
    assert problems(path, "info/sha[gsm8k]") == []


def test_brackets_of_an_id_are_no_character_class() -> None:
    """Only `*` has a meaning of its own."""
    assert matches("info/sha[gsm8k]", "info/sha[gsm8k]")
    assert not matches("info/sha[gsm8k]", "info/shag")
    assert matches("info/*[gsm8k]", "info/sha[gsm8k]")
    assert not matches("info/*", "tree/info/x")


SEVERAL = """\
- checks: ["info/*", "tree/pages[gsm8k]"]
  outcome: unsupported
  reason: the library has no parameter for it
  source: client.py
- check: info/sha[gsm8k]
  code: [wrong-sha, no-sha]
  reason: it caches too long
  source: issue 7
"""


def test_an_entry_may_be_about_several_checks(tmp_path: Path) -> None:
    """A pattern stands for all that it matches; an id that is written out goes before it."""
    path = write(tmp_path, SEVERAL)
    known = ("info/sha[gsm8k]", "info/size[gsm8k]", "tree/pages[gsm8k]", "auth/token[gsm8k]")

    listed = Listed.of(entries(path), known)

    assert {id: entry.outcome for id in known if (entry := listed.get(id))} == {
        "info/sha[gsm8k]": "failed",
        "info/size[gsm8k]": "unsupported",
        "tree/pages[gsm8k]": "unsupported",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.replace("info/sha[gsm8k]", "nothing/*"), "no check is matched by 'nothing/*'"),
        (ENTRY.replace("it caches too long", "TODO"), "has no reason yet"),
        (ENTRY + "  seen_in: [tree/*]\n", "names the places of a rule for every request"),
        (
            ENTRY.replace("info/sha[gsm8k]", "wire/rule[gsm8k]") + "  seen_in: ['*']\n",
            "seen_in '*' covers every area",
        ),
        (ENTRY.replace("info/sha[gsm8k]", "'info/*'") + ENTRY.replace("info/sha[gsm8k]", "'*/sha*'"), "already has an"),
    ],
    ids=[
        "a pattern of nothing",
        "no reason yet",
        "places of what is not a rule",
        "a rule broken anywhere",
        "two entries",
    ],
)
def test_what_is_wrong_with_a_file_fails_the_gate(tmp_path: Path, text: str, says: str) -> None:
    """Each gives a message that names the file."""
    path = write(tmp_path, text)
    (message,) = problems(path, "info/sha[gsm8k]", "tree/pages[gsm8k]", "wire/rule[gsm8k]", rules=("wire/rule[gsm8k]",))
    assert says in message
    assert str(path) in message


VERSIONS = """\
versions: ">=1,<3"
entries:
  - {check: "info/sha[gsm8k]", code: wrong-sha, reason: it caches, source: issue 7, versions: "<2"}
  - {check: "info/size[gsm8k]", code: wrong-size, reason: it guesses, source: issue 8}
"""


def test_entries_hold_for_the_versions_that_they_name(tmp_path: Path) -> None:
    """One file serves several versions; for one that it does not know it says so."""
    path = write(tmp_path, VERSIONS)

    assert [entry.checks[0] for entry in entries(path, "1.4.2")] == ["info/sha[gsm8k]", "info/size[gsm8k]"]
    assert [entry.checks[0] for entry in entries(path, "2.4.0")] == ["info/size[gsm8k]"]
    assert entries(path, "3.0.1") == []
    assert unfitting(read(path), "2.4.0", str(path)) == []
    (message,) = unfitting(read(path), "3.0.1", str(path))
    assert "holds for versions >=1,<3 of the library, and this is 3.0.1" in message


def test_places_of_a_rule(tmp_path: Path) -> None:
    """A rule may be broken in its own check and where the entry says, for the code that it says, and nowhere else."""
    path = write(
        tmp_path,
        "- check: wire/rule[gsm8k]\n  code: leaked\n  seen_in: ['tree/link-*']\n  reason: it does\n  source: issue 9\n",
    )
    rule, known = "wire/rule[gsm8k]", ("wire/rule[gsm8k]", "tree/link-relative[gsm8k]", "auth/token[gsm8k]")
    listed = Listed.of(entries(path), known)
    today = datetime.date(2026, 11, 21)

    assert listed.covers(rule, rule, "leaked", today)
    assert listed.covers(rule, "tree/link-relative[gsm8k]", "leaked", today)
    assert not listed.covers(rule, "auth/token[gsm8k]", "leaked", today)
    assert not listed.covers(rule, rule, "another", today)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- check: [&a [x,x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]]\n", "expectations.yaml:1: an alias"),
        ("- &a [x]\n- ? *a\n  : 1\n", "expectations.yaml:2: an alias"),
        ("[" * 3000 + "]" * 3000, "lists are nested too deeply"),
        ("- ? [a]\n  : 1\n", "unknown key"),
        (
            "- check: a\n  code: b\n  reason: " + "[" * 3000 + "]" * 3000 + "\n  source: c\n",
            "lists are nested too deeply",
        ),
        ("- check: a\n  outcome: [x]\n", "has outcome"),
        ("? [a]\n: 1\nentries: []\n", "a block has the keys"),
        (ENTRY * 15_000, "has more than 1048576 bytes: give the checks of one cause by patterns"),
        ("- " + "x" * 500_000 + "\n", "is not an entry"),
    ],
)
def test_what_would_fill_memory_is_refused_in_one_short_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ExpectationError) as raised:
        entries(write(tmp_path, text))
    assert says in str(raised.value)
    assert len(str(raised.value)) < 500 + len(str(tmp_path))


@pytest.mark.parametrize("reason", ["todo", "TODO.", "'- TODO'", "ToDo later", "it caches (TODO)"])
def test_todo_in_any_spelling_fails_the_gate(tmp_path: Path, reason: str) -> None:
    """Whoever writes a reason takes the word out."""
    file = tmp_path / "expectations.yaml"
    file.write_text(ENTRY.replace("it caches too long", reason), encoding="utf-8")
    (block,) = read(file)
    (problem,) = Listed.of(block.entries, ["info/sha[gsm8k]"]).problems(["info/sha[gsm8k]"], [])
    assert "has no reason yet" in problem


@pytest.mark.parametrize("reason", ["'.'", "'-'", "'…'", '"\\u200b"', '"\\u2800 "', "'?'"])
def test_a_reason_has_words(tmp_path: Path, reason: str) -> None:
    """What shows as nothing, or as a mark, is no reason."""
    file = tmp_path / "expectations.yaml"
    file.write_text(ENTRY.replace("it caches too long", reason), encoding="utf-8")
    with pytest.raises(ExpectationError, match="at least one word"):
        read(file)


def test_a_number_of_too_many_digits_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "expectations.yaml"
    file.write_text(ENTRY.replace("it caches too long", "0x" + "f" * 5000), encoding="utf-8")
    with pytest.raises(ExpectationError, match="too many digits"):
        read(file)


def test_lists_in_lists_do_not_end_the_process(tmp_path: Path) -> None:
    """libyaml follows them in C, on a stack that a file of this size exhausts."""
    file = tmp_path / "expectations.yaml"
    file.write_text("[" * 400_000 + "]" * 400_000, encoding="utf-8")
    with pytest.raises(ExpectationError, match="lists are nested too deeply"):
        read(file)


@pytest.mark.parametrize(
    ("pattern", "name", "is_one"),
    [
        ("a/*", "a/b", True),
        ("*", "", True),
        ("a*a", "a", False),
        ("*b*", "abc", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*bc", "abc", False),
        ("**", "a\nb", True),
        ("[a]", "a", False),
        ("a", "a", True),
        ("*a" * 30 + "b", "a" * 200, False),
        ("*" * 5000 + "x", "a" * 200, False),
    ],
)
def test_patterns(pattern: str, name: str, is_one: bool) -> None:
    """The last two would take a regular expression longer than the universe has."""
    assert matches(pattern, name) is is_one


@pytest.mark.parametrize("versions", [">=>", ">= one", "1.0,", "~2"])
def test_versions_that_are_not_a_specifier_are_refused(tmp_path: Path, versions: str) -> None:
    """An entry with such versions would never hold, and nobody would notice."""
    path = write(tmp_path, f"{ENTRY}  versions: '{versions}'\n")
    with pytest.raises(ExpectationError, match="versions"):
        entries(path)
