"""Fields that are the same in every recorded repository, and differ here: scans, authors, widgets, short `siblings`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from conformance.hub import StandInHub, serve
from conformance.hub.repository import Commit, Repository, utc
from conformance.selftest.hub.asking import REPOSITORIES, Asking, api
from reference_client import HfApi, snapshot_download
from reference_client.models import RepoFile

FILES = {
    "README.md": b"---\nwidget:\n- text: How many eggs?\n---\n",
    "a.bin": b"a",
    "b.pkl": b"b",
    "c.pkl": b"c",
    "new.txt": b"new",
    "waits.txt": b"waits",
}
SCANS = {"README.md": "safe", "a.bin": "safe", "b.pkl": "unsafe", "c.pkl": "suspicious", "waits.txt": "queued"}
FIRST = Commit.of({"README.md": FILES["README.md"]}, title="one", date=utc("2026-10-01T08:00:00"), authors=("ann",))
HEAD = Commit.of(FILES, title="two", date=utc("2026-10-02T08:00:00"), parent=FIRST, authors=("ben", "ann", "cy"))
MODEL = Repository("someone/scanned", {"main": HEAD}, "model", scans=SCANS)
LARGE = Repository("someone/large", {"main": HEAD}, "dataset", most_siblings=2)
NONE_LISTED = Repository("someone/larger", {"main": HEAD}, "dataset", most_siblings=0)


RUNTIME = {
    "stage": "RUNNING",
    "hardware": {"current": "cpu-basic", "requested": "t4-small"},
    "storage": None,
    "gcTimeout": 172800,
}
SPACE = Repository("someone/space", {"main": HEAD}, "space", runtime=RUNTIME)
COUNTED = Repository(
    "someone/counted",
    {"main": HEAD},
    "model",
    downloads=10,
    downloads_all_time=2000,
    likes=3,
    trending_score=4,
    xet_enabled=False,
    spaces=("someone/space", "other/space"),
)


@dataclass(frozen=True)
class Place:
    ask: Asking
    endpoint: str

    @property
    def api(self) -> HfApi:
        return HfApi(self.endpoint, token=False)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    hub = StandInHub([MODEL, LARGE, NONE_LISTED, SPACE, COUNTED])
    with serve(hub) as origins:
        yield Place(Asking(hub), origins.url("hub"))


def test_each_file_has_its_own_security_status(place: Place) -> None:
    """In a tree and by path; `safe` is true for that status only."""
    expected = {**SCANS, "new.txt": "unscanned"}
    tree = place.api.list_repo_tree(MODEL.repo_id, recursive=True, expand=True)
    for items in (list(tree), place.api.get_paths_info(MODEL.repo_id, list(FILES), expand=True)):
        found = {item.path: item.security for item in items if isinstance(item, RepoFile)}
        assert {path: security and security.status for path, security in found.items()} == expected
        assert {path for path, security in found.items() if security and security.safe} == {"README.md", "a.bin"}
        unsafe = found["b.pkl"]
        assert unsafe is not None
        assert unsafe.av_scan == {"status": "safe"}
        assert unsafe.pickle_import_scan == {"status": "unsafe"}


def test_the_security_of_a_model_names_the_files_with_issues(place: Place) -> None:
    about = place.ask.json(f"/api/models/{MODEL.repo_id}?securityStatus=true")
    issues = [{"path": "b.pkl", "level": "unsafe"}, {"path": "c.pkl", "level": "suspicious"}]
    assert about["securityRepoStatus"] == {"scansDone": False, "filesWithIssues": issues}
    assert "securityRepoStatus" not in place.ask.json(f"/api/models/{MODEL.repo_id}")
    assert "securityRepoStatus" not in place.ask.json(f"/api/datasets/{LARGE.repo_id}?securityStatus=true")


def test_scans_are_done_when_every_file_has_one() -> None:
    scanned = Repository("someone/scanned", {"main": HEAD}, "model", scans=dict.fromkeys(FILES, "safe"))
    about = Asking(StandInHub([scanned])).json("/api/models/someone/scanned?securityStatus=true")
    assert about["securityRepoStatus"] == {"scansDone": True, "filesWithIssues": []}


def test_the_official_client_reads_the_security_of_a_model(place: Place) -> None:
    official = pytest.importorskip("huggingface_hub")
    info = official.HfApi(place.endpoint, token=False).model_info(MODEL.repo_id, securityStatus=True)
    assert info.security_repo_status["filesWithIssues"][0] == {"path": "b.pkl", "level": "unsafe"}
    assert info.widget_data == [{"text": "How many eggs?"}]


def test_a_widget_of_the_card_is_in_the_information(place: Place) -> None:
    info = place.api.model_info(MODEL.repo_id)
    assert info.widget_data == [{"text": "How many eggs?"}]


def test_a_space_has_its_runtime(place: Place) -> None:
    assert place.api.space_info(SPACE.repo_id).runtime == RUNTIME
    assert place.ask.json(f"/api/spaces/{SPACE.repo_id}?expand[]=runtime")["runtime"] == RUNTIME
    official = pytest.importorskip("huggingface_hub")
    runtime = official.HfApi(place.endpoint, token=False).space_info(SPACE.repo_id).runtime
    assert (runtime.stage, runtime.hardware, runtime.requested_hardware) == ("RUNNING", "cpu-basic", "t4-small")


def test_counts_that_are_like_each_other_differ(place: Place) -> None:
    """A client that takes one for another is noticed."""
    expected = {"downloads": 10, "downloadsAllTime": 2000, "likes": 3, "trendingScore": 4, "xetEnabled": False}
    names = [*expected, "spaces"]
    info = place.api.model_info(COUNTED.repo_id, expand=names)
    found = (info.downloads, info.downloads_all_time, info.likes, info.trending_score)
    assert found == (10, 2000, 3, 4)
    assert info.spaces == ["someone/space", "other/space"]
    said = place.ask.json(f"/api/models/{COUNTED.repo_id}?" + "&".join(f"expand[]={name}" for name in names))
    assert {name: said[name] for name in expected} == expected


def test_each_commit_has_its_own_authors(place: Place) -> None:
    commits = place.api.list_repo_commits(MODEL.repo_id)
    assert [commit.authors for commit in commits] == [["ben", "ann", "cy"], ["ann"]]


@pytest.mark.parametrize(("repository", "listed"), [(LARGE, ["README.md", "a.bin"]), (NONE_LISTED, [])])
def test_a_snapshot_is_whole_though_siblings_are_not(
    place: Place, tmp_path: Path, repository: Repository, listed: list[str]
) -> None:
    """The tree is the truth about what a commit has."""
    info = place.api.dataset_info(repository.repo_id)
    assert [sibling.rfilename for sibling in info.siblings or []] == listed
    assert place.api.list_repo_files(repository.repo_id, repo_type="dataset") == sorted(FILES)
    options = {"repo_type": "dataset", "cache_dir": tmp_path, "token": False, "endpoint": place.endpoint}
    folder = Path(snapshot_download(repository.repo_id, **options))  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


@pytest.mark.parametrize(
    ("name", "fits"),
    [("\u00e9", True), ("a\u00a0b", True), ("a\u00adb", True), ("a\tb", True), ("\u20ac", False), ("a\x07b", False)],
)
def test_a_refusal_s_text_is_latin_1_on_the_wire(name: str, fits: bool) -> None:
    """The name of a missing branch comes back in a header, a byte for each letter, if Node takes it; always as JSON."""
    repository = REPOSITORIES["openai/gsm8k"]
    with serve(StandInHub([repository])) as origins:
        answer = requests.get(f"{origins.url('hub')}{api(repository)}/tree/{quote(name)}", timeout=10)
    said = f"Invalid rev id: {name}"
    assert answer.headers.get("X-Error-Message") == (said if fits else None)  # requests reads headers as Latin-1
    assert answer.json() == {"error": said}
