"""The face of the text form: each function prints one noun on a rich console and returns nothing."""

from __future__ import annotations

from upgrader.report.text_audit import print_audit
from upgrader.report.text_explain import print_explain
from upgrader.report.text_inventory import print_inventory
from upgrader.report.text_plan import print_plan
from upgrader.report.text_run import print_attempts, print_matrix, print_report

__all__ = [
    "print_attempts",
    "print_audit",
    "print_explain",
    "print_inventory",
    "print_matrix",
    "print_plan",
    "print_report",
]
