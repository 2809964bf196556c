"""What checks need of a recording, by its part: a branch, a tag, an old commit, a file kept by LFS.

Each function ends the check as not applicable where the recording has none; call it before the port is called.
"""

from __future__ import annotations

from conformance.replay import Truth
from conformance.verdict.require import role


def branch(repo: Truth) -> str:
    """A branch that stands elsewhere than `main`; one with a slash in its name before others."""
    names = [name for name, commit in repo.branches.items() if commit != repo.head]
    role(names, "a branch that stands elsewhere than main")
    return min(names, key=lambda name: "/" not in name)


def tag(repo: Truth) -> str:
    """A tag of a commit that is not the head of `main`."""
    names = [name for name, commit in repo.tags.items() if commit != repo.head]
    role(names, "a tag of an older commit")
    return names[0]


def tag_of_main(repo: Truth) -> str:
    """A tag of a commit of `main` that is not its head."""
    names = [name for name, commit in repo.tags.items() if commit in commits(repo)[1:]]
    role(names, "a tag of an older commit of main")
    return names[0]


def pull_request(repo: Truth) -> str:
    """The full ref of a pull request."""
    names = list(repo.pull_requests)
    role(names, "a pull request")
    return names[0]


def converted(repo: Truth) -> str:
    """A converted branch, such as `refs/convert/parquet`, whose files are others than those of `main`."""
    names = [name for name in repo.refs if name.startswith("refs/convert/") and _differs(repo, name)]
    role(names, "a converted branch with files of its own")
    return names[0]


def old_commit(repo: Truth) -> str:
    """The oldest commit of `main` whose files are listed and others than those of the head."""
    found = [commit for commit in commits(repo)[:0:-1] if _differs(repo, commit)]
    role(found, "an older commit with other files")
    return found[0]


def commits(repo: Truth) -> list[str]:
    """The commits of `main`, newest first; none where the history is not recorded."""
    try:
        return repo.commits
    except LookupError:
        return []


def history(repo: Truth) -> list[str]:
    """The commits of `main`, newest first: two of them at least."""
    found = commits(repo)
    role(len(found) > 1, "a history of two commits")
    return found


def git_file(repo: Truth) -> str:
    """A file kept in git, its content recorded."""
    name = repo.small_file()
    role(name, "a small file kept in git")
    return str(name)


def lfs_file(repo: Truth) -> str:
    """A file kept by LFS, its content recorded."""
    name = repo.large_file()
    role(name, "a file kept by LFS")
    return str(name)


def folders(repo: Truth) -> list[str]:
    """The folders at the root that hold files: two of them at least."""
    found = sorted({path.partition("/")[0] for path in repo.files() if "/" in path})
    role(len(found) > 1, "two folders with files")
    return found


def below(repo: Truth, folder: str) -> list[str]:
    """The paths of the files below a folder, sorted."""
    return sorted(path for path in repo.files() if path.startswith(f"{folder}/"))


def _differs(repo: Truth, revision: str) -> bool:
    try:
        return repo.files(revision) != repo.files()
    except LookupError:
        return False
