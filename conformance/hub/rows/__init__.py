"""Rows made for the datasets of the stand-in: made from seeds, the same everywhere."""
