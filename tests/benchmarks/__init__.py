"""Figures of the program, measured from outside: `python -m tests.benchmarks NAME --json`."""
