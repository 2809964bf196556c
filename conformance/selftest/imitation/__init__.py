"""A Hub for the self-tests that behaves as the real one is known to, where the stand-in is plain."""

from conformance.selftest.imitation.hub import Imitation, Manners
from conformance.selftest.imitation.repositories import grown, typical

__all__ = ["Imitation", "Manners", "grown", "typical"]
