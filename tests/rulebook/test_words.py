"""The words that a file must hold: in doubt it is looked at."""

from __future__ import annotations

import pytest

from upgrader.rulebook.pack import Keyword, RuleForm
from upgrader.rulebook.words import meets, read_words, rule_needs, symbol_needs

SAME = {"zod#z": ["zod#*", "zod#default"], "numpy.core": ["numpy.core.numeric"]}


@pytest.mark.parametrize(
    ("symbol", "text", "expected"),
    [
        ("numpy.float_", "import numpy as np\nx = float_", False),
        ("numpy.float_", "import numpy as np\nx = 'float_'", False),
        ("numpy.core.array", "from pandas import core\narray = 1", False),
        ("numpy.core.array", "np.array(core)", False),
        ("numpy.core.array", "import numpy as np\nimport pandas.core\nnp.array", False),
        ("numpy.int", "import numpy as np\nx.int", False),
        ("numpy.int", "import numpy as np\nnp.int", True),
        ("numpy.int", "import numpy\nnumpy . int", True),
        ("numpy.int", "from .mine import q  # numpy\nq.int", True),
        ("numpy.int", "from .mine import (a,\n int)  # numpy\nint", True),
        ("numpy.linalg.norm", "import numpy.linalg as la\nla.norm", True),
        ("numpy.ERR_*", "x.NOERR_A", False),
        ("numpy.float_", "np.float_", True),
        ("numpy.float_", "np.\\\n  float_", True),
        ("numpy.float_", "from numpy import (a,\n  float_)", True),
        ("numpy.float_", "from numpy import a, \\\n  float_", True),
        ("numpy.float_", "from numpy import *\nx = float_", True),
        ("numpy.float_", "getattr(np, 'float_')", True),
        ("numpy.float_", "mock.patch('numpy.float_')", True),
        ("numpy.core.array", "np.core.array", True),
        ("numpy.core.array", "from numpy.core import array", True),
        ("numpy.core.array", "import numpy.core as c; c.array", True),
        ("numpy.core.array", "from numpy.core.numeric import array", True),
        ("pydantic.BaseModel().dict", "from .mine import Model\nModel().dict()", True),
        ("pydantic.BaseModel.parse_obj", "from .mine import Model\nModel.parse_obj()", True),
        ("numpy.compat.**", "np.compat.py3k.x", True),
        ("numpy.ERR_*", "np.ERR_A", True),
        ("numpy.*", "anything", True),
    ],
)
def test_symbols_in_python(symbol: str, text: str, expected: bool) -> None:
    assert meets(symbol_needs([symbol], SAME), read_words(text, "python", ["numpy", "pydantic"])) is expected


@pytest.mark.parametrize(
    ("symbol", "text", "expected"),
    [
        ("d#x", "y()", False),
        ("d/sub#x", "import {y} from 'd/sub'", False),
        ("d#x", "import {x as y} from './mine'", True),
        ("d#default", "import z from 'd'", True),
        ("zod#z", "import * as q from 'zod'", True),
        ("zod#z.string", "q.string()", True),
    ],
)
def test_symbols_in_javascript(symbol: str, text: str, expected: bool) -> None:
    assert meets(symbol_needs([symbol], SAME), read_words(text, "typescript")) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("np.array(copy)", False),
        ("f(copy=False)", False),
        ("np.array(copy == 1)", False),
        ("np.array(x, copy=False)", True),
        ("np.array(x,\n  copy = False)", True),
    ],
)
def test_a_keyword_and_its_callee(text: str, expected: bool) -> None:
    rule = RuleForm(id="a", url="u", keyword=Keyword(of=["numpy.array"], remove=["copy"]))
    assert meets(rule_needs(rule, {}), read_words(text, "python")) is expected
