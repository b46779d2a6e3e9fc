"""Contents of files in a sandbox of its own process: on another origin, through kills, cuts and great lengths."""

import contextlib
import hashlib
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from .processes import company_file, running, signed_in

FILES = "/rest/v1.0/files"
OF_PROJECT = {"project_id": 101}
LONG = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(200_000))  # 6.4 MB


def _announce(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/rest/v1.1/projects/101/uploads", json={"response_filename": "Long.zip", **body})
    found: dict[str, Any] = answer.json()
    return found


def _contents(client: httpx.Client, line: dict[str, Any], url: str) -> bytes:
    """Without following with the token: the storage host would refuse it."""
    location = client.get(url).headers["location"]
    assert urlsplit(location).netloc != urlsplit(line["procore_api"]).netloc
    return httpx.get(location, trust_env=False).content


def test_long_contents_survive_a_kill_whichever_way_they_came(tmp_path: Path) -> None:
    options = ["--profile", str(tmp_path / "profile"), "--company", str(company_file(tmp_path))]
    with running(*options) as (process, _line), signed_in(_line) as client:
        whole = _announce(client)
        sent = httpx.post(whole["url"], data=whole["fields"], files={"file": ("x", LONG)}, trust_env=False)
        assert sent.status_code == 201
        attached = {"file": {"name": "a.zip", "upload_uuid": whole["uuid"]}}
        first = client.post(FILES, params=OF_PROJECT, json=attached).json()
        parts = [LONG[:5_242_880], LONG[5_242_880:]]
        announced = [{"size": len(part), "sha256": hashlib.sha256(part).hexdigest()} for part in parts]
        upload = _announce(client, segments=announced)
        for segment, part in zip(upload["segments"], parts, strict=True):
            answer = httpx.put(segment["url"], content=part, headers=segment["headers"], trust_env=False)
            segment["etag"] = answer.headers["etag"].strip('"')
        tags = {"segments": [{"etag": segment["etag"]} for segment in upload["segments"]]}
        assert client.patch(f"/rest/v1.1/projects/101/uploads/{upload['uuid']}", json=tags).status_code == 200
        one_call = {"file[data]": ("c.zip", LONG)}
        third = client.post(FILES, params=OF_PROJECT, data={"file[name]": "c.zip"}, files=one_call).json()
        process.kill()
        process.wait()
    with running(*options) as (_process, line), signed_in(line) as client:
        attached = {"file": {"name": "b.zip", "upload_uuid": upload["uuid"]}}
        second = client.post(FILES, params=OF_PROJECT, json=attached).json()
        for made in (first, second, third):
            shown = client.get(f"{FILES}/{made['id']}", params=OF_PROJECT).json()
            assert shown["size"] == len(LONG)
            assert _contents(client, line, shown["file_versions"][0]["url"]) == LONG


def test_a_request_that_breaks_off_while_it_is_sent_leaves_nothing(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path))) as (_process, line), signed_in(line) as client:
        address = urlsplit(line["procore_api"])
        head = (
            f"POST {FILES}?project_id=101 HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: {client.headers['Authorization']}\r\n"
            f"Procore-Company-Id: {client.headers['Procore-Company-Id']}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="file[data]"; filename="half.pdf"\r\n\r\nhalf'
        )
        with contextlib.closing(socket.create_connection((address.hostname, address.port))) as half:
            half.sendall(head.encode())
        while not any(call["path"] == FILES for call in httpx.get(f"{line['control']}/calls", trust_env=False).json()):
            pass
        listed = client.get("/rest/v1.0/projects/101/documents", params={"filters[search]": "half"}).json()
        calls = httpx.get(f"{line['control']}/calls", trust_env=False).json()
    assert listed == []
    assert next(call["status"] for call in calls if call["path"] == FILES) is None


def test_a_download_can_be_cut_and_taken_up_where_it_broke_off(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path))) as (_process, line), signed_in(line) as client:
        made = client.post(FILES, params=OF_PROJECT, files={"file[data]": ("Long.zip", LONG)}).json()
        location = client.get(made["file_versions"][0]["url"]).headers["location"]
        fault = {"match": {"api": "storage", "method": "GET"}, "truncate": 1_000_000}
        httpx.post(f"{line['control']}/faults", json=fault, trust_env=False)
        got = bytearray()
        with contextlib.suppress(httpx.RemoteProtocolError), httpx.stream("GET", location, trust_env=False) as answer:
            for piece in answer.iter_bytes():
                got += piece
        assert 0 < len(got) <= 1_000_000
        rest = httpx.get(location, headers={"Range": f"bytes={len(got)}-"}, trust_env=False)
        assert (rest.status_code, bytes(got) + rest.content) == (206, LONG)
