"""More variants: clients that ask another question for the same answer, or for more than was wanted of them."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from conformance.mutants.mutant import wrap
from conformance.selftest.zoo.variants import VARIANTS, fails, sending, variant, with_ranges
from reference_client import errors, transport
from reference_client.api import HfApi

__all__ = ["VARIANTS"]

_INFO: Final = re.compile(r"/api/(datasets|models|spaces)/[^/?]+/[^/?]+(/revision/[^/?]+)?$")


@variant("info", "tree", "redirects", "resilience")
@fails("it sends no POST", "redirects/post-stays-post[gsm8k]")
def paths_by_a_listing(patch: pytest.MonkeyPatch) -> None:
    """Lists the whole tree to learn of some paths."""

    def found(original: Any, self: HfApi, repo_id: str, paths: list[str] | str, **options: Any) -> Any:
        wanted = [paths] if isinstance(paths, str) else list(paths)
        tree = {item.path: item for item in self.list_repo_tree(repo_id, recursive=True, **options)}
        return [tree[path] for path in wanted if path in tree]

    wrap(patch, HfApi, "get_paths_info", found)


@variant("info", "redirects")
def existence_by_paths(patch: pytest.MonkeyPatch) -> None:
    """Asks for the path of a file to learn whether it exists."""

    def exists(original: Any, self: HfApi, repo_id: str, filename: str, **options: Any) -> bool:
        try:
            return any(item.path == filename for item in self.get_paths_info(repo_id, [filename], **options))
        except errors.GatedRepoError:
            raise
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
            return False

    wrap(patch, HfApi, "file_exists", exists)


@variant("info")
def always_asks_for_sizes(patch: pytest.MonkeyPatch) -> None:
    """Asks for the sizes and hashes of all files with every info."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return (f"{url}?blobs=true" if method == "GET" and _INFO.search(url) else url), headers

    sending(patch, change)


@variant("download", "redirects", "read")
def speaks_http_1_0(patch: pytest.MonkeyPatch) -> None:
    """Speaks HTTP/1.0: without chunks, and with a connection for each request."""
    for connection in (transport._Pool.ConnectionCls, transport._SecurePool.ConnectionCls):
        patch.setattr(connection, "_http_vsn", 10, raising=False)
        patch.setattr(connection, "_http_vsn_str", "HTTP/1.0", raising=False)


@variant("download", "resilience")
@fails("it gives up where a server refuses the range from byte 0", "resilience/range-is-refused[gsm8k]")
def bodies_in_small_pieces(patch: pytest.MonkeyPatch) -> None:
    """Fetches every body in pieces of less than 100 kB, whatever its size."""
    with_ranges(patch, lambda offset: f"bytes={offset}-{offset + 99_990}")


@variant("auth", "redirects", "read")
def scheme_in_small_letters(patch: pytest.MonkeyPatch) -> None:
    """Writes `bearer` for `Bearer`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return url, {name: re.sub("^Bearer ", "bearer ", value) for name, value in headers.items()}

    sending(patch, change)


@variant("redirects")
def default_branch_by_its_alias(patch: pytest.MonkeyPatch) -> None:
    """Asks for files of the default branch at `HEAD`."""
    sending(patch, lambda method, url, headers: (url.replace("/resolve/main/", "/resolve/HEAD/"), headers))
