"""Remembers under which names a profile has put something into the key ring, so that all of it can be removed (F273).

A key ring gives no list. The names say nothing secret; they stand in a file of the profile.
"""

from pathlib import Path

from maestro_procore.model.problems import Problem
from maestro_procore.places import private_opener
from maestro_procore.ports import Secrets

FILE = "names-in-key-ring"


class NotedSecrets(Secrets):
    """The key ring behind it, with a note of every name. Safe from several processes: a line is only ever added."""

    def __init__(self, ring: Secrets, folder: Path) -> None:
        self._ring, self._file = ring, folder / FILE

    @property
    def is_lasting(self) -> bool:
        return self._ring.is_lasting

    @property
    def reason(self) -> Problem | None:
        """Why values last for this run only; see KeyRingSecrets."""
        reason: Problem | None = getattr(self._ring, "reason", None)
        return reason

    def get(self, name: str) -> str | None:
        return self._ring.get(name)

    def put(self, name: str, value: str) -> None:
        if name not in self.names():  # before the value: what is noted and not there does no harm
            with open(self._file, "a", encoding="utf-8", opener=private_opener) as file:
                file.write(f"{name}\n")
        self._ring.put(name, value)

    def forget(self, name: str) -> None:
        self._ring.forget(name)

    def names(self) -> set[str]:
        """Every name under which this profile ever put something."""
        try:
            return set(self._file.read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            return set()

    def forget_all(self) -> None:
        """Nothing that this profile put there is left."""
        for name in sorted(self.names()):
            self._ring.forget(name)
