"""Every sentence a person reads, in English and French, with numbers, dates and money in the reader's form.

Sentences live in resources/texts/PAGE.toml; the first word of a key names its
file. A page is read when its first text is asked for. Who shows texts (window,
command line) tells the language; telling others that it changed is theirs too.
"""

import logging
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache
from string import Formatter
from typing import Any, Final, Literal

from maestro_procore.places import resource

log = logging.getLogger(__name__)

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")
LOCALES: Final[dict[Language, str]] = {"en": "en_CA", "fr": "fr_CA"}
NBSP: Final = "\u00a0"


class TextMissing(LookupError):
    """A key that no catalogue holds, or a named place that nobody filled. Raised only when strict."""


@dataclass(slots=True)
class _Reader:
    """Who reads. One per process: window and command line serve one person."""

    language: Language = "en"
    time_zone: tzinfo | None = None  # None: the computer's own
    strict: bool = False


_reader = _Reader()


def set_language(language: Language) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"language is one of {LANGUAGES}, not {language!r}")
    _reader.language = language


def current_language() -> Language:
    return _reader.language


def system_language() -> Language:
    """The language of the user's session: French when it says so, else English."""
    import locale

    said = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    chosen = next(filter(None, said), "") or str(locale.getlocale()[0] or "")  # Windows sets no variable
    return "fr" if chosen.lower().startswith("fr") else "en"


def set_time_zone(zone: tzinfo | None) -> None:
    """Zone in which times are shown; None, the default, is the computer's own."""
    _reader.time_zone = zone


def be_strict(strict: bool = True) -> None:
    """Raise TextMissing instead of showing the key. For tests: a window must never fall over a text."""
    _reader.strict = strict
    _missing.cache_clear()


# --- catalogues -----------------------------------------------------------------------------------

Entry = Mapping[Language, str]

# Québec's typography (OQLF): a no-break space before the colon, the percent and
# dollar signs, and inside guillemets; none before ; ! and ?. Put in while loading,
# so that a text file may be written with an ordinary keyboard.
_FRENCH_SPACES: Final = (
    (" :", NBSP + ":"),
    ("« ", "«" + NBSP),
    (" »", NBSP + "»"),
    (" %", NBSP + "%"),
    (" $", NBSP + "$"),
)


def french(sentence: str) -> str:
    """The sentence with the no-break spaces that French typography wants."""
    for loose, tight in _FRENCH_SPACES:
        sentence = sentence.replace(loose, tight)
    return sentence


@cache
def page(name: str) -> dict[str, Entry]:
    """All texts of one file, by whole key, in the order of the file; empty when there is no such file."""
    path = resource(f"texts/{name}.toml")
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    entries = sound_entries(content, path.name, r"\n")
    return {key: {"en": entry["en"], "fr": french(entry["fr"])} for key, entry in entries.items()}


def sound_entries(content: str, file: str, between: str) -> dict[str, Any]:
    """The entries of a catalogue. One broken or doubled entry must not take a whole file away, unless a test looks.

    between: pattern of what separates two entries. The later of two entries with one name counts.
    """
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        if _reader.strict:
            raise
        log.error("%s: %s", file, error)
    sound: dict[str, Any] = {}
    for piece in re.split(between, content):
        with suppress(tomllib.TOMLDecodeError):
            sound |= tomllib.loads(piece)
    return sound


def pages() -> list[str]:
    """Names of all text files."""
    return sorted(path.stem for path in resource("texts").glob("*.toml"))


def keys_under(prefix: str) -> list[str]:
    """Whole keys that start with the prefix, in the order of their file ("help.sync.")."""
    return [key for key in page(prefix.partition(".")[0]) if key.startswith(prefix)]


def has_text(key: str) -> bool:
    entries = page(key.partition(".")[0])
    return key in entries or f"{key}.other" in entries


def text(key: str, /, **args: object) -> str:
    """The sentence of the key in the reader's language, its named places filled.

    With `count`, a key that has the forms KEY.one and KEY.other takes the right one.
    """
    return text_in(_reader.language, key, **args)


def text_in(language: Language, key: str, /, **args: object) -> str:
    """Like text(), in the language given."""
    entries = page(key.partition(".")[0])
    entry = entries.get(key)
    if entry is None and "count" in args:
        entry = entries.get(f"{key}.{plural(language, args['count'])}")
    if entry is None:
        return _missing(f"no text {key!r}", key)
    return fill(language, entry[language], args)


@cache
def _missing(complaint: str, instead: str) -> str:
    """Shown instead of a missing text. Cached, so that a list of 10,000 rows complains once."""
    if _reader.strict:
        raise TextMissing(complaint)
    log.error("%s", complaint)
    return instead


def plural(language: Language, count: object) -> Literal["one", "other"]:
    """CLDR's form for a count: in French 0 and 1.5 are singular too."""
    number = abs(Decimal(str(count)))
    return "one" if (number == 1 if language == "en" else number < 2) else "other"


# --- named places ---------------------------------------------------------------------------------


