"""The forms a report is written in, and JSON that can be read back."""

import io
import json

import msgspec
import pytest

from tests.report.hostile import BATCHES, poisoned
from tests.report.samples import full_audit
from tests.report.samples_run import empty_report, every_outcome, plan, report, step
from upgrader.model import Audit, Inventory, Plan, Report
from upgrader.report import FORMATS
from upgrader.report.json_form import audit_json, inventory_json, plan_json, report_json


def test_the_forms_are_sorted_and_each_writes_text() -> None:
    assert list(FORMATS) == ["json", "markdown", "text"]
    for write in FORMATS.values():
        assert write(report(attempts=every_outcome())).endswith("\n")
        assert write(empty_report())


def test_json_reads_back_as_the_same_nouns() -> None:
    whole = report(attempts=every_outcome())
    assert msgspec.json.decode(report_json(whole), type=Report) == whole
    assert msgspec.json.decode(plan_json(plan(step())), type=Plan) == plan(step())
    assert msgspec.json.decode(audit_json(full_audit()), type=Audit) == full_audit()
    inventory = full_audit().inventory
    assert msgspec.json.decode(inventory_json(inventory), type=Inventory) == inventory


def test_json_is_indented_and_carries_its_version() -> None:
    text = report_json(empty_report()).decode()
    assert text.startswith('{\n  "title": "Nothing",')
    assert json.loads(text)["schema_version"] == 1


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("text", [*BATCHES, ""], ids=lambda text: ascii(text)[:40])
def test_every_form_takes_every_text_twice_alike(name: str, text: str) -> None:
    sick = poisoned(report(attempts=every_outcome()), text)
    written = FORMATS[name](sick)
    io.BytesIO().write(written.encode())
    assert written == FORMATS[name](sick)
    if name == "json":
        json.loads(written)
    else:
        assert not any(sign in written for sign in "\x1b\x9b\x07\u202e\u2066\u200b\u2060\r\0")


def test_the_text_form_has_no_colours_even_when_they_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in FORMATS["text"](report(attempts=every_outcome()))
