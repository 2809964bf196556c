"""The stand-in Hub: a function from request to response that answers as huggingface.co does."""

from conformance.hub.app import CANONICAL_ORIGINS, EPOCH, StandInHub, serve

__all__ = ["CANONICAL_ORIGINS", "EPOCH", "StandInHub", "serve"]
