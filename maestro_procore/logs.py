"""The program's log and what must never stand in it.

Secret keeps a value out of reprs; redact() takes secrets out of any text or
JSON, for the log and for the request/answer pane alike.
"""

import atexit
import json
import logging
import logging.handlers
import os
import queue
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, quote_plus

MASK: Final = "•••"

# 3 programs × 4 files × 4 MB = 48 MB: within the 50 MB promised to IT.
FILE_BYTES: Final = 4_000_000
OLD_FILES: Final = 3

ProgramName = Literal["window", "service", "command"]

SECRET_NAMES: Final = frozenset(
    {
        "access_token",
        "refresh_token",
        "id_token",
        "token",
        "client_secret",
        "client_assertion",
        "client_password",
        "password",
        "secret",
        "authorization",
        "proxy-authorization",
        "code_verifier",
        "cookie",
        "set-cookie",
        "api_key",
    }
)

_NAMES = "|".join(sorted((re.escape(name) for name in SECRET_NAMES), key=len, reverse=True))
# The names that hold no other one: a text without any of these holds none of all.
_ROOTS = tuple(sorted(name.encode() for name in SECRET_NAMES if not any(o in name for o in SECRET_NAMES if o != name)))


@dataclass(frozen=True, slots=True)
class _Shape:
    """A form in which secrets stand, and what is left of it.

    signs: one of them, in any case, stands in every text that has the form. Looking for them costs a hundredth of the
    search itself, which would otherwise be most of the work of a large run.
    """

    pattern: re.Pattern[str]
    masked: str
    signs: tuple[bytes, ...]


_SHAPES: Final = (
    # Headers as a line, as a repr or in JSON: the scheme may stay, the credential may not.
    _Shape(re.compile(r"(?i)\b(bearer|basic)(\s+)(?!•)[A-Za-z0-9._~+/=-]{4,}"), rf"\1\2{MASK}", (b"bearer", b"basic")),
    # "name": "value" in JSON and reprs, values with escaped quotes included.
    _Shape(re.compile(rf"""(?i)(["']?\b(?:{_NAMES})["']?\s*:\s*)(["'])(?:\\.|(?!\2).)*\2"""), rf"\1\2{MASK}\2", _ROOTS),
    # Header lines without quotes.
    _Shape(
        re.compile(r"(?im)^([ \t]*(?:(?:proxy-)?authorization|(?:set-)?cookie))([ \t]*:[ \t]*)(?!.*•••)[^\r\n]+"),
        rf"\1\2{MASK}",
        (b"authorization", b"cookie"),
    ),
    # name=value in forms, addresses and messages.
    _Shape(re.compile(rf"(?i)\b({_NAMES})=[^&\s\"'<>,;]+"), rf"\1={MASK}", _ROOTS),
    # Sign-in codes in addresses are worth a session; a lone code= elsewhere (error_code=, code=42) is not touched.
    _Shape(re.compile(r"(?i)([?&]code=)[^&\s\"'<>]+"), rf"\1{MASK}", (b"code=",)),
    # The password in the address of a database or a proxy.
    _Shape(re.compile(r"(://[^/\s:@\"']*:)[^/\s@\"']+(?=@)"), rf"\1{MASK}", (b"://",)),
    # A JSON web token, wherever it stands.
    _Shape(re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*"), MASK, (b"eyj",)),
)
_SIGNS: Final = tuple(sorted({sign for shape in _SHAPES for sign in shape.signs}))
_SELDOM: Final = b"jzkwv=/b"
"""Bytes that few words hold, the rarest first."""


def _finders() -> Iterator[tuple[re.Pattern[bytes], list[bytes]]]:
    """Patterns that look for the seldom byte of their signs, and around it only where it stands; and those signs.

    One search for each sign takes twice as long through a bulk answer of a megabyte and a half.
    """
    by_seldom: dict[bytes, list[bytes]] = {}
    for sign in _SIGNS:
        seldom = next((bytes([each]) for each in _SELDOM if each in sign), sign)
        by_seldom.setdefault(seldom, []).append(sign)
    for seldom, signs in by_seldom.items():
        cut = [(sign.index(seldom) + len(seldom), sign) for sign in signs]
        around = [rb"(?<=%b)%b" % (re.escape(sign[:at]), re.escape(sign[at:])) for at, sign in cut]
        yield re.compile(re.escape(seldom) + b"(?:" + b"|".join(around) + b")"), signs


_FINDERS: Final = tuple(_finders())
_ALIKE: Final = ("\u0130", "\u0131", "\u017f", "\u212a")
"""Letters beyond ASCII that the patterns take for i, s or k."""


@dataclass(slots=True)
class _Known:
    """The values that exist as Secret in memory, newest last, as one pattern."""

    values: OrderedDict[str, None] = field(default_factory=OrderedDict)
    forms: tuple[str, ...] = ()
    """The same, longest first: one may be the beginning of another."""
    made: re.Pattern[str] | None = None
    """All of them as one pattern, once somebody asked for it."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    MOST = 256  # tokens are renewed every 90 minutes; older ones are dead and cost time in every line
    SHORTEST = 6  # shorter ones would mask ordinary words

    def add(self, value: str) -> None:
        if len(value) < self.SHORTEST:
            return
        with self.lock:
            for form in {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}:
                self.values[form] = None
                self.values.move_to_end(form)
            while len(self.values) > self.MOST:
                self.values.popitem(last=False)
            self.forms, self.made = tuple(sorted(self.values, key=len, reverse=True)), None

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """What finds them in a text. Made when it is needed: with 256 of them that takes 10 ms."""
        with self.lock:
            if self.made is None and self.forms:
                self.made = re.compile("|".join(map(re.escape, self.forms)))
            return self.made

    def stands_in(self, text: str) -> bool:
        """Whether any of them does; much quicker than the pattern."""
        return any(form in text for form in self.forms)


_known = _Known()


class Secret:
    """A value that shows itself only through reveal(): prints, f-strings, reprs and logs get dots."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        _known.add(value)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")


