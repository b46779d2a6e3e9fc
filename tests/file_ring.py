"""A key ring that several processes of a test share: a file, which the real program would never trust with a password.

Chosen with PYTHON_KEYRING_BACKEND=tests.file_ring.FileRing; the file's address is in TEST_KEY_RING.
"""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileRing(KeyringBackend):
    """Passwords by service and name."""

    priority = 5  # type: ignore[assignment]  # keyring reads it from the class

    def _held(self) -> dict[str, str]:
        file = Path(os.environ["TEST_KEY_RING"])
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def _keep(self, held: dict[str, str]) -> None:
        Path(os.environ["TEST_KEY_RING"]).write_text(json.dumps(held))

    def get_password(self, service: str, username: str) -> str | None:
        return self._held().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._held(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        held = self._held()
        del held[f"{service} {username}"]
        self._keep(held)
