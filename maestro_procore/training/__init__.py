"""The training world: both sides of a practice company, its fresh start, and the month scenario played on it.

Part of wiring: it joins the sandbox to the doors.
"""

from maestro_procore.training.world import TrainingWorld, engine_process, put_in_place, reset

__all__ = ["TrainingWorld", "engine_process", "put_in_place", "reset"]
