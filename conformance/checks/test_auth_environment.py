"""Tokens of the machine: from the environment, from the file that a login writes, and their order of precedence."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, PRIVATE, Disk, Port, authorizations
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require_bytes, require_equal

VARIABLES = "Hub docs: environment variables HF_TOKEN, HF_TOKEN_PATH, HF_HOME; huggingface_hub get_token"
READER = TOKENS["reader"]
OWNER = TOKENS["owner"]


check = Checks(ASKS, source=VARIABLES)


def login(disk: Disk, token: str) -> Path:
    """A file as a login writes it."""
    path = disk.root / "home" / "token"
    path.parent.mkdir()
    path.write_text(token, "utf-8")
    return path


def require_caller(hub: ReplayHub, token: str | None) -> None:
    """Every request to the Hub was sent with this token, or with none."""
    expected = None if token is None else f"Bearer {token}"
    require_equal(set(authorizations(hub, "hub")), {expected}, "wrong-token", "another token was sent, or none")


@check("auth/token-of-the-environment[gsm8k]", kills="machine-login-ignored")
def test_token_of_the_environment(hub: ReplayHub, port: Port) -> None:
    """`HF_TOKEN` is the user's token: it is sent without being given in the call."""
    port.with_environment(HF_TOKEN=READER).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/token-of-the-environment-downloads[contract]", kills="machine-login-ignored", operation="hf_hub_download")
def test_token_of_the_environment_downloads(hub: ReplayHub, port: Port) -> None:
    """With `HF_TOKEN` a file of a private repository is downloaded."""
    repo = hub.repo(PRIVATE)
    path = port.with_environment(HF_TOKEN=OWNER).download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)
    require_caller(hub, OWNER)


@check(
    "auth/older-name-of-the-variable[gsm8k]",
    kills="older-name-ignored",
    level="MAY",
    source="huggingface_hub get_token: HUGGING_FACE_HUB_TOKEN, the name before HF_TOKEN",
)
def test_older_name_of_the_variable(hub: ReplayHub, port: Port) -> None:
    """`HUGGING_FACE_HUB_TOKEN`, the variable's older name, is still read."""
    port.with_environment(HUGGING_FACE_HUB_TOKEN=READER).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/token-file[gsm8k]", kills="machine-login-ignored")
def test_token_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The file that `HF_TOKEN_PATH` names holds the user's token; a newline at its end is not part of it."""
    port.with_environment(HF_TOKEN_PATH=str(login(disk, f"{READER}\n"))).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/token-file-in-the-home[gsm8k]", kills="machine-login-ignored")
def test_token_file_in_the_home(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without `HF_TOKEN_PATH` the file is `$HF_HOME/token`: there every login puts it."""
    port.with_environment(HF_HOME=str(login(disk, READER).parent)).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/environment-goes-before-the-file[gsm8k]", kills="file-goes-before-environment")
def test_environment_goes_before_the_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`HF_TOKEN` takes precedence over the token file, so that one job can have another identity than the machine."""
    port.with_environment(HF_TOKEN=READER, HF_TOKEN_PATH=str(login(disk, OWNER))).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/call-goes-before-the-environment[gsm8k]", kills="machine-goes-before-call")
def test_call_goes_before_the_environment(hub: ReplayHub, port: Port) -> None:
    """A token in the call takes precedence over `HF_TOKEN`."""
    port.with_environment(HF_TOKEN=OWNER).ask(hub.subject.id, token=READER)
    require_caller(hub, READER)


@check(
    "auth/false-goes-before-the-environment[gsm8k]",
    kills="machine-goes-before-call",
    operation="hf_hub_download",
    source="huggingface_hub: token=False sends no token though the user is logged in",
)
def test_false_goes_before_the_environment(hub: ReplayHub, port: Port) -> None:
    """With `token=False` no token is sent, though `HF_TOKEN` has one: a public file can be read anonymously."""
    small = git_file(hub.subject)
    port.with_environment(HF_TOKEN=OWNER).download(hub.subject, small, token=False)
    require_caller(hub, None)


@check(
    "auth/true-takes-the-login[gsm8k]",
    kills="machine-login-ignored",
    source="huggingface_hub: token=True sends the user's token",
)
def test_true_takes_the_login(hub: ReplayHub, port: Port) -> None:
    """`token=True` sends the user's own token."""
    port.with_environment(HF_TOKEN=READER).ask(hub.subject.id, token=True)
    require_caller(hub, READER)


@check(
    "auth/implicit-token-switched-off[gsm8k]",
    kills="implicit-token-always-sent",
    level="SHOULD",
    source="Hub docs: environment variable HF_HUB_DISABLE_IMPLICIT_TOKEN",
)
def test_implicit_token_switched_off(hub: ReplayHub, port: Port) -> None:
    """With `HF_HUB_DISABLE_IMPLICIT_TOKEN=1` the user's token is sent only where the call asks for it."""
    repo = hub.subject
    port = port.with_environment(HF_HUB_DISABLE_IMPLICIT_TOKEN="1", HF_TOKEN=READER)
    port.ask(repo.id)
    require_caller(hub, None)
    hub.wire.clear()
    port.ask(repo.id, token=True)
    require_caller(hub, READER)


@check.each(
    "auth/environment-token-with-{}[gsm8k]",
    {"a-newline": f"{READER}\n", "blanks-around-it": f"  {READER} "},
    kills="environment-token-not-cleaned",
    source="huggingface_hub utils._auth: a token of the environment is cleaned of line ends and blanks",
)
def test_environment_token_with_dirt(hub: ReplayHub, port: Port, member: str) -> None:
    """A token in `HF_TOKEN` with {} is sent without: CI systems and secret stores add such things."""
    port.with_environment(HF_TOKEN=member).ask(hub.subject.id)
    require_caller(hub, READER)


@check("auth/empty-environment-token-is-none[gsm8k]", kills="environment-token-not-cleaned")
def test_empty_environment_token_is_none(hub: ReplayHub, port: Port) -> None:
    """An empty `HF_TOKEN` is as good as none: in CI, a secret that is missing gives an empty variable."""
    port.with_environment(HF_TOKEN="").ask(hub.subject.id)
    require_caller(hub, None)


@check("auth/empty-token-file-is-none[gsm8k]", kills="empty-token-file-sent")
def test_empty_token_file_is_none(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A token file with nothing but a newline is as good as none."""
    port.with_environment(HF_TOKEN_PATH=str(login(disk, "\n"))).ask(hub.subject.id)
    require_caller(hub, None)
