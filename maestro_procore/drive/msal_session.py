"""The blocking connection to Microsoft's sign-in server that MSAL is given, and what its faults mean.

Source: reference graph-drive.md §6.4.
"""

import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter

from maestro_procore.drive import network
from maestro_procore.drive.answers import Asked, Failure, GraphFailed
from maestro_procore.drive.connection import MicrosoftConnection
from maestro_procore.file_ports import FileTrouble
from maestro_procore.model.addresses import is_loopback
from maestro_procore.model.problems import Problem

TIMEOUT_SECONDS: Final = 30.0


class _SystemTrust(HTTPAdapter):
    """Believes whom the system believes, so that a company's own authority is known."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, ssl_context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return super().proxy_manager_for(*args, ssl_context=context, **kwargs)


class SignInSession(requests.Session):
    """Requests that end, through the system's proxies; to this computer directly, by its own authority."""

    def __init__(self, connection: MicrosoftConnection) -> None:
        super().__init__()
        if is_loopback(connection.login):
            # Variables of the environment would replace `verify` and lead through a proxy (§6.4).
            self.trust_env = False
            if connection.ca_file is not None:
                self.verify = str(connection.ca_file)
        else:
            self.mount("https://", _SystemTrust())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = TIMEOUT_SECONDS
        return super().request(*args, **kwargs)


def session_failure(error: Exception, login: str) -> GraphFailed:
    """What a fault of the sign-in server's connection means. Nothing of ours was changed by it."""
    asked = Asked("POST", login, urlsplit(login).hostname or login, api="login", is_safe=True)
    match error:
        case requests.exceptions.ProxyError():
            failure = network.proxy_refused(asked, error)
        case requests.exceptions.Timeout():
            failure = network.silent(asked, TIMEOUT_SECONDS)
        case requests.exceptions.ConnectionError():
            failure = network.not_connected(asked, _innermost(error))
        case requests.exceptions.RequestException():
            failure = network.cut(asked)
        case _:  # MSAL's own: the server's description of itself makes no sense
            failure = Failure(FileTrouble.UNREACHABLE, Problem("DRV-15", {"host": asked.host, "status": 200}))
    return GraphFailed(failure)


def _innermost(error: Exception) -> Exception:
    """urllib3 keeps the cause as `reason` of an argument, where no chain of causes leads."""
    for held in error.args:
        reason = getattr(held, "reason", None)
        if isinstance(reason, Exception):
            return _innermost_reason(reason)
    return error


def _innermost_reason(reason: Exception) -> Exception:
    for held in reason.args:
        if isinstance(held, Exception):
            return held
    return reason
