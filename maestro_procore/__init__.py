"""Keeps maestro* and Procore in step. The rooms and the rule between them: README, "A map of the rooms"."""
