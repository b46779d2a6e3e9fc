"""Real sockets on loopback that refuse, trickle, lie about who they are or ask for a password first."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from maestro_procore.logs import Secret
from maestro_procore.ports import CallFailed, Trouble
from maestro_procore.procore.client import ProcoreClient
from maestro_procore.procore.connection import Connection
from tests.doors.procore.fake_procore import CLIENT_SECRET, JumpClock, OpenGate

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def failure(url: str, *, login_url: str | None = None, total_seconds: float = 10.0) -> CallFailed:
    connection = Connection(
        api_url=url, login_url=login_url, client_id="our-app", client_secret=Secret(CLIENT_SECRET), company_id=77
    )
    async with ProcoreClient(connection, OpenGate(), clock=JumpClock(), total_seconds=total_seconds) as client:
        with pytest.raises(CallFailed) as caught:
            await client.me()
    return caught.value


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def own_certificate(folder: Path, *, name: str, ended: bool = False) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    end = now - datetime.timedelta(days=1) if ended else now + datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize("ended", [False, True], ids=["unknown authority", "expired"])
async def test_f283_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path, ended):
    """F13: a clear message with the reason, and no way round the check."""
    seen: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())

    async with listening(listen, own_certificate(tmp_path, name="impostor", ended=ended)) as port:
        failed = await failure(f"https://127.0.0.1:{port}")
    assert (failed.trouble, failed.problem.code) == (Trouble.UNREACHABLE, "SRV-17")
    assert "certificate" in str(failed.problem.args["text"])
    assert not failed.may_have_applied
    assert seen in ([], [b""])


async def test_a_closed_port_is_no_connection():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failed = await failure(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (failed.trouble, failed.problem.code) == (Trouble.UNREACHABLE, "SRV-06")


async def test_an_unknown_name_is_told_as_such(monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failed = await failure("https://api.procoer.example")
    assert (failed.trouble, failed.problem.code) == (Trouble.UNREACHABLE, "SRV-19")
    assert failed.problem.args["host"] == "api.procoer.example"


async def test_a_proxy_that_wants_a_password_is_named(monkeypatch):
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"CONNECT api.example.test:443")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with listening(refuse) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        for name in ("no_proxy", "NO_PROXY", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        failed = await failure("https://api.example.test")
    assert (failed.trouble, failed.problem.code) == (Trouble.UNREACHABLE, "SRV-18")
    assert failed.problem.args["host"] == "127.0.0.1"


async def test_this_computer_is_reached_without_the_proxy(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with listening(hang_up) as port:
        failed = await failure(f"http://127.0.0.1:{port}")
    assert failed.problem.code == "SRV-15"


async def test_a_server_that_sends_a_byte_at_a_time_is_given_up_in_time():
    """F12: each byte comes in time, the whole never does."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(trickle) as port:
        failed = await failure(f"http://127.0.0.1:{port}", total_seconds=0.3)
    assert (failed.trouble, failed.problem.code) == (Trouble.AGAIN, "SRV-21")


async def test_a_packed_bomb_does_not_fill_the_memory():
    """S2: 64 MB and more of zeros in a few KB."""
    import gzip

    bomb = gzip.compress(bytes(70 * 2**20), 9)

    async def explode(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    async with listening(explode) as port:
        failed = await failure(f"http://127.0.0.1:{port}")
    assert (failed.trouble, failed.problem.code) == (Trouble.REFUSED, "SRV-16")
