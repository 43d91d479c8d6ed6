"""Text for people and machines: FORMATS names the forms a report can be written in."""

from __future__ import annotations

import io
from collections.abc import Callable

from upgrader.model import Report
from upgrader.report.json_form import report_json
from upgrader.report.markdown import markdown_report

__all__ = ["FORMATS", "report_json", "report_text", "markdown_report"]
_WIDTH = 120


def report_text(report: Report) -> str:
    """The report as it looks on a terminal 120 characters wide, without colours."""
    from rich.console import Console

    from upgrader.report.text import print_report

    page = io.StringIO()
    console = Console(file=page, width=_WIDTH, color_system=None, force_terminal=False, highlight=False)
    print_report(report, console)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


FORMATS: dict[str, Callable[[Report], str]] = {
    "json": lambda report: report_json(report).decode(),
    "markdown": markdown_report,
    "text": report_text,
}
"""Name of a form to what writes it, sorted; adding one is one line here."""
