"""The list of calls that arrived: what every figure about calls is judged by."""

from dataclasses import asdict, dataclass

from maestro_procore.sandbox.answers import Call
from maestro_procore.sandbox.clock import iso


@dataclass
class LoggedCall:
    """One call. status stays None until it was answered. counted: it used up call limit."""

    n: int
    at: str
    api: str
    method: str
    path: str
    query: str
    status: int | None = None
    counted: bool = False
    violation: str | None = None


class CallLog:
    def __init__(self) -> None:
        self._calls: list[LoggedCall] = []
        self._next = 1

    def arrived(self, api: str, call: Call, now: float) -> LoggedCall:
        milliseconds = int(now * 1000) % 1000
        logged = LoggedCall(
            self._next, f"{iso(now)[:-1]}.{milliseconds:03d}Z", api, call.method, call.path, call.query_text
        )
        self._next += 1
        self._calls.append(logged)
        return logged

    def as_list(self) -> list[dict[str, object]]:
        return [asdict(call) for call in self._calls]

    def clear(self) -> None:
        """Forget the calls; numbers go on, so that no two calls of a sandbox share one."""
        self._calls.clear()
