from __future__ import annotations

from typing import get_args

from upgrader.model.impact import ChangeKind
from upgrader.surface.kinds import KINDS, WEIGHTS


def test_every_kind_is_described() -> None:
    assert set(KINDS) == set(get_args(ChangeKind))
    for name, kind in KINDS.items():
        assert kind.severity in WEIGHTS, name
        assert kind.meaning.endswith("."), name
        assert kind.hint.endswith("."), name
        assert kind.example, name
