"""Requests: who gets the token, what is tried again, which answer is which error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.selftest.reference_client.raw_server import Bytes, RawServer, answer
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import TOKENS
from reference_client import HfApi, errors

READER = TOKENS["reader"]


def authorized(hub: Hub) -> list[tuple[str, bool]]:
    """Origin of each request, and whether it carried the token."""
    return [(entry.origin, entry.request.token == READER) for entry in hub.requests()]


def test_the_token_goes_to_the_hub_and_not_to_the_cdn(hub: Hub, tmp_path: Path) -> None:
    """Every request to the Hub has it, the one to the CDN hasn't."""
    hub.api(READER).hf_hub_download(GSM8K, TRAIN, repo_type="dataset", cache_dir=tmp_path)
    assert authorized(hub) == [("hub", True), ("hub", True), ("cdn", False)]


def test_the_token_stays_off_once_a_redirect_has_left_the_hub(hub: Hub) -> None:
    """A stranger that sends us back doesn't get to ask in the user's name."""

    def detour(request: Request, response: Response) -> Response:
        if request.origin == "stranger":
            return Response(307, headers({"Location": f"{hub.endpoint}/api/whoami-v2"}))
        if "returned" not in request.target and not request.path.startswith("/api/whoami"):
            return Response(307, headers({"Location": hub.origins.url("stranger") + "/away"}))
        return response

    hub.meddle = detour
    with pytest.raises(errors.HfHubHTTPError):
        hub.api(READER).dataset_info(GSM8K)
    assert authorized(hub) == [("hub", True), ("stranger", False), ("hub", False)]


def test_a_next_page_elsewhere_is_read_without_the_token(hub: Hub) -> None:
    """A Link to another origin is followed, but the token isn't sent there."""

    def elsewhere(request: Request, response: Response) -> Response:
        if request.origin == "stranger":
            return Response(200, headers({"Content-Type": "application/json"}), b"[]")
        return response.with_headers({"Link": f'<{hub.origins.url("stranger")}/next>; rel="next"'})

    hub.meddle = elsewhere
    hub.api(READER).list_repo_files(GSM8K, repo_type="dataset")
    assert authorized(hub) == [("hub", True), ("stranger", False)]


def test_a_listing_is_followed_to_its_last_page(hub: Hub) -> None:
    """All pages, each file once; a page that leads back is an error, not an endless loop."""
    repo_id = "conformance/many-files"
    assert set(hub.api().list_repo_files(repo_id, repo_type="dataset")) == set(hub.files(repo_id))
    assert len(hub.requests()) > 1

    hub.meddle = lambda request, response: response.with_headers(
        {"Link": f'<{hub.endpoint}{request.target}>; rel="next"'}
    )
    with pytest.raises(OSError, match="leads back"):
        hub.api().list_repo_files(repo_id, repo_type="dataset")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Response(503), [1.0]),
        (Response(429, headers({"RateLimit": '"api";r=0;t=10'})), [11.0]),
        (Response(503, headers({"Retry-After": "7"})), [7.0]),
    ],
)
def test_what_may_pass_is_tried_again(hub: Hub, waits: list[float], refusal: Response, expected: list[float]) -> None:
    """After the time the Hub names, or our own."""
    refusals = iter([refusal])
    hub.meddle = lambda request, response: next(refusals, response)
    assert hub.api().dataset_info(GSM8K).id == GSM8K
    assert waits == expected


def test_attempts_are_bounded(hub: Hub, waits: list[float]) -> None:
    """Six in all; and a Hub that asks for an hour isn't waited for."""
    hub.meddle = lambda request, response: Response(503)
    with pytest.raises(errors.HfHubHTTPError, match="503"):
        hub.api().dataset_info(GSM8K)
    assert (len(hub.requests()), waits) == (6, [1, 2, 4, 8, 8])

    hub.meddle = lambda request, response: Response(429, headers({"Retry-After": "3600"}))
    with pytest.raises(errors.HfHubHTTPError, match="429"):
        hub.api().dataset_info(GSM8K)
    assert len(hub.requests()) == 1


@pytest.mark.parametrize(
    ("repo_id", "revision", "filename", "token", "error"),
    [
        ("conformance/missing", "main", "README.md", False, errors.RepositoryNotFoundError),
        ("conformance/missing", "main", "README.md", READER, errors.RepositoryNotFoundError),
        ("conformance/private", "main", "README.md", False, errors.RepositoryNotFoundError),
        (GSM8K, "no-such", "README.md", False, errors.RevisionNotFoundError),
        (GSM8K, "main", "no-such.txt", False, errors.RemoteEntryNotFoundError),
        ("conformance/gated", "main", "data.txt", False, errors.GatedRepoError),
        ("conformance/gated", "main", "data.txt", READER, errors.GatedRepoError),
    ],
)
def test_each_refusal_has_its_error(
    hub: Hub,
    tmp_path: Path,
    repo_id: str,
    revision: str,
    filename: str,
    token: str | bool,
    error: type[Exception],
) -> None:
    """The most special class, and never the token in what it says."""
    with pytest.raises(errors.HfHubHTTPError) as caught:
        hub.api(token).hf_hub_download(repo_id, filename, repo_type="dataset", revision=revision, cache_dir=tmp_path)
    assert type(caught.value) is error
    assert READER not in f"{caught.value} {caught.value!r}"


