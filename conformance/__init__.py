"""A conformance suite for clients of the Hugging Face Hub."""

__version__ = "0.1.0"
