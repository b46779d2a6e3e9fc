"""The verb `sandbox`: one sandbox on a loopback port, its start line on standard output, gone when told so."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from maestro_procore.sandbox.application import CUT, Sandbox
from maestro_procore.sandbox.microsoft_certificates import FILE_NAME as CA_FILE
from maestro_procore.sandbox.microsoft_certificates import Authority
from maestro_procore.sandbox.options import SandboxOptions, UnknownSwitch, switch_from_text
from maestro_procore.sandbox.start_data import CompanyRefused

HOST = "127.0.0.1"
STOP_SECONDS = 1  # requests still running then are dropped; the whole stop stays below 2 s


class CuttableProtocol(HttpToolsProtocol):
    """Lets the application close a connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CUT: {"at_once": self.transport.abort, "after_sending": self.transport.close}}


class SignInProtocol(CuttableProtocol):
    """Of the https server: an idle connection is dropped at the end.

    A polite end of TLS waits for the client's part of it, and a client that keeps its connection sends none.
    """

    def shutdown(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()


class Server(uvicorn.Server):
    """uvicorn, with the stop signals left to main(): uvicorn would raise them again after it stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(port: int) -> socket.socket:
    """Errors: OSError when the port is taken."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two programs share the port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    made.listen(128)  # from here on clients may connect: they wait until the server takes them
    return made


def _kept_or_free(kept: int) -> socket.socket:
    """The port of the last run, so that addresses that clients keep stay good, or a free one when it is taken."""
    try:
        return _listening(kept)
    except OSError:
        return _listening(0)


def _address(listening: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://{HOST}:{listening.getsockname()[1]}"


class RunningSandbox:
    """A sandbox that listens on a loopback port. Errors: OSError when the port is taken."""

    def __init__(self, options: SandboxOptions, **parts: Any) -> None:
        self.sandbox = Sandbox(options, **parts)
        self._socket = _listening(options.port)
        # Files lie on another origin, as they do at Procore and Microsoft; Graph and its sign-in are further hosts.
        ports = self.sandbox.kept_ports()
        self._others = {name: _kept_or_free(ports.get(name, 0)) for name in ("storage", "graph", "login")}
        self.sandbox.keep_ports({name: made.getsockname()[1] for name, made in self._others.items()})
        self.sandbox.base_url = _address(self._socket)
        self.sandbox.storage.origin = _address(self._others["storage"])
        microsoft = self.sandbox.microsoft
        microsoft.graph, microsoft.login = _address(self._others["graph"]), _address(self._others["login"], "https")
        authority = Authority()
        self._ca_folder = tempfile.TemporaryDirectory(prefix="sandbox-ca-")
        ca_file = (options.profile or Path(self._ca_folder.name)) / CA_FILE
        ca_file.write_bytes(authority.ca_pem)
        microsoft.ca_file = str(ca_file)
        context = authority.server_context()
        self._server = self._made_server()
        self._login_server = self._made_server(
            http=SignInProtocol, ssl_context_factory=lambda _config, _default: context
        )
        self._thread: threading.Thread | None = None

    def _made_server(self, *, http: type[CuttableProtocol] = CuttableProtocol, **more: Any) -> Server:
        return Server(
            uvicorn.Config(
                self.sandbox,
                http=http,
                ws="none",
                lifespan="off",
                log_config=None,
                # The application reports its own errors; uvicorn would add those of requests dropped at the end.
                log_level="critical",
                proxy_headers=False,
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
                **more,
            )
        )

    @property
    def start_line(self) -> dict[str, Any]:
        return self.sandbox.start_line

    def serve(self) -> None:
        """Serve until asked to stop."""
        try:
            with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
                runner.run(self._serve_all())
        finally:
            self.sandbox.close()
            self._ca_folder.cleanup()

    async def _serve_all(self) -> None:
        plain = [self._socket, self._others["storage"], self._others["graph"]]
        await asyncio.gather(
            self._server.serve(sockets=plain), self._login_server.serve(sockets=[self._others["login"]])
        )
        for left in list(self._login_server.server_state.connections):
            if isinstance(left, SignInProtocol):
                left.transport.abort()

    def start(self) -> "RunningSandbox":
        """Serve in a thread of its own, as the training program does."""
        self._thread = threading.Thread(target=self.serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def ask_to_stop(self) -> None:
        self._server.should_exit = True
        self._login_server.should_exit = True

    def stop(self) -> None:
        """Ask, and wait until the thread has ended and the port is free."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> "RunningSandbox":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sandbox. Returns 0 after a signal, 2 for a wrong option, company file, profile or port."""
    arguments = _parser().parse_args(argv)
    try:
        options = _options(arguments)
        running = RunningSandbox(options)
    except (CompanyRefused, UnknownSwitch, OSError, sqlite3.Error) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_signal: running.ask_to_stop())
    if arguments.until_stdin_closes:
        threading.Thread(target=_stop_with_stdin, args=(running,), daemon=True).start()
    sys.stdout.buffer.write(orjson.dumps(running.start_line) + b"\n")
    sys.stdout.buffer.flush()
    with contextlib.suppress(asyncio.CancelledError):
        running.serve()
    return 0


def _stop_with_stdin(running: RunningSandbox) -> None:
    """End with the parent: its end of the pipe closes even when it is killed."""
    while sys.stdin.buffer.read(4096):
        pass
    running.ask_to_stop()


def _options(arguments: argparse.Namespace) -> SandboxOptions:
    return SandboxOptions(
        company=arguments.company,
        port=arguments.port,
        hourly_limit=arguments.hourly_limit,
        hour_seconds=arguments.hour_seconds,
        spike_limit=arguments.spike_limit,
        latency_ms=arguments.latency_ms,
        strict=arguments.strict,
        profile=arguments.profile,
        switches=dict(switch_from_text(text) for text in arguments.switch),
    )


def _parser() -> argparse.ArgumentParser:
    defaults = SandboxOptions()
    parser = argparse.ArgumentParser(prog="maestro-procore sandbox")
    parser.add_argument("--port", type=int, default=defaults.port)
    parser.add_argument("--company", default=defaults.company, metavar="small|reference|FILE")
    parser.add_argument("--hourly-limit", type=int, default=defaults.hourly_limit, metavar="N")
    parser.add_argument("--hour-seconds", type=int, default=defaults.hour_seconds, metavar="N")
    parser.add_argument("--spike-limit", type=int, default=defaults.spike_limit, metavar="N")
    parser.add_argument("--latency-ms", type=int, default=defaults.latency_ms, metavar="N")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--profile", type=Path, default=None, metavar="DIR")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser
