"""npm's verdicts against those of the node-semver inside the installed npm, on sampled ranges and versions."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from upgrader.versions import npm

ASK = """
const semver = require(process.argv[1]);
const {ranges, versions} = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const judge = (range, options) => {
  const parsed = new semver.Range(range, options);
  return versions.map(version => parsed.test(version) ? 1 : 0).join('');
};
process.stdout.write(JSON.stringify({
  versions: versions.map(version => semver.valid(version) !== null),
  ranges: ranges.map(range => semver.validRange(range) === null ? null
    : [judge(range, {}), judge(range, {includePrerelease: true})]),
}));
"""
NUMBERS = ["0", "0", "1", "1", "2", "3", "10"]
BEFORE = ["", "", "", "", "-alpha", "-alpha.1", "-beta", "-0", "-rc.1.2", "-1", "-a-b"]
BAD = [
    "01.2",
    "1.2.3-01",
    "1.2.",
    "1.2.3.4",
    "9007199254740991",
    "1.2.9007199254740991",
    "foo",
    "1.2.3-a..b",
    "1.2+",
]
OPERATORS = ["", "", "=", "<", ">", "<=", ">=", "~", "^", "^", "~>"]
BAD_OPERATORS = ["^^", "!=", "=>", "~=", "^=", "<>", "> =", "=="]


def _semver() -> Path:
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    folder = Path(root) / "npm" / "node_modules" / "semver"
    if not folder.is_dir():
        pytest.skip(f"this npm keeps no semver in {folder}")
    return folder


def _partial(dice: random.Random) -> str:
    if dice.random() < 0.02:
        return dice.choice(BAD)
    parts = [
        dice.choice(["x", "*", "X"] if dice.random() < 0.1 else NUMBERS)
        for _ in range(dice.choice([1, 2, 3, 3]))
    ]
    text = dice.choice(["", "", "", "", "", "v"]) + ".".join(parts)
    return text + (dice.choice(BEFORE) if len(parts) == 3 else "") + ("+b.1" if dice.random() < 0.04 else "")


def _alternative(dice: random.Random) -> str:
    roll = dice.random()
    if roll < 0.15:
        return _partial(dice) + " - " + _partial(dice)
    if roll < 0.2:
        return dice.choice(["", "*", "x", ">=0.0.0", ">=0", ">*"])
    operators = BAD_OPERATORS if roll > 0.97 else OPERATORS
    terms = [
        dice.choice(operators) + dice.choice(["", "", "", " "]) + _partial(dice)
        for _ in range(dice.randint(1, 3))
    ]
    return dice.choice([" ", "  "]).join(terms)


@pytest.mark.tools
def test_verdicts_are_those_of_node_semver() -> None:
    folder = _semver()
    dice = random.Random(20240106)
    ranges = [
        dice.choice([" || ", "||"]).join(_alternative(dice) for _ in range(dice.choice([1, 1, 2])))
        for _ in range(500)
    ]
    versions = [
        ".".join(dice.choice(NUMBERS) for _ in range(3)) + dice.choice(BEFORE) + dice.choice(["", "", "+b1"])
        for _ in range(80)
    ]
    versions += ["1.2", "v1.2.3", " 1.2.3 ", "1.2.3-01", "9007199254740992.0.0", "1.2.3+a..b"]
    asked = json.dumps({"ranges": ranges, "versions": versions})
    answer = subprocess.run(
        ["node", "-e", ASK, str(folder)], input=asked, capture_output=True, text=True, check=True
    )
    theirs = json.loads(answer.stdout)
    assert [npm.is_valid(text) for text in versions] == theirs["versions"]
    different = []
    for text, verdicts in zip(ranges, theirs["ranges"], strict=True):
        ours = None
        if npm.is_requirement(text):
            ours = [
                "".join(str(int(npm.allows(text, version, prereleases=wide))) for version in versions)
                for wide in (False, True)
            ]
        if ours != verdicts:
            different.append(text)
    assert different == []
