"""Benchmarks: `make bench`. Ratios against a bare limit measured in the same run."""
