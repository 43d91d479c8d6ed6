"""Deprecation warnings out of what runs print, told alike in two checkouts."""

import json

import pytest

from tests.stages.runs import finished, recorded
from upgrader.stages.deprecations import read_deprecations


def rust(message: str, code: str = "deprecated", package: str = "path+file:///w/app#1.0.0") -> str:
    told = {"message": message, "code": {"code": code}}
    return json.dumps({"reason": "compiler-message", "package_id": package, "message": told})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a test about DeprecationWarning: nothing",
        "E       DeprecationWarning: raised",
        "UserWarning: not about that",
        "{not json",
        '{"message": null}',
        '{"message": {"code": null}}',
        rust("unused variable", "unused_variables"),
        rust("of a dependency", package="registry+https://index.example/index#ring@1.0.0"),
        rust("of a dependency", package="sparse+https://index.example/index/#ring@1.0.0"),
        rust("of a dependency", package="git+https://git.example/ring#ring@1.0.0"),
        rust("of a dependency, old cargo", package="ring 1.0.0 (registry+https://index.example/index)"),
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_deprecation_warning(text: str) -> None:
    assert read_deprecations(finished(text)) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("  /home/a/t.py:21: DeprecationWarning: old", "DeprecationWarning: old (t.py)"),
        ("/x/y.py:1: pkg.OldDeprecationWarning: old", "OldDeprecationWarning: old (y.py)"),
        ("y.py:1: PendingDeprecationWarning: old", "PendingDeprecationWarning: old (y.py)"),
        ("y.py:1: FutureWarning: old", "FutureWarning: old (y.py)"),
        ("y.py:1: RemovedInDjango60Warning: old", "RemovedInDjango60Warning: old (y.py)"),
        ("(node:12) [DEP0005] DeprecationWarning: Buffer() is deprecated", "DEP0005: Buffer() is deprecated"),
        ("# (node:12) DeprecationWarning: ring", "DeprecationWarning: ring"),
        (rust("use of deprecated function `ring`"), "use of deprecated function `ring`"),
        (rust("use of deprecated `a`", package="app 1.0.0 (path+file:///w/app)"), "use of deprecated `a`"),
        ("warning: use of deprecated function `ring`", "use of deprecated function `ring`"),
        (
            "y.py:1: DeprecationWarning: at 0x7f1 in /tmp/w1/z.py:12",
            "DeprecationWarning: at 0x… in z.py (y.py)",
        ),
        (
            "y.py:1: DeprecationWarning: gone in 3.0, since v1.2.3rc1",
            "DeprecationWarning: gone in N, since N (y.py)",
        ),
    ],
)
def test_warnings(text: str, told: str) -> None:
    assert read_deprecations(finished(text)) == (told,)
    assert read_deprecations(finished("", text + "\r\n" + text)) == (told,)


def test_the_summary_of_pytest() -> None:
    assert read_deprecations(finished(recorded("pytest-v"))) == ("DeprecationWarning: old (test_a.py)",)


def test_the_middle_of_a_long_output_counts() -> None:
    noise = "x" * 79 + "\n"
    run = finished(noise * 20_000 + rust("use of deprecated function `ring`") + "\n" + noise * 20_000)
    assert read_deprecations(run) == ("use of deprecated function `ring`",)
