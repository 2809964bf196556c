"""Roles: what checks need of a recorded repository. Checks ask for a role, recordings offer it.

A role is a function from a repository's recording to its value, such as the path of a small file. A check that calls
one whose value the recording does not have ends as *not applicable*, so call it before the port is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar, cast

from conformance.replay import Truth
from conformance.replay.index import Index
from conformance.traffic.recording import Recording
from conformance.verdict import require

T = TypeVar("T")

Change: TypeAlias = tuple[str, str, str]
"""An old commit, a new commit, and the path of a file."""


@dataclass(frozen=True, slots=True)
class Role(Generic[T]):
    """One thing that a recorded repository may offer.

    Attributes:
        name: the function's name, as the command `recording` lists it.
        what: what it is, in a few words: `a tag of an older commit`.
        find: returns its value; None, or an empty one, where the recording has none.
    """

    name: str
    what: str
    find: Callable[[Truth], T | None]

    def __call__(self, repo: Truth) -> T:
        """The role's value.

        Raises:
            NotApplicable: the recording does not offer the role.
        """
        found = self.offered(repo)
        require.role(found is not None, self.what)
        return cast(T, found)

    def offered(self, repo: Truth) -> T | None:
        """The role's value, or None where the recording does not offer it."""
        try:
            return self.find(repo) or None
        except LookupError:  # the listing or the history that it is looked for in is not recorded
            return None


ROLES: Final[dict[str, Role[object]]] = {}
"""Every role by name."""


def role(what: str) -> Callable[[Callable[[Truth], T | None]], Role[T]]:
    """Make a function a role, with what it is in a few words."""

    def declare(find: Callable[[Truth], T | None]) -> Role[T]:
        declared = Role(find.__name__, what, find)
        ROLES[find.__name__] = declared  # type: ignore[assignment]
        return declared

    return declare


@role("a small file kept in git")
def git_file(repo: Truth) -> str | None:
    """The path of a file kept in git, its content recorded: `README.md` where there is one."""
    return repo.small_file()


@role("a file kept by LFS")
def lfs_file(repo: Truth) -> str | None:
    """The path of a file kept by LFS, its content recorded: of `two_lfs_files` the larger one."""
    found = _lfs_files(repo)
    return found[0] if found else None


@role("two files kept by LFS in one folder")
def two_lfs_files(repo: Truth) -> tuple[str, str] | None:
    """The paths of two files kept by LFS in one folder, their contents recorded and different; the larger one first."""
    found = _lfs_files(repo)
    return (found[0], found[1]) if len(found) > 1 else None


@role("a second file kept by LFS")
def other_lfs_file(repo: Truth) -> str | None:
    """The path of the smaller one of `two_lfs_files`; of a file kept by LFS where there is one alone."""
    found = _lfs_files(repo)
    return found[-1] if found else None


@role("a branch at another commit than main")
def branch(repo: Truth) -> str | None:
    """A branch whose commit is not that of `main`; one with a slash in its name before others."""
    names = [name for name, commit in repo.branches.items() if commit != repo.head]
    return min(names, key=lambda name: "/" not in name, default=None)


@role("a branch with a slash in its name")
def branch_with_a_slash(repo: Truth) -> str | None:
    """A branch such as `feature/x`, whose commit is not that of `main`."""
    return next((name for name, commit in repo.branches.items() if "/" in name and commit != repo.head), None)


@role("a tag of an older commit")
def tag(repo: Truth) -> str | None:
    """A tag of a commit that is not the head of `main`."""
    return next((name for name, commit in repo.tags.items() if commit != repo.head), None)


@role("a tag of an older commit of main")
def tag_of_main(repo: Truth) -> str | None:
    """A tag of a commit of `main` that is not its head."""
    return next((name for name, commit in repo.tags.items() if commit in repo.commits[1:]), None)


@role("a pull request")
def pull_request(repo: Truth) -> str | None:
    """The full ref of a pull request."""
    return next(iter(repo.pull_requests), None)


@role("a converted branch with separate files")
def converted(repo: Truth) -> str | None:
    """A converted branch, such as `refs/convert/parquet`, whose files are others than those of `main`."""
    return next((name for name in repo.refs if name.startswith("refs/convert/") and _differs(repo, name)), None)


@role("an older commit with other files")
def old_commit(repo: Truth) -> str | None:
    """The oldest commit of `main` whose files are listed and others than those of the head."""
    return next((commit for commit in repo.commits[:0:-1] if _differs(repo, commit)), None)


@role("a history of two commits")
def history(repo: Truth) -> list[str] | None:
    """The commits of `main`, newest first: two of them at least."""
    return repo.commits if len(repo.commits) > 1 else None


@role("two commits between which a file changed")
def changes(repo: Truth) -> list[Change]:
    """Each pair of commits and file that both have with different content; the newest commit first."""
    return _between(repo, repo.changed_between)


@role("two commits between which a file stayed the same")
def kept_files(repo: Truth) -> list[Change]:
    """Each pair of commits and file that both have with the same content; the newest commit first."""
    return _between(repo, repo.kept_between)