def _signs_in(text: str) -> Sequence[bytes]:
    if not text.isascii() and any(letter in text for letter in _ALIKE):
        return _SIGNS
    lowered = text.encode("utf-8", "surrogatepass").lower()
    return [sign for finder, signs in _FINDERS if finder.search(lowered) for sign in signs if sign in lowered]


def may_hold_secrets(text: str) -> bool:
    """False: `redact` would find nothing. Much quicker than to let it look."""
    return bool(_signs_in(text)) or _known.stands_in(text)


def _redact_text(text: str) -> str:
    """What is found first leaves dots behind, so that no sign comes to stand in the text that was not there before."""
    found = _signs_in(text)
    if _known.stands_in(text) and (pattern := _known.pattern) is not None:
        text = pattern.sub(MASK, text)
    if found:
        for shape in _SHAPES:
            if any(sign in found for sign in shape.signs):
                text = shape.pattern.sub(shape.masked, text)
    return text


def redact(value: Any) -> Any:
    """The same text or JSON without secrets: same shape, masked values, keys kept.

    Masks the values of SECRET_NAMES, Authorization credentials, tokens in
    addresses and forms, and every Secret alive. Other types come back as they are.
    """
    if isinstance(value, str):
        return _redact_text(value)
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(key, str) and key.lower() in SECRET_NAMES and inner else redact(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(inner) for inner in value]
    if isinstance(value, bytes):
        return _redact_text(value.decode("utf-8", "replace"))
    return value


class JsonLines(logging.Formatter):
    """One redacted JSON document a line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "thread": record.threadName,
            "text": redact(record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = redact(record.stack_info)
        return json.dumps(line, ensure_ascii=False)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """Rotating file that only its owner can read, and that a second process cannot break."""

    def _open(self) -> Any:
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener)

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            # Windows does not rename a file that another process holds: go on in the same one.
            if self.stream is None:
                self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: a full disk must not stop the work that is being logged, nor fill the terminal."""


class _Hand(logging.handlers.QueueHandler):
    """Hands records over without waiting for the disk, formatted in the thread that knows their values."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record.msg = record.getMessage()
        record.args = None
        return record


def start_logging(
    folder: Path, program: ProgramName = "window", *, level: int = logging.INFO, to_terminal: bool = False
) -> Callable[[], None]:
    """Write the log of this process to `folder/PROGRAM.log`; returns what stops it.

    At most 48 MB for all programs together, JSON lines, UTC, redacted, readable by the owner only.
    Writing happens in a thread of its own: no caller waits for the disk.
    to_terminal: warnings also go to standard error, in plain form.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = _PrivateFile(
        folder / f"{program}.log", maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True
    )
    file.setFormatter(JsonLines())
    handlers: list[logging.Handler] = [file]
    if to_terminal:
        handlers.append(_terminal())
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, *handlers, respect_handler_level=True)
    hand = _Hand(records)
    root = logging.getLogger()
    previous_level = root.level
    root.addHandler(hand)
    root.setLevel(level)
    # httpx and its transport log every address at INFO and DEBUG; our own call log is better.
    for noisy in ("httpx", "httpcore", "asyncio", "keyring"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    listener.start()
    stopped = threading.Event()

    def stop() -> None:
        if stopped.is_set():
            return
        stopped.set()
        root.removeHandler(hand)
        root.setLevel(previous_level)
        listener.stop()
        for handler in handlers:
            handler.close()
        atexit.unregister(stop)

    atexit.register(stop)
    return stop


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return str(redact(super().format(record)))


def _terminal() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Plain("%(levelname)s %(name)s: %(message)s"))
    return handler
