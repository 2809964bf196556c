"""Measurements, run by `make bench`. Figures depend on the machine; what is compared is compared in one run."""