@role("two commits between which a file was added")
def additions(repo: Truth) -> list[Change]:
    """Each pair of commits and file that the new one alone has; the newest commit first."""
    return _between(repo, repo.added_between)


@role("two commits between which a file kept by LFS changed near its beginning")
def early_changes(repo: Truth) -> list[Change]:
    """Those of `changes` to files kept by LFS that are longer than `EARLY` and differ before that byte."""
    return [change for change in changes.offered(repo) or () if _differs_early(repo, change)]


@role("two commits with other paths, between which a file changed")
def changes_beside_others(repo: Truth) -> list[Change]:
    """Those of `changes` between whose commits files were added or removed as well."""
    return [each for each in changes.offered(repo) or () if set(repo.files(each[0])) != set(repo.files(each[1]))]


@role("two folders with files")
def folders(repo: Truth) -> list[str] | None:
    """The folders at the root that hold files: two of them at least."""
    found = sorted({path.partition("/")[0] for path in repo.files() if "/" in path})
    return found if len(found) > 1 else None


@role("a folder with two files")
def folder(repo: Truth) -> str | None:
    """A folder at the root that holds two files or more."""
    held = Counter(path.partition("/")[0] for path in repo.files() if "/" in path)
    return next((name for name, files in held.items() if files > 1), None)


@role("a description with blanks around it")
def description(repo: Truth) -> str | None:
    """The description of its information, if there are blanks at its beginning or end. Datasets alone have one."""
    text = repo.info().get("description") if repo.type == "dataset" else None
    return text if isinstance(text, str) and text != text.strip() else None


@role("tags in another order than the alphabetical one")
def unsorted_tags(repo: Truth) -> list[str] | None:
    """The tags of its information, if sorting changes their order."""
    tags = [str(tag) for tag in repo.info().get("tags") or ()]
    return tags if tags != sorted(tags) else None


@role("a former name")
def former_name(repo: Truth) -> str | None:
    """A name that the repository had before, and that the Hub redirects."""
    return repo.former_name


@role("two configurations on its card")
def two_configs(repo: Truth) -> list[str] | None:
    """The names of the configurations that the card lists, two or more; the first has several splits."""
    configs = (repo.info().get("cardData") or {}).get("configs") or []
    names = [str(config["config_name"]) for config in configs if "config_name" in config]
    return names if len(names) > 1 else None


@role("the rows of openai/gsm8k")
def word_problems(repo: Truth) -> str | None:
    """The id of the repository, where it is the known dataset of that name, with its Parquet files."""
    return repo.id if repo.id == "openai/gsm8k" and other_lfs_file.offered(repo) == MAIN_TEST else None


MAIN_TEST: Final = "main/test-00000-of-00001.parquet"


EARLY: Final = 12_000
"""Bytes in which `early_changes` shows."""


def below(repo: Truth, folder: str) -> list[str]:
    """The paths of the files below a folder, sorted."""
    return sorted(path for path in repo.files() if path.startswith(f"{folder}/"))


def _between(repo: Truth, files: Callable[[str, str], list[str]]) -> list[Change]:
    pairs = sorted(repo.pairs_of_commits(), key=lambda pair: pair[1] != repo.head)
    return [(old, new, path) for old, new in pairs for path in files(old, new)]


def _differs_early(repo: Truth, change: Change) -> bool:
    old, new, path = change
    was, now = repo.files(old)[path], repo.files(new)[path]
    if was.sha256 is None or now.sha256 is None or min(was.size, now.size) <= EARLY:
        return False
    return was.body[:EARLY] != now.body[:EARLY]


def _lfs_files(repo: Truth) -> list[str]:
    """Two files kept by LFS, or one: in one folder, with different contents, the larger one first; few bytes last."""
    files = {
        path: file
        for path, file in repo.files().items()
        if file.sha256 is not None and file.is_kept and file.size >= 64
    }
    order = sorted(files, key=lambda path: files[path].size)
    smallest: dict[str, str] = {}  # by folder
    larger: dict[str, str] = {}  # the next one of other content, by the folder's smallest file
    for path in order:
        small = smallest.setdefault(path.rpartition("/")[0], path)
        if files[small].etag != files[path].etag:
            larger.setdefault(small, path)
    for small in order:
        if small in larger:
            return [larger[small], small]
    first = repo.large_file()
    return [first] if first else []


def _differs(repo: Truth, revision: str) -> bool:
    try:
        return repo.files(revision) != repo.files()
    except LookupError:
        return False


def roles_in(recording: Recording) -> dict[str, tuple[str, ...]]:
    """The names of the roles that each repository of a recording offers, by its id, in the order of their definition.

    A repository whose files are not recorded offers none.

    Raises:
        CassetteError: a cassette of the recording is damaged.
    """
    index = Index(recording)
    return {repository.repo_id: offered_by(Truth(index, repository, {})) for repository in recording.repositories}


def offered_by(truth: Truth) -> tuple[str, ...]:
    """The names of the roles that one repository offers."""
    return tuple(name for name, role in ROLES.items() if role.offered(truth) is not None)
