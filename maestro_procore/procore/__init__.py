"""Procore: paths, sign-in, limits, answers."""
