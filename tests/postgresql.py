"""A PostgreSQL server of its own for tests, started here when the machine has one."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NEEDS_SERVER = pytest.mark.skipif(shutil.which("initdb") is None or sys.platform == "win32", reason="needs PostgreSQL")


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a fresh server without a password, on 127.0.0.1 only."""
    # PostgreSQL refuses to run as root; its package brings a user of its own.
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        Path(folder).chmod(0o777)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        data = f"{folder}/data"
        quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **as_user}
        subprocess.run(["initdb", "-D", data, "-U", "boss", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run(["pg_ctl", "-D", data, "-o", options, "-w", "-l", f"{folder}/log", "start"], **quiet)
        try:
            yield f"postgresql+psycopg://boss@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(["pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
