"""The run lease: an operating-system lock on a file, which ends with the process that holds it."""

from pathlib import Path

from filelock import FileLock, Timeout


class FileLease:
    """One holder per profile. A killed holder frees it at once, so that another takes over within seconds."""

    def __init__(self, file: Path) -> None:
        self._lock = FileLock(file, thread_local=False)

    def take(self) -> bool:
        """False when another process, or another part of this one, holds it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def give_back(self) -> None:
        """Lets the next one in."""
        self._lock.release(force=True)
