"""The event stream of a run, and everything a person reads, rendered from it."""
