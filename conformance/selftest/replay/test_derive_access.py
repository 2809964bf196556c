"""What is derived for what is missing, and for callers with other rights, is what the stand-in Hub gives."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from conformance.selftest.replay.conftest import API, FILES, Pair, ask, derived_by, is_unrecorded, telling


@pytest.mark.parametrize(
    "target",
    [
        f"{FILES}/main/nowhere.txt",
        f"{FILES}/main/main",
        f"{FILES}/v1.0/eval.yaml",
        f"{API}/tree/main/nowhere",
        f"{API}/tree/main/README.md",
        "/datasets/openai/gsm8k/raw/main/nowhere.txt",
    ],
)
def test_missing_entries(gsm8k: Pair, target: str) -> None:
    """A path that a complete listing does not hold, or holds as something else, is missing."""
    answer = gsm8k.agree_on(ask(target))
    assert answer.status == 404
    assert "missing_entry" in derived_by(answer)


def test_an_entry_is_missing_only_if_the_listing_says_so(contract: Pair) -> None:
    """A file that is listed but was not recorded is refused; it is not said to be missing."""
    page = contract.replay(ask("/api/datasets/conformance/many-files/tree/main?recursive=true"))
    path = [item["path"] for item in json.loads(page.body) if item["type"] == "file"][-1]
    answer = contract.replay(ask(f"/datasets/conformance/many-files/resolve/main/{quote(path)}"))
    assert is_unrecorded(answer)


@pytest.mark.parametrize(
    "target",
    [
        f"{API}/revision/nope",
        f"{API}/tree/a%2Fb",
        f"{API}/commits/{'0' * 40}",
        f"{FILES}/nope/README.md",
        f"{API}/tree/nope/main?recursive=true",
    ],
)
def test_missing_revisions(gsm8k: Pair, target: str) -> None:
    """A name that is no ref and no commit is missing, and the answer says which."""
    answer = gsm8k.agree_on(ask(target))
    assert answer.headers["X-Error-Code"] == "RevisionNotFound"
    assert "missing_revision" in derived_by(answer)


def test_missing_revision_asked_with_post(gsm8k: Pair) -> None:
    """The paths of a revision that does not exist are asked for with POST, and it is missing all the same."""
    answer = gsm8k.agree_on(ask(f"{API}/paths-info/nope", method="POST", body=b"paths=README.md"))
    assert answer.headers["X-Error-Code"] == "RevisionNotFound"


@pytest.mark.parametrize("name", ["anonymous", "reader"])
@pytest.mark.parametrize(
    "target",
    [
        "/api/models/openai/gsm8k",
        "/api/models/openai/gsm8k/tree/main?recursive=true",
        "/openai/gsm8k/resolve/main/README.md",
        "/api/datasets/conformance/missing/revision/v1.0",
        "/datasets/conformance/missing/resolve/v1.0/data.txt",
    ],
)
def test_missing_repositories(gsm8k: Pair, target: str, name: str) -> None:
    """A dataset is no model, and of a missing repository everything is missing."""
    answer = gsm8k.agree_on(ask(target, name))
    assert answer.status in (401, 404)
    assert "missing_repository" in derived_by(answer)


@pytest.mark.parametrize("target", ["/datasets/conformance/private/resolve/main/data.txt"])
def test_hidden_repositories(contract: Pair, target: str) -> None:
    """To whoever may not see it, a private repository is missing."""
    answer = contract.agree_on(ask(target))
    assert answer.status == 401
    assert "missing_repository" in derived_by(answer)


@pytest.mark.parametrize("name", ["owner", "granted", "invalid"])
@pytest.mark.parametrize("target", [API, f"{FILES}/main/README.md", f"{API}/tree/main"])
def test_public_answers_for_any_caller(gsm8k: Pair, name: str, target: str) -> None:
    """A public repository answers everybody alike, but for the rate limit and the signed-in user."""
    answer = gsm8k.replay(ask(target, name))
    status, fields, body = telling(answer)
    expected_status, expected_fields, expected_body = telling(gsm8k.hub(ask(target, name)))
    expected = {**expected_fields, **{key: fields[key] for key in ("ratelimit", "ratelimit-policy")}}
    expected.pop("x-hf-warning", None)
    assert (status, fields, body) == (expected_status, expected, expected_body)
    assert derived_by(answer) == ["same_rights"]


@pytest.mark.parametrize("name", ["anonymous", "invalid", "reader", "owner", "granted"])
def test_a_missing_repository(gsm8k: Pair, name: str) -> None:
    """Who has a valid token is told that it is missing, everybody else is asked to log in."""
    answer = gsm8k.agree_on(ask("/api/datasets/conformance/missing", name))
    assert answer.status == (401 if name in ("anonymous", "invalid") else 404)


@pytest.mark.parametrize("name", ["owner", "granted", "pending", "rejected", "reader", "anonymous", "invalid"])
@pytest.mark.parametrize(
    "target",
    [
        "/datasets/conformance/gated/resolve/main/README.md",
        "/datasets/conformance/gated/resolve/main/nowhere.txt",
        "/api/datasets/conformance/gated/tree/main?recursive=true",
        "/api/datasets/conformance/gated/commits/main",
        "/api/datasets/conformance/private",
    ],
)
def test_nobody_gets_another_callers_answer_where_access_matters(contract: Pair, name: str, target: str) -> None:
    """Gated and private repositories answer each caller as recorded, or not at all."""
    answer = contract.replay(ask(target, name))
    assert is_unrecorded(answer) or telling(answer) == telling(contract.hub(ask(target, name)))


@pytest.mark.parametrize("target", ["resolve/{sha}/README.md", "resolve/{sha}/nowhere.txt"])
@pytest.mark.parametrize("name", ["granted", "pending"])
def test_a_gated_repository_by_its_sha(contract: Pair, name: str, target: str) -> None:
    """A caller whose answers were recorded for `main` gets them for its commit as well."""
    sha = json.loads(contract.replay(ask("/api/datasets/conformance/gated", name)).body)["sha"]
    answer = contract.agree_on(ask(f"/datasets/conformance/gated/{target.format(sha=sha)}", name))
    assert derived_by(answer)[0] == "same_commit"


@pytest.mark.parametrize("name", ["anonymous", "pending", "rejected", "reader", "granted"])
@pytest.mark.parametrize("path", ["main/nowhere.txt", "nope/README.md", "nope/nowhere.txt"])
def test_the_gate_comes_before_what_is_missing(contract: Pair, name: str, path: str) -> None:
    """Who does not get past the gate is told so, whether or not the revision and the file are there."""
    contract.agree_on(ask(f"/datasets/conformance/gated/resolve/{path}", name))


def test_paths_info_stays_masked(contract: Pair) -> None:
    """Who may not read a gated repository gets its hashes masked in a derived answer too."""
    body = json.dumps({"paths": ["data/train.parquet", "README.md"]}).encode()
    target = "/api/datasets/conformance/gated/paths-info/main"
    contract.agree_on(ask(target, "pending", method="POST", body=body, Content_Type="application/json"))
