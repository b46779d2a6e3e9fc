"""Both catalogues are complete: two languages, same places, French typography, every key that the program asks for."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import text_uses
from text_uses import all_keys, places

from maestro_procore import i18n
from maestro_procore.i18n import NBSP
from maestro_procore.model import problems
from maestro_procore.model.elements import ELEMENTS, Direction
from maestro_procore.model.kinds import MAPS
from maestro_procore.model.status import ActionKind, ActionState, RequestState, Symbol
from maestro_procore.places import resource

forget_sources = pytest.fixture(scope="module", autouse=True)(text_uses.forget_sources)

# Words that are the same in both languages: names, signs, patterns and true cognates.
SAME = re.compile(r"[^a-zA-Zé]*|(\{[a-z_:]+\}|[^a-zA-Z{}]|[A-Z][a-z]*|maestro|page|pause|attention|Ctrl|https?|api|com|"
                  r"procore|sandbox|monthly|production|origin|ID|OK|&[A-Z][a-z]+)*")  # fmt: skip


def sentences() -> list[tuple[str, str, str]]:
    """(where, English, French) of every text and of every form of every message."""
    found = [(key, entry["en"], entry["fr"]) for page in i18n.pages() for key, entry in i18n.page(page).items()]
    for code, entry in problems.CATALOGUE.items():
        for part in ("text", "cause", "remedy"):
            sentence = getattr(entry, part)
            found += [
                (f"{code} {part} {form}", sentence["en"][form], sentence["fr"][form]) for form in ("one", "other")
            ]
    return found


def exists(key: str) -> bool:
    if "*" not in key:
        return i18n.has_text(key)
    pattern = re.compile(re.escape(key).replace(r"\*", ".+"))
    return any(pattern.fullmatch(known) for known in all_keys())


def test_every_entry_has_exactly_two_languages() -> None:
    """F092: no mixed-language screen."""
    for path in resource("texts").glob("*.toml"):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert entry.keys() == {"en", "fr"}, key
            assert all(isinstance(words, str) and words.strip() for words in entry.values()), key


def test_the_first_word_of_a_key_names_its_file() -> None:
    assert [key for page in i18n.pages() for key in i18n.page(page) if key.partition(".")[0] != page] == []


def test_one_entry_a_line_so_that_anybody_can_append() -> None:
    for path in resource("texts").glob("*.toml"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        assert len(lines) == len(i18n.page(path.stem)), path.name


def test_both_languages_have_the_same_places() -> None:
    assert [where for where, en, fr in sentences() if places(en) != places(fr)] == []


ELIDED = re.compile(
    rf"(?i)(?<![\w'’])(?:[ldjnsm]e|la|(?:jus|lors|puis|quoi|pres)?que)[ {NBSP}](?:«[ {NBSP}])?\{{([a-z_]+)\}}"
)
"""A word that loses its vowel before another, and a place behind it that is not of a form that begins with a digit."""
NUMBERS = frozenset({
    *("n", "count", "total", "done", "from", "hourly", "least", "limit", "minutes"),
    *("a", "b", "amount", "expected"),
})  # fmt: skip
"""Places without a form that always hold a figure."""


def test_no_name_stands_behind_a_french_word_that_would_have_to_be_elided() -> None:
    """« Le rapport de Agrandissement »: nobody knows with which letter a name begins."""
    wrong = [(where, fr) for where, _, fr in sentences() for place in ELIDED.findall(fr) if place not in NUMBERS]
    assert wrong == []
    assert ELIDED.findall("Le rapport de {name} de {n} pages, avant que « {other} » ou {last}") == [
        "name",
        "n",
        "other",
    ]
    assert ELIDED.findall("code {a}, modelé {b}, dès le {day:date} et du {projet}") == []


def test_every_form_of_a_place_is_known() -> None:
    used = {form for _, en, fr in sentences() for form in re.findall(r"\{[a-z_]+:([^}]+)\}", en + fr)}
    assert used <= i18n.FORMS.keys()


def test_braces_are_places_only() -> None:
    for where, en, fr in sentences():
        assert re.sub(r"\{[a-z_]+(:[a-z_]+)?\}", "", en + fr).count("{") == 0, where


def test_french_is_not_left_in_english() -> None:
    """F092."""
    same = [where for where, en, fr in sentences() if en == fr and not SAME.fullmatch(en) and " " in en]
    assert same == []


def test_plural_forms_come_in_pairs() -> None:
    keys = set(all_keys())
    for key in keys:
        if key.endswith((".one", ".other")):
            stem = key.rpartition(".")[0]
            assert {f"{stem}.one", f"{stem}.other"} <= keys, key


def test_french_typography() -> None:
    """Québec's: no-break space before the colon and inside guillemets, none before ; ! ?, no English quotes."""
    slips = {
        "space before a colon": re.compile(r"(?<![\s\u00a0]):(?=\s|$)"),
        "breaking space": re.compile(r" (?=[:»%$])|« "),
        "space before ; ! ?": re.compile(r"[\s\u00a0][;!?]"),
        "guillemets without space": re.compile(r"«[^\u00a0]|[^\u00a0]»"),
        "English quotes": re.compile(r"[\"“”]"),
        "three dots": re.compile(r"\.\.\."),
        "double space": re.compile(r"  "),
    }
    found = [
        (where, slip)
        for where, _, fr in sentences()
        for slip, pattern in slips.items()
        if pattern.search(re.sub(r"https?://\S+|\{[^}]+\}", "x", fr))
    ]
    assert found == []


