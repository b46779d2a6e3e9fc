"""The order of the Tab key: that in which the eye meets the controls, however they were made."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QSplitter, QTabWidget, QWidget


def tab_as_laid_out(page: QWidget) -> None:
    """Tab goes through layouts, splitters and tabs as they lie. To be called when everything is in its place."""
    for before, after in pairwise(_controls(page)):
        QWidget.setTabOrder(before, after)


def _controls(widget: QWidget) -> Iterator[QWidget]:
    """What may have the focus inside, in its order; a control is not looked into."""
    if isinstance(widget, QTabWidget):
        yield widget  # for its bar: with the bar itself in the chain, Tab never leaves the tabs again (Qt 6.11)
        inner = [widget.widget(place) for place in range(widget.count())]
    elif isinstance(widget, QSplitter):
        inner = [widget.widget(place) for place in range(widget.count())]
    elif isinstance(widget, QScrollArea):
        inner = [widget.widget()]
    elif (layout := widget.layout()) is not None:
        inner = list(_widgets(layout))
    else:
        inner = []
    if not inner and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    for each in inner:
        if each is not None:
            yield from _controls(each)


def _widgets(layout: QLayout) -> Iterator[QWidget]:
    places = list(range(layout.count()))
    if isinstance(layout, QGridLayout):  # it keeps them in the order in which they were put there
        places.sort(key=lambda place: tuple(layout.getItemPosition(place)))  # type: ignore[arg-type]  # stub: object
    for place in places:
        item = layout.itemAt(place)
        inside, widget = (item.layout(), item.widget()) if item is not None else (None, None)
        if widget is not None:
            yield widget
        elif inside is not None:
            yield from _widgets(inside)
