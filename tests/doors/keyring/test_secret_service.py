"""The real Secret Service: a session bus and an unlocked gnome-keyring of their own, a child process in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in NEEDED), reason=f"needs {' and '.join(NEEDED)}"
)

CHILD = """
from maestro_procore.store.secrets import KeyRingSecrets

first = KeyRingSecrets()
long = "Clé-🔑-" * 700
first.put("client_secret", "s3cret-é")
first.put("cache", long)
second = KeyRingSecrets()
assert second.get("client_secret") == "s3cret-é", second.reason
assert second.get("cache") == long
second.forget("cache")
assert first.get("cache") is None and first.get("never") is None
second.forget("never")
assert first.is_lasting and second.is_lasting, (first.reason, second.reason)
print("kept by", type(second._backend).__module__)
"""

NO_RING = """
from maestro_procore.store.secrets import KeyRingSecrets

kept = KeyRingSecrets()
kept.put("client_secret", "value")
assert kept.get("client_secret") == "value" and not kept.is_lasting
print("reason", kept.reason.code)
"""


def in_session(home: Path, before: str, child: str) -> subprocess.CompletedProcess[str]:
    """Runs a child in a session bus and home folder of its own; `before` is a shell command in the same session."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DISPLAY", "WAYLAND"))}
    environment |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(home / "data")}
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    script = f'{before}exec "$0" -c "$1"'
    return subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script, sys.executable, child],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_secrets_last_in_an_unlocked_gnome_key_ring(tmp_path: Path) -> None:
    unlock = 'printf "test\\n" | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null\n'
    ended = in_session(tmp_path, unlock, CHILD)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "kept by keyring.backends.SecretService"


def test_a_locked_key_ring_is_named_and_nothing_hangs(tmp_path: Path) -> None:
    start = "gnome-keyring-daemon --start --components=secrets >/dev/null\n"
    ended = in_session(tmp_path, start, NO_RING)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "reason KEY-02"