def test_english_typography() -> None:
    slips = re.compile(r"  |\s[:;!?](?=\s|$)|\.\.\.|[«»\u00a0]")
    assert [where for where, en, _ in sentences() if slips.search(en)] == []


def test_every_closed_list_has_its_labels() -> None:
    wanted = [
        *(f"state.request.{state}" for state in RequestState),
        *(f"state.action.{state}" for state in ActionState),
        *(f"state.kind.{kind}" for kind in ActionKind),
        *(f"symbol.{symbol}" for symbol in Symbol),
        *(f"direction.{direction}" for direction in Direction),
        *(f"element.{name}" for name in ELEMENTS),
        *(f"element.{name}.procore" for name in ELEMENTS),
        *(f"field.{m.element}.{f.name}" for m in MAPS.values() for f in m.fields),
        *(f"field.{m.element}.{f.name}.procore" for m in MAPS.values() for f in m.fields),
    ]
    assert [key for key in wanted if not i18n.has_text(key)] == []


def test_f077_f086_the_elements_have_the_names_of_the_glossary() -> None:
    """F077, F079–F086: both languages, both systems."""
    assert [i18n.text_in("en", f"element.{name}") for name in ELEMENTS] == [
        "Projects", "Project Budgets", "Suppliers", "Project Costs", "Purchase Orders", "Subcontracts", "Change Orders",
    ]  # fmt: skip
    assert [i18n.text_in("fr", f"element.{name}") for name in ELEMENTS] == [
        "Projets", "Budgets de projet", "Fournisseurs", "Coûts de projet", "Commandes",
        "Contrats de sous-traitance", "Avis de changement",
    ]  # fmt: skip


def test_the_breadcrumb_is_the_menu_path_of_maestro() -> None:
    """F058."""
    steps = ("maestro", "maintenance", "interface", "procore", "configuration")
    shown = {lang: [i18n.text_in(lang, f"app.breadcrumb.{step}") for step in steps] for lang in i18n.LANGUAGES}
    assert shown["en"] == ["maestro*", "Maintenance", "Interface Maintenance", "Procore", "Configuration"]
    assert shown["fr"] == ["maestro*", "Maintenance", "Maintenance interface", "Procore", "Configuration"]


def test_every_text_that_the_program_asks_for_exists() -> None:
    missing = {(use.where, use.key) for use in text_uses.asked_texts() if not exists(use.key)}
    assert sorted(missing) == []


def test_every_constant_that_looks_like_a_key_is_one() -> None:
    """Tables of keys are checked too, not only calls. A beginning of keys ("state.request") is allowed."""
    known = all_keys()
    missing = {
        (use.where, use.key)
        for use in text_uses.named_texts()
        if not i18n.has_text(use.key) and not any(key.startswith(use.key + ".") for key in known)
    }
    assert sorted(missing) == []


def test_every_text_gets_the_values_it_shows() -> None:
    lacking = []
    for use in text_uses.asked_texts():
        if use.args is None or "*" in use.key or not exists(use.key):
            continue
        page = i18n.page(use.key.partition(".")[0])
        entries = [page[key] for key in (use.key, f"{use.key}.one", f"{use.key}.other") if key in page]
        wanted = set().union(*(places(words) for entry in entries for words in entry.values()))
        if wanted - use.args:
            lacking.append((use.where, use.key, wanted - use.args))
    assert lacking == []


def test_every_text_is_asked_for() -> None:
    """A text that nothing shows misleads whoever translates it: delete it, or name what will show it in LATER."""
    assert text_uses.unasked_keys() == []


def test_what_is_kept_for_later_exists() -> None:
    assert [key for key in all_keys() if text_uses.LATER.fullmatch(key)]


def test_a_text_that_nothing_asks_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose beginning is that of a table, of a label or of a count."""
    dead = ["sync.chip.all.old", "tool.Kitchen", "state.request.never.ever.old", "tray.done.subtitle", "help.x.old"]
    monkeypatch.setattr(text_uses, "all_keys", lambda: [*all_keys(), *dead])
    assert [key for key in text_uses.unasked_keys() if key in dead] == dead


def test_the_search_for_keys_finds_what_it_should() -> None:
    """Else the tests above would pass on an empty list."""
    assert len({use.key for use in text_uses.asked_texts()}) > 10
    assert len(all_keys()) > 500


def test_every_page_that_stands_in_the_side_bar_has_help() -> None:
    """F001."""
    pages = [key.removeprefix("app.page.") for key in i18n.keys_under("app.page.")]
    assert [page for page in pages if not i18n.has_text(f"help.{page}.title")] == []


@pytest.mark.parametrize("page", i18n.pages())
def test_accelerators_are_single(page: str) -> None:
    """A label has at most one underlined letter."""
    for key, entry in i18n.page(page).items():
        for words in entry.values():
            assert len(re.findall(r"&(?=\w)", words)) <= 1, key


def test_nothing_but_the_reader_decides_about_no_break_spaces() -> None:
    """Files are written with an ordinary keyboard; loading puts the French spaces in."""
    for folder in ("texts", "messages"):
        for path in resource(folder).glob("*.toml"):
            assert NBSP not in path.read_text(encoding="utf-8"), path.name
