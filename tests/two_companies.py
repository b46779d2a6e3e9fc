"""A sandbox in which the app is connected to two Procore companies, each with a project of the same name."""

import asyncio
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox
from maestro_procore.sandbox.start_data import StartData, start_data
from tests.programs import Control

OTHER_COMPANY = 598134325700077
TWIN_PROJECT = 598134399000001
TWIN_NAME = "Agrandissement du centre sportif Val-d'Or – phase 1"
"""As the project 26001 of the first company is called."""
TWIN_FILES = ("north.txt", "light.txt", 'nuit "2": suite.txt')
"""The last one has a name that no drive takes."""
FIRST_DOCUMENT = 598134399000100


def start() -> StartData:
    """The small company, and beside it another one whose only project has two files."""
    data = start_data("small")
    procore = {name: list(rows) for name, rows in data.procore.items()}
    company = {"id": OTHER_COMPANY, "name": "Northern Lights Builders Ltd."}
    procore["companies"][1] = {**company, "is_active": True, "my_company": True}
    first = next(row for row in procore["projects"] if row["project_number"] == "26001")
    assert first["name"] == TWIN_NAME
    twin = {"id": TWIN_PROJECT, "name": TWIN_NAME, "project_number": "NL-1", "active": True, "company": company}
    procore["projects"].append({**twin, "created_at": first["created_at"]})
    made = {"project_id": TWIN_PROJECT, "created_at": first["created_at"], "company": company}
    root = {"name": "Documents", "document_type": "folder", "parent_id": None, "read_only": True}
    procore["documents"].append({"id": FIRST_DOCUMENT, **root, **made})
    for number, name in enumerate(TWIN_FILES, FIRST_DOCUMENT + 1):
        file = {"name": name, "document_type": "file", "parent_id": FIRST_DOCUMENT}
        procore["documents"].append({"id": number, **file, **made})
        content = {"made_from": name, "bytes": 500, "begins": "txt"}
        version = {"file_id": number, "number": 1, "notes": None, "_file_name": name, "_content": content}
        procore["file_versions"].append({"id": number + 50, **version, **made})
    return StartData(data.company, procore)


@contextmanager
def two_companies() -> Iterator[Control]:
    """It runs in a thread of this process, behind a real port."""
    with RunningSandbox(SandboxOptions(spike_limit=1000), data=start()) as running:
        yield Control(running.start_line)


def browser(address: str) -> None:
    """Somebody's browser: opens the page and follows where it leads. Returns at once, as the system's does."""
    threading.Thread(target=_follow, args=(address,), daemon=True).start()


def _follow(address: str) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.get(address)
        while answer.is_redirect:
            answer = client.get(answer.headers["location"].replace("localhost", "127.0.0.1"))


def refusing_browser(address: str) -> None:
    """Somebody's browser in which he says no."""

    def refuse() -> None:
        query = dict(httpx.URL(address).params)
        with httpx.Client(trust_env=False) as client:
            back = f"{query['redirect_uri']}?error=access_denied&state={query['state']}"
            client.get(back.replace("localhost", "127.0.0.1"))

    threading.Thread(target=refuse, daemon=True).start()


def microsoft_browser(control: Control) -> Callable[[str], None]:
    """The browser of the first person of the practice organization: the form that comes back sends itself."""

    def walk(address: str) -> None:
        context = ssl.create_default_context(cafile=control.line["ca_file"])
        with httpx.Client(verify=context, trust_env=False) as client:
            page = client.get(address).text
            action = unescape(re.findall(r'action="([^"]+)"', page)[0]).replace("localhost", "127.0.0.1")
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
            client.post(action, data={name: unescape(value) for name, value in fields.items()})

    return lambda address: threading.Thread(target=walk, args=(address,), daemon=True).start()


def tell_microsoft(control: Control, deed: dict[str, str]) -> None:
    """What the administrator of the practice organization does."""
    httpx.post(f"{control.url}/microsoft", json=deed, trust_env=False).raise_for_status()


def run(work: Any) -> Any:
    """A coroutine to its end, on a loop of its own."""
    return asyncio.run(work)
