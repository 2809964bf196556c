"""Trust: which certificates of a Hub are refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import trustme

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_hosts import resolving
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

CERTIFICATE = "RFC 9110 §4.3.4: a client verifies that the certificate is the host's, and that it trusts who signed it"
ANY = ("dataset_info", "repo_info", "list_repo_tree", "hf_hub_download", "read_file")
READER = TOKENS["reader"]


check = Checks(ANY, source=CERTIFICATE)


def require_refused(hub: ReplayHub, port: Port) -> None:
    """A Hub that is not trusted is an error, and gets no request: the first would hold the token."""
    ended: PortError | None = None
    try:
        port.ask(hub.subject.id, token=READER)
    except PortError as error:
        ended = error
    seen = [str(entry) for entry in hub.wire]
    require_equal(seen, [], "request-sent", "a request was sent to a Hub with an untrusted certificate")
    require(ended, "no-error", "no request was sent, and no error was reported", expected="an error", seen="a result")


@contextlib.contextmanager
def trusted_otherwise(hub: ReplayHub, port: Port) -> Iterator[Port]:
    """With another authority than the check's; after it, that of the check is trusted as ever."""
    yield port
    hub.wire.clear()
    try:
        port.ask(hub.subject.id)
    except PortError as error:
        control(False, "the trusted certificate is refused as well", seen=str(error))
    control(len(hub.wire) > 0, "no request reached the Hub with the trusted certificate")


@check("auth/unknown-authority-is-not-trusted[gsm8k]", kills="certificate-not-verified", secure=True)
def test_unknown_authority_is_not_trusted(hub: ReplayHub, port: Port) -> None:
    """A certificate that no known authority has signed is refused, and no request is sent.

    Anybody on the way could otherwise answer in the Hub's place, and read the token.
    """
    with trusted_otherwise(hub, port):
        require_refused(hub, replace(port, context=replace(port.context, ca_file=None)))


@check(
    "auth/another-authority-than-the-users-is-not-trusted[gsm8k]",
    kills=("own-authority-trusts-all", "certificate-not-verified"),
    secure=True,
)
def test_another_authority_than_the_users_is_not_trusted(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Where the user names a certificate authority, a certificate of another authority is refused, with no request.

    To name one does not mean to trust all.
    """
    other = _written(disk.root / "other.pem", trustme.CA())
    with trusted_otherwise(hub, port):
        require_refused(hub, replace(port, context=replace(port.context, ca_file=str(other))))


@check("auth/certificate-of-another-host-is-refused[gsm8k]", kills="host-of-the-certificate-not-read", secure=True)
def test_certificate_of_another_host_is_refused(hub: ReplayHub, port: Port) -> None:
    """A certificate that is another host's is refused, with no request, though its authority is trusted.

    (For a port in a separate process, the machine's resolver must know names below `localhost`.)
    """
    elsewhere = hub.endpoint.replace("127.0.0.1", "other.localhost")
    with resolving(port, {"other.localhost": "127.0.0.1"}), trusted_otherwise(hub, port):
        require_refused(hub, replace(port, context=replace(port.context, endpoint=elsewhere)))


def _written(path: Path, authority: trustme.CA) -> Path:
    authority.cert_pem.write_to_path(str(path))
    return path
