"""The face of the text form: each function prints one noun on a rich console and returns nothing."""

from __future__ import annotations

from upgrader.report.text_audit import print_audit

__all__ = ["print_audit"]
