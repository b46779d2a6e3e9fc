"""All that is said to Procore and Microsoft is encrypted, with a server that can prove who it is (F283)."""

import asyncio
import ssl
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from maestro_procore.drive.client import GraphClient
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.drive.gate import DriveGate
from maestro_procore.file_ports import FileCallFailed
from maestro_procore.ports import CallFailed
from tests.doors.drive.fake_graph import CountingTokens
from tests.doors.procore.fake_procore import JumpClock
from tests.doors.procore.test_network import failure, hang_up, listening, own_certificate


async def of_graph(url: str) -> FileCallFailed:
    """How the first call to a Graph at that address ends."""
    clock = JumpClock()
    connection = MicrosoftConnection(client_id="x", graph_url=url, login_url=url)
    async with GraphClient(connection, CountingTokens(), DriveGate(clock), clock=clock) as client:
        with pytest.raises(FileCallFailed) as caught:
            await client.get("/me", name="me")
    return caught.value


Try = Callable[[str], Awaitable[FileCallFailed | CallFailed]]
BOTH: dict[str, Try] = {"procore": failure, "graph": of_graph}


async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    raise AssertionError(f"something was said: {await reader.read()!r}")


@pytest.mark.parametrize("which", BOTH)
async def test_f283_a_certificate_that_nobody_vouches_for_ends_the_call_before_a_word(
    which: str, tmp_path: Path
) -> None:
    async with listening(listen, own_certificate(tmp_path, name="impostor")) as port:
        failed = await BOTH[which](f"https://127.0.0.1:{port}")
    assert failed.problem.code == "SRV-17"
    assert "certificate" in str(failed.problem.args["text"])


def up_to_tls_1_1(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, as programs were fifteen years ago."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.parametrize("which", BOTH)
async def test_f283_a_server_that_speaks_nothing_newer_than_tls_1_1_is_refused(which: str, tmp_path: Path) -> None:
    """It never comes to looking at the certificate; an old client gets that far with the same server."""
    async with listening(hang_up, up_to_tls_1_1(own_certificate(tmp_path, name="old"))) as port:
        old_client = up_to_tls_1_1(ssl.create_default_context())
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", port, ssl=old_client)
        failed = await BOTH[which](f"https://127.0.0.1:{port}")
    assert failed.problem.code == "SRV-17"
    assert "certificate" not in str(failed.problem.args["text"])
