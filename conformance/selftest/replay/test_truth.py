"""What a recording offers to a check: files of a kind, refs, and how two commits differ."""

from __future__ import annotations

from conformance.replay import ReplayHub
from conformance.traffic.cassette import load


def test_refs_by_kind() -> None:
    """Branches, tags and pull requests are told apart, and a moved branch is where it was moved to."""
    hub = ReplayHub(load("gsm8k"))
    repo = hub.repo("openai/gsm8k")
    assert next(iter(repo.branches)) == "main"
    assert repo.tags
    assert not set(repo.tags) & set(repo.branches)
    assert all(ref.startswith("refs/pr/") for ref in repo.pull_requests)
    assert {**repo.branches, **repo.tags, **repo.pull_requests}.items() <= repo.refs.items()
    hub.move("main", to=repo.commits[-1], repo="openai/gsm8k")
    assert hub.repo("openai/gsm8k").branches["main"] == repo.commits[-1]


def test_files_by_kind() -> None:
    """A small one is kept in git and a large one by LFS; the content of both is recorded."""
    repo = ReplayHub(load("gsm8k")).repo("openai/gsm8k")
    small, large = repo.small_file(), repo.large_file()
    assert small == "README.md"
    assert large is not None
    assert (repo.files()[small].sha256, repo.files()[large].sha256 is None) == (None, False)
    assert repo.files()[large].body


def test_what_is_not_offered_is_none() -> None:
    """A recording whose bodies are thinned, or that has no such file, offers none."""
    hub = ReplayHub(load("contract"))
    assert hub.repo("conformance/no-card").tags == {}
    thinned = hub.repo("conformance/many-files")
    offered = thinned.small_file()
    assert offered is None or thinned.files()[offered].content is not None


def test_how_two_commits_differ() -> None:
    """Each file of two commits is changed, kept, added or removed; both sides are recorded."""
    repo = ReplayHub(load("gsm8k")).repo("openai/gsm8k")
    pairs = repo.pairs_of_commits()
    assert pairs
    for old, new in pairs:
        was, now = repo.files(old), repo.files(new)
        parts = [
            repo.changed_between(old, new),
            repo.kept_between(old, new),
            repo.added_between(old, new),
            repo.removed_between(old, new),
        ]
        assert sorted(path for part in parts for path in part) == sorted({*was, *now})
        assert all(was[path].body != now[path].body for path in parts[0])
        assert all(was[path].body == now[path].body for path in parts[1])
        assert all(path not in was for path in parts[2])
        assert all(path not in now for path in parts[3])
    assert any(repo.changed_between(*pair) for pair in pairs)
