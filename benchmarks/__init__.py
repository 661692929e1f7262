"""Benchmarks of sparesim beside other ways to compute the same; see docs/performance.md."""