def test_whoami_tells_the_caller_and_refuses_the_rest(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known token has a name, an unknown one is a 401, none is an error of its own."""
    assert hub.api(READER).whoami()["name"]
    with pytest.raises(errors.HfHubHTTPError) as caught:
        hub.api(TOKENS["invalid"]).whoami()
    assert type(caught.value) is errors.HfHubHTTPError
    monkeypatch.setenv("HF_TOKEN_PATH", "/nonexistent")
    with pytest.raises(errors.LocalTokenNotFoundError):
        hub.api(None).whoami()  # type: ignore[arg-type]


def test_a_token_that_would_break_the_header_is_refused_unseen(hub: Hub) -> None:
    """The message must not show it."""
    with pytest.raises(ValueError, match="token") as caught:
        hub.api("hf_secret\x00part").dataset_info(GSM8K)
    assert "secret" not in str(caught.value)
    assert hub.requests() == []


def test_info_has_every_field_the_hub_sends(hub: Hub) -> None:
    """Known ones under the names of `huggingface_hub`, unknown ones under the Hub's."""

    def add(request: Request, response: Response) -> Response:
        body = json.dumps({**json.loads(response.body), "somethingNew": 7}).encode()
        return Response(200, headers({"Content-Type": "application/json"}), body)

    hub.meddle = add
    info = hub.api().dataset_info(GSM8K, files_metadata=True)
    assert (info.id, info.sha, info.private, info.gated) == (GSM8K, hub.commits(GSM8K)[0], False, False)
    assert info.created_at is not None
    assert info.created_at.isoformat() == "2022-04-12T10:22:10+00:00"
    assert info.card_data is not None
    assert info.card_data.license == info.card_data["license"] == ["mit"]
    assert vars(info)["somethingNew"] == 7
    sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or []}
    assert sizes == {name: file.size for name, file in hub.files(GSM8K).items()}


@pytest.mark.parametrize(("expand", "sent"), [("author", ["author"]), (["sha", "likes"], ["sha", "likes"]), ("", [])])
def test_a_text_is_one_name_of_a_field(hub: Hub, expand: str | list[str], sent: list[str]) -> None:
    """And not a name for each of its letters, which the Hub refuses."""
    assert hub.api().dataset_info(GSM8K, expand=expand).id == GSM8K
    (entry,) = hub.requests()
    assert entry.request.query == [("expand", name) for name in sent]


def test_an_endpoint_that_is_no_url_is_named() -> None:
    """The message says what it must look like."""
    with pytest.raises(ValueError, match=r"http or https URL.*'localhost:8080'"):
        HfApi("localhost:8080", False).dataset_info(GSM8K)


@pytest.mark.parametrize(
    "link",
    [
        "</second>; rel=next",
        '</second>; REL="NEXT"',
        '</second>; rel="prev next"',
        '</second>; rel="next https://hub.example/x"',
        '</first>; rel="last", </second>; rel="Next"',
    ],
)
def test_the_next_page_in_any_form(link: str) -> None:
    """Names of relations have any letter case, and several may stand in one text (RFC 8288, section 3.3)."""

    def page(head: str) -> Bytes:
        name = "b" if head.startswith("GET /second ") else "a"
        items = [{"type": "file", "path": name, "oid": "1" * 40, "size": 1}]
        return answer(json.dumps(items).encode(), *([f"Link: {link}"] if name == "a" else []))

    with RawServer(page) as hub:
        assert HfApi(hub.url, False).list_repo_files("o/n") == ["a", "b"]


def test_an_empty_link_is_no_end_of_a_listing() -> None:
    server = RawServer(lambda head: answer(b"[]", 'Link: <>; rel="next"'))
    with server as hub, pytest.raises(OSError, match="leads back to a page"):
        HfApi(hub.url, False).list_repo_files("o/n")


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (307, "POST"), (308, "POST")])
def test_a_form_is_not_sent_again_after_see_other(hub: Hub, status: int, method: str) -> None:
    """303 says where the outcome of a POST is to be read (RFC 9110, 15.4.4); 307 and 308 keep method and form."""

    def moved(request: Request, response: Response) -> Response:
        if "elsewhere" in request.target:
            return Response(200, headers({"Content-Type": "application/json"}), b"[]")
        return Response(status, headers({"Location": f"{hub.endpoint}/elsewhere"}))

    hub.meddle = moved
    assert hub.api().get_paths_info(GSM8K, ["README.md"], repo_type="dataset") == []
    first, second = (entry.request for entry in hub.requests())
    assert (first.method, second.method, bool(second.body)) == ("POST", method, method == "POST")
