"""The NumPy pack against the last release of NumPy 1 and the newest of NumPy 2: one program, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.releases import environment, printed, rewritten

PROGRAM = """
import numpy as np
from numpy import NINF, alltrue, in1d, row_stack as stack
from numpy.core.numeric import asarray
from numpy.core.records import fromarrays
from numpy.lib.index_tricks import ndindex

def show(*values):
    for value in values:
        print(np.asarray(value).tolist())

show(np.float_(np.Inf), np.NaN > 1, np.PINF, np.NZERO, np.PZERO, NINF, np.NINF**2)
show(np.product([1, 2]), np.cumproduct([1, 2]), np.round_(1.55, 1), alltrue([1, 0]), np.sometrue([1, 0]))
show(np.mat([[1]]), in1d([1, 2], [2]), stack([[1], [2]]), np.trapz([1, 2, 3]), np.msort([[2, 1], [1, 3]]))
show(np.asfarray([1, 2]), np.array([1, 2], copy=False), np.fastCopyAndTranspose([[1, 2]]))
print(np.sctype2char(np.int32), np.obj2sctype("i4").__name__, np.issubclass_(np.int32, int), np.issubsctype("i4", "i4"))
show(np.core.array([1]), asarray([2]), np.core.umath.sin(0), np.lib.pad([1], 1), list(ndindex(2)))
show(fromarrays([[1], [2]])["f0"], np.core.defchararray.add("a", "b"))
print(np.unicode_("a") == "a", np.string_(b"a") == b"a", np.complex_(1) == 1, np.byte_bounds(np.zeros(2))[0] > 0)
a = np.arange(4)
show(a.ptp(), a.reshape(2, 2).ptp(axis=0), np.array([[1, 3]]).ptp(1), np.arange(2).astype("i2").tobytes())
show(a.newbyteorder("S").byteswap())
print(a.tostring() == a.tobytes(), np.safe_eval("[1]"), callable(np.source))
try:
    np.sum([1], axis=2)
except np.AxisError:
    print("axis", issubclass(np.VisibleDeprecationWarning, Warning), np.compare_chararrays(["a"], ["b"], "<", True))
"""


@pytest.mark.online
def test_same_answers(tmp_path: Path) -> None:
    old = environment(tmp_path / "old", "numpy<2")
    new = environment(tmp_path / "new", "numpy>=2")
    after = rewritten("numpy/1-to-2", PROGRAM)
    assert printed(new, after, strict=True) == printed(old, PROGRAM)
