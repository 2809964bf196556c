"""Arguments that several commands have."""

from __future__ import annotations

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def is_number(text: str) -> bool:
    """Whether a text is a whole number in the digits 0 to 9; `int` also reads those of other scripts."""
    return text.isascii() and text.isdecimal()


def known() -> argparse.ArgumentParser:
    """NAME, of a dataset with an adapter."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("name", metavar="NAME", help="a known dataset, such as gsm8k")
    return parser


def any_dataset() -> argparse.ArgumentParser:
    """NAME, or a repository."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("name", metavar="NAME|REPO", help="a known dataset, such as gsm8k, or a repository, owner/name")
    return parser


def folder() -> argparse.ArgumentParser:
    """Where the store is."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--dir", metavar="DIR", help="the store's folder; default: HUB_REFERENCE_DIR, else .openagents/datasets"
    )
    return parser


def revision(default: str) -> argparse.ArgumentParser:
    """Which revision; `default` describes the value without one."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--revision", help=f"branch, tag, ref or commit; default: {default}")
    return parser


def part() -> argparse.ArgumentParser:
    """Which rows of a dataset."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--config", help="default: the dataset's first")
    parser.add_argument("--split", help="default: the config's first")
    return parser
