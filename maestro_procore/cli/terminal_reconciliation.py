"""A reconciliation as tables on the terminal: totals, then every line that is not simply equal, with its causes."""

from typing import Any

from rich.table import Table

from maestro_procore import i18n
from maestro_procore.cli.terminal import open_console
from maestro_procore.i18n import text
from maestro_procore.model.certificate import cause_words, period_words, verdict
from maestro_procore.model.problems import message
from maestro_procore.model.reconciliation import Line, Reconciliation, Total

_AMOUNTS = ("maestro", "bridged", "expected", "procore", "unexplained")


def show(row: Any, found: Reconciliation) -> None:
    """row: store.reconciled_views.ReconciliationRow."""
    language, page = i18n.current_language(), open_console()
    page.print(f"{text('reconcile.title')} – {row.company}", style="bold")
    scope = text("reconcile.all_projects") if row.project is None else row.project
    period = period_words(row.period, row.is_period_closed, language)
    for name, value in (("cut_off", row.cut_off), ("period", period), ("project", scope)):
        page.print(text("reconcile.named", name=text(f"reconcile.fact.{name}"), value=value))
    totals = _table("element", "figure", "currency", *_AMOUNTS)
    for total in found.totals:
        totals.add_row(*_figure(total), total.currency, *(_amount(getattr(total, name)) for name in _AMOUNTS[:-1]),
                       _amount(total.apart))  # fmt: skip
    if found.totals:
        page.print()
        page.print(totals)
    differing = [line for line in found.lines if line.bridges or line.unexplained]
    if differing:
        page.print()
        lines = _table("project", "element", "figure", "code", "currency", *_AMOUNTS, "cause")
        for line in differing:
            bridged = line.maestro - line.expected
            amounts = (line.maestro, bridged, line.expected, line.procore, line.unexplained)
            lines.add_row(line.project, *_figure(line), line.code, line.currency, *map(_amount, amounts), _causes(line))
        page.print(lines)
    for problem in found.told:
        page.print(f"{problem.code}: {message(problem, language)}")
    page.print()
    page.print(f"{'✔' if found.agrees else '✖'} {verdict(found, language)}", style="bold")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_amount = column in _AMOUNTS
        table.add_column(
            text(f"reconcile.column.{column}"), justify="right" if is_amount else "left", no_wrap=is_amount
        )
    return table


def _figure(of: Line | Total) -> tuple[str, str]:
    element, figure = of.figure
    return text(f"reconcile.element.{element}"), text(f"reconcile.figure.{figure}")


def _amount(value: Any) -> str:
    return i18n.number(i18n.current_language(), value, 2)


def _causes(line: Line) -> str:
    causes = [bridge.cause for bridge in line.bridges]
    return "; ".join(f"{cause} {cause_words(cause, i18n.current_language())}" for cause in causes)
