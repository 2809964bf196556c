"""Large files: which of several headers identifies the file, and URLs that are signed for a time."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.faults_signed import Expiring
from conformance.checks.support import Disk, Port, bodies
from conformance.ports import PortError
from conformance.replay import ReplayHub, Rewrite
from conformance.roles import lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal, role

LINKED = "huggingface_hub get_hf_file_metadata: X-Linked-ETag before ETag, X-Linked-Size before Content-Length"
SIGNED = "Hub: the URLs of the content host are signed, and have an expiry"
XET_LESS = "conformance/xet-less"


OTHER = Rewrite(headers={"ETag": 'W/"192-0123456789abcdef"'})


check = Checks("hf_hub_download", source=LINKED)


def require_named_by_its_digest(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The file arrives, and its blob is named by its sha256."""
    repo = hub.subject
    large = lfs_file(repo)
    file = repo.files()[large]
    path = port.download(repo, large)
    require_bytes(path.read_bytes(), file.body)
    blobs = sorted(path.name for path in (disk.folder(repo) / "blobs").iterdir())
    require(blobs == [file.etag], "other-etag", "the blob is named by another header", expected=file.etag, seen=blobs)


@check("cache/blob-has-not-the-etag-of-the-redirect[gsm8k]", kills="redirects-etag-is-taken")
def test_blob_has_not_the_etag_of_the_redirect(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A large file is named by `X-Linked-ETag`, its sha256, and not by the `ETag` of the redirect to its content.

    That one names the answer; by it no other client finds the file.
    """
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(OTHER, answer="redirect", repo=repo.id, filename=large, times=None)
    require_named_by_its_digest(hub, port, disk)


@check("cache/blob-has-not-the-etag-of-the-content-host[gsm8k]", kills="content-hosts-etag-is-taken")
def test_blob_has_not_the_etag_of_the_content_host(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A large file is named by `X-Linked-ETag`, its sha256, and not by the `ETag` of the host with the content.

    That one names the content in another system; by it no other client finds the file.
    """
    hub.fault(OTHER, origin="cdn", times=None)
    require_named_by_its_digest(hub, port, disk)


@check("download/etag-of-the-redirect-is-not-the-files[gsm8k]", kills="redirects-etag-is-the-digest")
def test_etag_of_the_redirect_is_not_the_files(hub: ReplayHub, port: Port) -> None:
    """The `ETag` of a redirect to a large file's content is that answer's own: the file is not held against it."""
    repo = hub.subject
    large = lfs_file(repo)
    other = Rewrite(headers={"ETag": f'"{"0" * 64}"'})
    hub.fault(other, answer="redirect", repo=repo.id, filename=large, times=None)
    require_bytes(port.download(repo, large).read_bytes(), repo.files()[large].body)


@check("download/changed-redirect-is-no-new-file[gsm8k]", kills="changed-redirect-is-a-new-file", cache="own")
def test_changed_redirect_is_no_new_file(hub: ReplayHub, port: Port) -> None:
    """When only the `ETag` of the redirect has changed, a large file that is on disk is not fetched again."""
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    control(any(entry.origin == "cdn" for entry in hub.wire), "the content was not fetched from the content host")
    hub.wire.clear()
    again = Rewrite(headers={"ETag": 'W/"192-fedcba9876543210"'})
    hub.fault(again, answer="redirect", repo=repo.id, filename=large, times=None, needed=False)
    require_bytes(port.download(repo, large).read_bytes(), repo.files()[large].body)
    require_equal(bodies(hub), [], "fetched-again", "the content was fetched again")


@check("resilience/signed-url-expires-on-the-way[gsm8k]", kills="first-url-is-kept", level="SHOULD", source=SIGNED)
def test_signed_url_expires_on_the_way(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a signed URL has expired between two attempts, the Hub is asked for a fresh one, and the file completed."""
    repo = hub.subject
    large = lfs_file(repo)
    require_completed(hub, port, repo.id, large)


@check(
    "resilience/signed-url-of-a-store-without-xet-expires[contract]",
    kills="first-url-is-kept",
    level="SHOULD",
    source=SIGNED,
)
def test_signed_url_of_a_store_without_xet_expires(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The same for a file without `X-Xet-Hash`: an expired URL is replaced by a fresh one, and the file completed."""
    large = hub.repo(XET_LESS).large_file()
    role(large, "a large file outside of the Xet store")
    require_completed(hub, port, XET_LESS, str(large))


def require_completed(hub: ReplayHub, port: Port, repo_id: str, name: str) -> None:
    repo = hub.repo(repo_id)
    body = repo.files()[name].body
    expiring = Expiring(body, len(body) // 2)
    hub.fault(expiring, answer="redirect", repo=repo_id, filename=name, times=None)
    hub.fault(expiring, origin="cdn", times=None)
    error: PortError | None = None
    try:
        require_bytes(port.download(repo, name).read_bytes(), body)
    except PortError as raised:
        error = raised
    require(error is None, "not-completed", "the file was not completed with a fresh URL", seen=str(error))
    control(len(set(expiring.asked)) > 1, "the body came whole in the first answer")
