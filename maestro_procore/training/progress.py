"""How far the month scenario was played in a profile: steps done of each day, in one small file."""

import json
import os
from pathlib import Path

_FILE = "month.json"


class Progress:
    """Steps done, counted from the beginning of each day. A step counts once its outcome stands on its side."""

    def __init__(self, root: Path) -> None:
        self._file = root / _FILE
        self._done: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def of(self, day: int) -> int:
        """How many steps of the day are done."""
        return self._done.get(str(day), 0)

    def has(self, day: int) -> bool:
        """Whether the day was begun, even one without steps."""
        return str(day) in self._done

    def note(self, day: int, done: int) -> None:
        """On the disk before it returns, whole or not at all."""
        self._done[str(day)] = done
        new = self._file.with_name(f"{_FILE}.new")
        with new.open("w") as file:
            json.dump(self._done, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def forget(root: Path) -> None:
    """A fresh company has no past."""
    (root / _FILE).unlink(missing_ok=True)
