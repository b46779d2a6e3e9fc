"""Carry out: claims requests, runs them durably, paces the calls. Knows no window and no database."""
