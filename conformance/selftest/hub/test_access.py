"""Who may see and read what: missing, private, gated and disabled repositories, caller by caller."""

from __future__ import annotations

import pytest

from conformance.hub.access import OPEN_BEHIND_THE_GATE
from conformance.selftest.hub.asking import (
    REPOSITORIES,
    Asking,
    api,
    error,
    page,
    resolve,
)

GSM8K = REPOSITORIES["openai/gsm8k"]
GATED = REPOSITORIES["conformance/gated"]
PRIVATE = REPOSITORIES["conformance/private"]


@pytest.mark.parametrize("kind", ["datasets", "models", "spaces"])
def test_a_missing_repository_is_401_or_404(ask: Asking, kind: str) -> None:
    """Anonymous and unknown callers get 401 without a code, known ones 404 `RepoNotFound`."""
    prefix = "" if kind == "models" else f"/{kind}"
    for target in (
        f"/api/{kind}/conformance/missing",
        f"{prefix}/conformance/missing/resolve/main/README.md",
    ):
        for caller in ("anonymous", "invalid"):
            answer = ask(target, caller)
            assert error(answer) == (401, None, "Invalid username or password.")
            assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert error(ask(target, "reader")) == (404, "RepoNotFound", "Repository not found")


def test_a_private_repository_looks_missing(ask: Asking) -> None:
    """Whoever may not see it gets the answer of a missing one, byte for byte; its owner sees it."""
    for caller in ("anonymous", "reader", "granted", "invalid"):
        private, missing = ask(api(PRIVATE), caller), ask("/api/datasets/conformance/missing", caller)
        assert (error(private), private.body) == (error(missing), missing.body)
    assert ask.json(api(PRIVATE), "owner")["private"] is True


def test_the_gate_comes_before_revision_and_entry(ask: Asking) -> None:
    """On a gated repository a bad revision and a missing file are `GatedRepo`, too."""
    for target in (
        resolve(GATED, "data.txt"),
        resolve(GATED, "no-such-file.txt"),
        resolve(GATED, "data.txt", "no-such-revision"),
        f"{api(GATED)}/commits/main",
        f"{page(GATED)}/raw/main/README.md",
    ):
        status, code, message = error(ask(target))
        assert (status, code) == (401, "GatedRepo")
        assert message is not None
        assert message.startswith("Access to dataset conformance/gated is restricted. You must have access")
    no_file = ask(resolve(GSM8K, "no-such-file.txt", "no-such-revision"))
    assert error(no_file) == (404, "RevisionNotFound", "Invalid rev id: no-such-revision")


@pytest.mark.parametrize(
    ("caller", "status", "message"),
    [
        ("invalid", 401, "is restricted. You must have access to it and be authenticated"),
        ("reader", 403, "and you are not in the authorized list. Visit https://huggingface.co/datasets/"),
        ("pending", 403, "is awaiting a review from the repo authors."),
        ("rejected", 403, "has been rejected by the repo's authors."),
    ],
)
def test_each_caller_hears_why_the_gate_is_shut(ask: Asking, caller: str, status: int, message: str) -> None:
    """No request, a pending one, a rejected one: each has its own text, and the code `GatedRepo`."""
    for target in (resolve(GATED, "data.txt"), f"{api(GATED)}/auth-check"):
        refused = error(ask(target, caller))
        assert refused[:2] == (status, "GatedRepo")
        assert message in str(refused[2])


def test_four_names_are_open_behind_the_gate(ask: Asking) -> None:
    """README.md and three LICENSE names at the root, by resolve only; one that is missing is 404."""
    assert {"README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"} == OPEN_BEHIND_THE_GATE
    for name in OPEN_BEHIND_THE_GATE:
        there = name in GATED.head.files
        assert ask(resolve(GATED, name)).status == (200 if there else 404)
    for name in ("readme.md", "folder/LICENSE"):
        assert ask(resolve(GATED, name)).status == 401


def test_those_with_access_read_everything(ask: Asking) -> None:
    """The owner and a granted caller get both kinds of file, and the gated listing unmasked."""
    for caller in ("owner", "granted"):
        assert ask(resolve(GATED, "data.txt"), caller).body == GATED.head.files["data.txt"].data
        redirected = ask(resolve(GATED, "folder/data.bin"), caller)
        assert ask.follow(redirected, caller).body == GATED.head.files["folder/data.bin"].data
        [_, item] = ask.json(f"{api(GATED)}/tree/main/folder", caller)
        assert item["lfs"]["oid"] == GATED.head.files["folder/data.bin"].sha256


def test_a_gated_listing_is_masked_for_the_others(ask: Asking) -> None:
    """`lfs.oid` and `xetHash` are 64 stars; sizes and git oids stay."""
    [_, item] = ask.json(f"{api(GATED)}/tree/main/folder")
    assert item["lfs"]["oid"] == item["xetHash"] == "*" * 64
    assert item["oid"] == GATED.head.files["folder/data.bin"].oid
    assert item["size"] == item["lfs"]["size"] == 5000


def test_a_disabled_repository_says_so(ask: Asking) -> None:
    """Its information has `"disabled":true`; its files are 403 without a code."""
    disabled = REPOSITORIES["conformance/disabled"]
    assert ask.json(api(disabled))["disabled"] is True
    for target in (resolve(disabled, "data.txt"), f"{api(disabled)}/tree/main"):
        assert error(ask(target)) == (403, None, "Access to this resource is disabled.")
