"""Where a card's front matter begins and ends, and what it may not do."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import CARD, put_card, require_said
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

CONFIGS = "get_dataset_config_names"
DATA_FILES = "get_data_files"
FRONT_MATTER = "huggingface_hub REGEX_YAML_BLOCK; datasets reads these cards so"
SAFE = "YAML 1.2 §10: failsafe and JSON schema; PyYAML safe_load; datasets refuses it"
TWO_FILES = "conformance/cardless"
"""Two CSV files, `a.csv` and `b.csv`."""
PLAIN = "conformance/late-front-matter"
"""The same, with a card."""
NAMES_ONE = "configs:\n- config_name: a\n  data_files: a.csv\n"


check = Checks(DATA_FILES, source=CARD)


def require_files(seen: object, expected: dict[str, list[str]]) -> None:
    require_equal(seen, expected, "wrong-files", "the data files are not those that the card names")


@check(
    "datasets/card-with-crlf[contract]",
    kills="crlf-hides-the-card",
    source=f"{FRONT_MATTER}; microsoft/genaiscript#392",
)
def test_crlf(hub: ReplayHub, port: Port) -> None:
    """A card whose lines end with CR LF is read like any other: here it names one of two files."""
    require_files(port.get_data_files(repo_id="conformance/card-with-crlf"), {"train": ["a.csv"]})


@check(
    "datasets/front-matter-ends-at-the-first-line[contract]", kills="front-matter-to-the-last-line", source=FRONT_MATTER
)
def test_lines(hub: ReplayHub, port: Port) -> None:
    """The front matter ends at the first line `---` after its beginning; the text may have such lines, too."""
    require_files(port.get_data_files(repo_id="conformance/card-with-lines"), {"train": ["a.csv"]})


@check("datasets/front-matter-begins-the-card[contract]", kills="front-matter-anywhere", source=FRONT_MATTER)
def test_late(hub: ReplayHub, port: Port) -> None:
    """Lines `---` further down do not start front matter: the card has no front matter, and both files are data."""
    require_files(port.get_data_files(repo_id=PLAIN), {"train": ["a.csv", "b.csv"]})


@check("datasets/no-card-is-config-default[contract]", kills="no-card-no-config", operation=CONFIGS)
def test_no_card(hub: ReplayHub, port: Port) -> None:
    """A dataset without a card has one config, `default`."""
    seen = port.get_dataset_config_names(repo_id=TWO_FILES)
    require_equal(seen, ["default"], "wrong-configs", "the configs are not those of the dataset")


@check("datasets/no-card-all-files[contract]", kills="no-card-no-config")
def test_no_card_files(hub: ReplayHub, port: Port) -> None:
    """Without a card, the names of the files determine the splits."""
    require_files(port.get_data_files(repo_id=TWO_FILES), {"train": ["a.csv", "b.csv"]})


@check.each(
    "datasets/card-with-{}[contract]",
    {
        "a-comment": "---\n# --- what is what ---\n" + NAMES_ONE + "---\n",
        "no-line-end": "---\n" + NAMES_ONE + "---",
        "blanks-after-the-last-line": "---\n" + NAMES_ONE + "--- \t\n",
        "dashes-in-a-value": "---\npretty_name: a --- b\n" + NAMES_ONE + "---\n",
        "flow-style": '---\n{"configs": [{"config_name": "a", "data_files": "a.csv"}]}\n---\n',
        "anchors": "---\nx: &files a.csv\nconfigs:\n- config_name: a\n  data_files: *files\n---\n",
        "text-that-is-not-ascii": "---\npretty_name: é 🤗\n" + NAMES_ONE + "---\n",
        "a-date": "---\ndate: 2024-01-02\n" + NAMES_ONE + "---\n",
    },
    kills="plainest-cards-only",
    source=f"YAML 1.2; {FRONT_MATTER}",
)
def test_cards(hub: ReplayHub, port: Port, member: str) -> None:
    """A card with {} is read like any other: here it names one of two files."""
    put_card(hub, PLAIN, member.encode())
    require_files(port.get_data_files(repo_id=PLAIN), {"train": ["a.csv"]})


@check(
    "datasets/card-with-a-byte-order-mark[contract]",
    kills="plainest-cards-only",
    level="SHOULD",
    source="Unicode, section 23.8: U+FEFF at the beginning of UTF-8 is no content; datasets reads this card",
)
def test_byte_order_mark(hub: ReplayHub, port: Port) -> None:
    """A card that begins with a byte order mark, as some editors write it, is read like any other."""
    put_card(hub, PLAIN, f"\ufeff---\n{NAMES_ONE}---\n".encode())
    require_files(port.get_data_files(repo_id=PLAIN), {"train": ["a.csv"]})


@check.each(
    "datasets/names-with-{}[contract]",
    {"accents": ("données", "entraînement"), "blanks": ("a b", "train"), "dashes": ("en-US_2.1", "train")},
    kills="names-of-letters-only",
    level="SHOULD",
    source="datasets reads these cards",
)
def test_names(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """Names of configs and splits on a card may have {}."""
    config, split = member
    said = f"configs:\n- config_name: {config}\n  data_files:\n  - split: {split}\n    path: b.csv\n"
    put_card(hub, PLAIN, f"---\n{said}---\n".encode())
    require_files(port.get_data_files(repo_id=PLAIN, config_name=config), {split: ["b.csv"]})


@check(
    "datasets/config-of-further-keys[contract]",
    kills="plainest-cards-only",
    source="Hub docs, datasets-manual-configuration: builder parameters, such as `sep`; datasets reads this card",
)
def test_further_keys(hub: ReplayHub, port: Port) -> None:
    """A config on a card may have further keys, such as `sep`, and its files stay the same."""
    put_card(hub, PLAIN, f'---\n{NAMES_ONE}  sep: ","\n---\n'.encode())
    require_files(port.get_data_files(repo_id=PLAIN), {"train": ["a.csv"]})


@check(
    "datasets/default-of-false-is-none[contract]",
    kills="any-default-is-a-mark",
    level="SHOULD",
    source="Hub docs, datasets-manual-configuration: `default: true`; datasets gives this value",
)
def test_default_false(hub: ReplayHub, port: Port) -> None:
    """`default: false` marks no config: the one with `default: true` is meant."""
    x = "- config_name: x\n  data_files: a.csv\n  default: false\n"
    y = "- config_name: y\n  data_files: b.csv\n  default: true\n"
    put_card(hub, PLAIN, f"---\nconfigs:\n{x}{y}---\n".encode())
    require_files(port.get_data_files(repo_id=PLAIN), {"train": ["b.csv"]})


@check.each(
    "datasets/card-without-configs-{}[contract]",
    {
        "empty-front-matter": "---\n---\n\n# A\n",
        "an-empty-list": "---\nconfigs: []\n---\n",
        "null": "---\nconfigs:\n---\n",
        "an-empty-file": "",
        "an-open-front-matter": "---\n" + NAMES_ONE,
    },
    kills="configs-must-be-there",
    operation=CONFIGS,
)
def test_without_configs(hub: ReplayHub, port: Port, member: str) -> None:
    """A card that declares no configs ({}) leaves the one config `default`."""
    put_card(hub, PLAIN, member.encode())
    seen = port.get_dataset_config_names(repo_id=PLAIN)
    require_equal(seen, ["default"], "wrong-configs", "the configs are not those of the dataset")


BROKEN = "datasets: YAMLError, ValueError and DataFilesNotFoundError for these cards"


@check(
    "datasets/broken-card-is-an-error[contract]",
    kills="broken-card-is-no-card",
    level="SHOULD",
    operation=CONFIGS,
    source=BROKEN,
)
def test_broken_card(hub: ReplayHub, port: Port) -> None:
    """A card whose YAML is broken is an error: it is not the same as none."""
    seen = port.get_dataset_config_names(repo_id=TWO_FILES)
    require_equal(seen, ["default"], "wrong-configs", "the configs are not those of the dataset")
    require_said(port.error(CONFIGS, repo_id="conformance/broken-card"))


@check.each(
    "datasets/card-{}-is-an-error[contract]",
    {
        "with-a-tab-for-blanks": "---\nconfigs:\n\t- config_name: a\n---\n",
        "with-a-split-twice": (
            "---\nconfigs:\n- config_name: a\n  data_files:\n"
            "  - split: train\n    path: a.csv\n  - split: train\n    path: b.csv\n---\n"
        ),
        "with-two-defaults": (
            "---\nconfigs:\n- config_name: a\n  data_files: a.csv\n  default: true\n"
            "- config_name: b\n  data_files: b.csv\n  default: true\n---\n"
        ),
        "with-a-bad-name-of-a-split": (
            "---\nconfigs:\n- config_name: a\n  data_files:\n  - split: my-split\n    path: a.csv\n---\n"
        ),
        "with-a-config-named-as-a-path": "---\nconfigs:\n- config_name: ../a\n  data_files: a.csv\n---\n",
        "with-a-config-named-by-a-number": "---\nconfigs:\n- config_name: 2024\n  data_files: a.csv\n---\n",
        "with-a-config-without-a-name": "---\nconfigs:\n- data_files: a.csv\n---\n",
        "with-configs-that-are-no-list": "---\nconfigs:\n  config_name: a\n  data_files: a.csv\n---\n",
        "with-a-file-that-is-not-there": "---\nconfigs:\n- config_name: a\n  data_files: c.csv\n---\n",
    },
    kills="broken-card-is-no-card",
    level="SHOULD",
    source=BROKEN,
)
def test_broken(hub: ReplayHub, port: Port, member: str) -> None:
    """A card {} is an error: whatever else a client makes of it is not what the author meant."""
    require_files(port.get_data_files(repo_id=TWO_FILES), {"train": ["a.csv", "b.csv"]})
    put_card(hub, PLAIN, member.encode())
    require_said(port.error(DATA_FILES, repo_id=PLAIN))


@check.each(
    "datasets/card-never-runs-{}[contract]",
    {
        "a-command": "!!python/object/apply:os.system ['touch \"{0}\"']",
        "a-function": "!!python/object/apply:builtins.open ['{0}', 'w']",
        "a-new-object": "!!python/object/new:os.mkdir ['{0}']",
        "ruby": "!ruby/object:Gem::Installer\n  i: '{0}'",
        "javascript": '!!js/function >\n  function () {{ require("fs").writeFileSync("{0}", ""); }}()',
    },
    kills="yaml-runs-programs",
    operation=CONFIGS,
    source=SAFE,
)
def test_tags(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A card with a YAML tag of {} is refused or plain data: nothing in it is ever run. This one would make a file.

    A library that has the card from the repository's info reads no YAML, and finds none there of such a card.
    """
    seen = port.get_dataset_config_names(repo_id="conformance/card-with-crlf")
    require_equal(seen, ["a"], "wrong-configs", "a card without a tag is not read")
    made = disk.root / "made by a card"
    hub.wire.clear()
    put_card(hub, PLAIN, f"---\nx: {member.format(made)}\n{NAMES_ONE}---\n".encode())
    try:
        seen = port.get_dataset_config_names(repo_id=PLAIN)
    except PortError:
        seen = None
    require(not made.exists(), "program-run", "a program in a card was run")
    if any(entry.path.endswith("/README.md") for entry in hub.wire):
        require(seen in (None, ["a"]), "wrong-configs", "the card was not read, and there was no error", seen=seen)