class _Sentence(Formatter):
    """Fills `{name}` and `{name:form}`; forms are those of FORMS."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def get_value(self, key: int | str, _args: object, kwargs: Mapping[str, Any]) -> Any:
        if isinstance(key, str) and key in kwargs:
            return kwargs[key]
        return _missing(f"no value for {{{key}}}", f"{{{key}}}")

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return as_text(self._language, value)
        if isinstance(value, str) and value.startswith("{"):
            return value  # the place that nobody filled
        return FORMS[format_spec](self._language, value)

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return value


_SENTENCES: Final = {language: _Sentence(language) for language in LANGUAGES}


def fill(language: Language, sentence: str, args: Mapping[str, object]) -> str:
    """The sentence with its named places filled. Values are data: braces inside them stay as they are."""
    return _SENTENCES[language].vformat(sentence, (), args) if "{" in sentence else sentence


def as_text(language: Language, value: object) -> str:
    """A value in the reader's form, chosen by its type. Identifiers must come as str, else they are grouped."""
    match value:
        case bool() | None:
            return str(value)
        case str():
            return value
        case int() | float():
            return number(language, value)
        case Decimal():
            return number(language, value, 2)
        case datetime():
            return date_and_time(language, value)
        case date():
            return short_date(language, value)
        case timedelta():
            return duration(language, value)
    return str(value)


# --- numbers --------------------------------------------------------------------------------------

# Same signs as Babel's en_CA and fr_CA, which a test compares: importing Babel
# costs more than painting the window, and every status bar shows a number.
_SIGNS: Final[dict[Language, dict[int, str]]] = {
    "en": {},
    "fr": str.maketrans({",": NBSP, ".": ","}),
}


def number(language: Language, value: object, decimals: int | None = None) -> str:
    """1,234.5 in English, 1 234,5 in French. decimals: digits behind the sign; None keeps what is there."""
    amount = _decimal(value)
    if decimals is not None:
        return f"{amount:,.{decimals}f}".translate(_SIGNS[language])
    plain = amount.normalize() if amount != amount.to_integral_value() else amount.quantize(Decimal(1))
    return f"{plain:,f}".translate(_SIGNS[language])


def percent(language: Language, value: object) -> str:
    """value: 64 or 7.5 for 64 % and 7.5 %."""
    return number(language, value) + ("%" if language == "en" else NBSP + "%")


def money(language: Language, amount: object, currency: str = "CAD") -> str:
    """$1,234.56 in English, 1 234,56 $ in French, to the cent. A text may carry its currency: "12.50 USD"."""
    from babel.numbers import format_currency

    if isinstance(amount, str) and " " in amount.strip():
        amount, currency = amount.strip().rsplit(" ", 1)
    return format_currency(_decimal(amount), currency, locale=LOCALES[language])


def _decimal(value: object) -> Decimal:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"not a number: {value!r}") from error


# --- times ----------------------------------------------------------------------------------------


def _local(value: object) -> datetime:
    """An instant in the reader's time zone. value: aware datetime, or its ISO 8601 text."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise TypeError(f"not an instant: {value!r}")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(_reader.time_zone)


def clock_time(language: Language, value: object) -> str:
    """14:05 in English, 14 h 05 in French."""
    moment = _local(value)
    return f"{moment:%H:%M}" if language == "en" else f"{moment:%H}{NBSP}h{NBSP}{moment:%M}"


def short_date(language: Language, value: object) -> str:
    """2026-11-23 in both languages: Canada's all-numeric form (CAN/CSA-Z234.4), sortable in a column."""
    if isinstance(value, str) and len(value) == len("2026-11-23"):
        return value
    day = value if isinstance(value, date) and not isinstance(value, datetime) else _local(value).date()
    return day.isoformat()


def long_date(language: Language, value: object) -> str:
    """November 23, 2026; 23 novembre 2026."""
    from babel.dates import format_date

    day = value if isinstance(value, date) and not isinstance(value, datetime) else _local(value).date()
    return format_date(day, "long", locale=LOCALES[language])


def date_and_time(language: Language, value: object) -> str:
    """2026-11-23 14:05; 2026-11-23 14 h 05."""
    return f"{short_date(language, value)} {clock_time(language, value)}"


def exact_time(_language: Language, value: object) -> str:
    """2026-11-23 14:05:09 -05:00, for tooltips and the Synchronization Manager."""
    return _local(value).isoformat(sep=" ", timespec="seconds")


def duration(_language: Language, value: object) -> str:
    """45 s, 23 min, 2 h 05 min, 3 d 4 h (3 j 4 h). value: timedelta or seconds."""
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else float(str(value)))
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds}{NBSP}s"
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if hours < 48:
        return f"{hours}{NBSP}h{NBSP}{minutes % 60:02}{NBSP}min"
    return f"{hours // 24}{NBSP}{'d' if _language == 'en' else 'j'}{NBSP}{hours % 24}{NBSP}h"


def _plain(_language: Language, value: object) -> str:
    return str(value)


# What may stand behind the colon of a named place: {time:time}, {amount:money}.
FORMS: Final[dict[str, Callable[[Language, object], str]]] = {
    "number": number,
    "percent": percent,
    "money": money,
    "time": clock_time,
    "date": short_date,
    "long_date": long_date,
    "datetime": date_and_time,
    "exact": exact_time,
    "duration": duration,
    "plain": _plain,
}
