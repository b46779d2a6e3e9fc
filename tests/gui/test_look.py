"""Icons, themes and contrast."""

import gc
import itertools

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from maestro_procore.gui import icons, theme
from maestro_procore.gui.status_icons import ARROWS, MESSAGE_SIGNS
from maestro_procore.model.status import Symbol
from maestro_procore.places import resource

# Text and the ground it stands on. The disabled colour is exempt (WCAG 2.1, 1.4.3).
PAIRS = [
    *itertools.product(("text", "dim"), ("window", "base", "side", "alternate")),
    *(("text", ground) for ground in ("accent_soft", "warning_soft", "error_soft")),
    ("accent_text", "accent"),
    ("badge_text", "training"),
    ("badge_text", "sandbox"),
    *itertools.product(("accent", "success", "error"), ("base",)),
    ("warning", "base"),
]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize(("front", "ground"), PAIRS)
def test_words_stand_out_from_their_ground(name, front, ground):
    colours = theme.THEMES[name]
    bright, dark = sorted((_luminance(colours.of(front)), _luminance(colours.of(ground))), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5, f"{front} on {ground}"


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_style_sheet_takes_the_colours_of_each_theme(qapp, name):
    sheet = theme.style_sheet(theme.THEMES[name])
    assert "$" not in sheet
    assert theme.THEMES[name].accent in sheet


def test_every_symbol_arrow_and_sign_has_its_drawing(qapp):
    """F002: never colour alone, each state has its own shape."""
    wanted = {symbol.value for symbol in Symbol} | set(ARROWS.values()) | set(MESSAGE_SIGNS.values())
    assert wanted <= set(icons.names())
    drawings = [resource(f"icons/{name}.svg").read_text() for name in wanted]
    assert len(set(drawings)) == len(drawings)


@pytest.mark.parametrize("name", icons.names())
def test_each_drawing_shows_something_and_fades_when_disabled(qapp, name):
    picture = icons.icon(name).pixmap(QSize(16, 16)).toImage()
    points = {picture.pixel(x, y) for x in range(16) for y in range(16)}
    assert len(points) > 1
    faded = icons.icon(name).pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage()
    assert name == "app" or faded != picture


@pytest.mark.parametrize("name", [n for n in icons.names() if n != "app"])
def test_drawings_name_no_colour_and_keep_the_grid(name):
    drawing = resource(f"icons/{name}.svg").read_text()
    assert "#" not in drawing
    assert 'viewBox="0 0 16 16"' in drawing
    assert 'stroke-width="1.5"' in drawing


def test_the_chosen_theme_is_used_and_can_be_left_again(qapp):
    app = QApplication.instance()
    gc.collect()  # a theme is given to every widget there is: the pages of earlier tests, tens of thousands, go first
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    try:
        theme.apply(app, "dark")
        assert theme.current() is theme.DARK
        theme.apply(app, "light")
        assert theme.current() is theme.LIGHT
        assert theme.choose("contrast") is theme.CONTRAST
    finally:
        app.setStyleSheet("")
