"""The set-up speaks the reader's language."""

import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
SENTENCES = tomllib.loads((PACKAGING / "words.toml").read_text(encoding="utf-8"))


@pytest.fixture
def words(scripts: dict[str, ModuleType]) -> Any:
    return scripts["words"]


@pytest.mark.parametrize(
    ("arguments", "session", "windows", "expected"),
    [
        ([], {}, 0, "en"),
        ([], {"LANG": "fr_CA.UTF-8"}, 0, "fr"),
        ([], {"LANG": "fr_CA.UTF-8", "LC_ALL": "C"}, 0, "en"),
        ([], {"LANG": "en_CA.UTF-8", "LANGUAGE": "fr:en"}, 0, "fr"),
        ([], {"LANG": "C", "LANGUAGE": "fr"}, 0, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, 0, "en"),
        ([], {}, 0x0C0C, "fr"),
        ([], {}, 0x1009, "en"),
        (["--language", "fr"], {"LANG": "en_CA"}, 0, "fr"),
        (["sync", "--language=en"], {"LANG": "fr_CA"}, 0, "en"),
        (["--language"], {}, 0, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_that_of_the_session(
    words: Any, arguments: list[str], session: dict[str, str], windows: int, expected: str
) -> None:
    assert words.reader_language(arguments, session, windows) == expected


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_the_same_things(key: str) -> None:
    english, french = (SENTENCES[key][language] for language in ("en", "fr"))
    assert english != french
    assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", french))


def test_every_sentence_is_used_and_every_used_one_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGING.glob("*.py"))
    assert [key for key in SENTENCES if f'"{key}"' not in code] == []
    assert set(re.findall(r'text\("(\w+)"', code)) <= set(SENTENCES)


def test_french_puts_a_no_break_space_before_the_colon(words: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "fr")
    assert words.text("installing", names="xvfb").startswith("Installation de paquets du système\u00a0: xvfb")


def test_words_about_the_set_up_keep_off_standard_output(words: Any, capsys: pytest.CaptureFixture[str]) -> None:
    words.say("Setting up")
    assert capsys.readouterr() == ("", "Setting up\n")
