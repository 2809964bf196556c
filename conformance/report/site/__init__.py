"""A static site from event streams: the matrix, a page a port, an area and a wire log. It opens from disk."""

from conformance.report.site.build import build

__all__ = ["build"]
