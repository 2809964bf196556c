"""Keep the beginning of a large file instead of all of it, with sizes and digests that fit, and say so."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.record.client import Client
from conformance.record.recording import LeftOut, Thinned
from conformance.record.stored import Blobs
from conformance.wire.exchange import Exchange, OriginName


def thinned(
    exchanges: list[Exchange],
    left_out: tuple[LeftOut, ...],
    client: Client,
    blobs: Blobs,
    origins: Mapping[OriginName, str],
) -> tuple[list[Exchange], tuple[LeftOut, ...], tuple[Thinned, ...]]:
    """The exchanges with thinned files; what is still left out; what was thinned."""
    return exchanges, left_out, ()
