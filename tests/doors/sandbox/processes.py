"""A sandbox in a process of its own, as `maestro-procore sandbox` runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from .conftest import COMPANY, start

COMMAND = [sys.executable, "-m", "maestro_procore.sandbox"]


def company_file(folder: Path) -> Path:
    """The small world of the tests as a `--company FILE`."""
    path = folder / "company.json"
    data = start()
    path.write_bytes(orjson.dumps({"company": data.company, "procore": data.procore}))
    return path


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """The process and its start line. Killed at the end when it still runs."""
    process = subprocess.Popen(
        [*COMMAND, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read().decode() if process.stderr else ""
        yield process, json.loads(line)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@contextmanager
def signed_in(line: dict[str, Any]) -> Iterator[httpx.Client]:
    """A client with a service account's token for the sandbox of that start line."""
    with httpx.Client(base_url=line["procore_api"], trust_env=False) as client:
        answer = client.post(
            "/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": line["client_id"],
                "client_secret": line["client_secret"],
            },
        )
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        client.headers["Procore-Company-Id"] = str(COMPANY)
        yield client
