"""What a go.mod says, held against `go mod edit -json`."""

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrader.ecosystems.go.mod_file import ModFile, read_mod
from upgrader.errors import ManifestError

HEAD = "module example.com/app\n\ngo 1.22\n\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD, id="nothing required"),
        pytest.param(HEAD + "require (\n)\n", id="empty block"),
        pytest.param(HEAD + "require ( )\n", id="empty block on one line"),
        pytest.param(HEAD + "// require example.com/a v1.0.0\n", id="a comment is no directive"),
        pytest.param(HEAD + "godebug default=go1.21\n", id="godebug"),
        pytest.param(HEAD + "ignore ./web\n", id="ignore"),
        pytest.param(HEAD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(HEAD.rstrip("\n"), id="no newline at the end"),
    ],
)
def test_asks_for_nothing_and_has_no_faults(text: str) -> None:
    file = read_mod(text.encode(), "go.mod")
    assert (file.require, file.faults) == ([], [])


def test_tells_every_directive() -> None:
    file = read_mod(
        b"// Deprecated: use example.com/other.\nmodule example.com/app // here\n\ngo 1.22\ntoolchain go1.23.1\n"
        b'require "example.com/a" v1.2.3 // indirect; for b\nrequire (\n\texample.com/b/v2 v2.0.0 // why\n'
        b"\texample.com/c v3.0.0+incompatible // indirect\n)\nexclude example.com/a v1.2.4\n"
        b"replace example.com/a => ../a\nreplace example.com/b/v2 v2.0.0 => example.com/fork/v2 v2.0.1\n"
        b"// both broken\nretract [v1.0.0, v1.0.5]\nretract v1.1.0 // typo\ntool example.com/a/cmd/a\n",
        "go.mod",
    )
    assert file.faults == []
    assert (file.module, file.go, file.toolchain) == ("example.com/app", "1.22", "go1.23.1")
    assert file.deprecated == "use example.com/other.\nhere"
    assert [(r.path, r.version, r.indirect, r.line) for r in file.require] == [
        ("example.com/a", "v1.2.3", True, 6),
        ("example.com/b/v2", "v2.0.0", False, 8),
        ("example.com/c", "v3.0.0+incompatible", True, 9),
    ]
    assert [(x.path, x.version, x.line) for x in file.exclude] == [("example.com/a", "v1.2.4", 11)]
    assert [(r.old_version, r.new_path, r.new_version) for r in file.replace] == [
        ("", "../a", ""),
        ("v2.0.0", "example.com/fork/v2", "v2.0.1"),
    ]
    assert [(r.low, r.high, r.reason) for r in file.retract] == [
        ("v1.0.0", "v1.0.5", "both broken"),
        ("v1.1.0", "v1.1.0", "typo"),
    ]
    assert [t.path for t in file.tool] == ["example.com/a/cmd/a"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("require example.com/a 1.0.0", "not a version", id="no v"),
        pytest.param("require example.com/a master", "not a version", id="a branch"),
        pytest.param("require example.com/a", "not written", id="no version"),
        pytest.param("require example.com/a v1.0.0 v1.1.0", "not written", id="two versions"),
        pytest.param("require example.com/a v2.0.0", "does not fit", id="v2 without /v2"),
        pytest.param("require example.com/a/v2 v1.0.0", "does not fit", id="v1 with /v2"),
        pytest.param("require example.com/a/v1 v1.0.0", "does not allow", id="/v1"),
        pytest.param("require gopkg.in/yaml v1.0.0", "does not allow", id="gopkg.in without version"),
        pytest.param(f"require example.com/a v1.0.{'9' * 5000}", "not a version", id="5000 digits"),
        pytest.param('require "example.com/a v1.0.0', "does not end", id="open quote"),
        pytest.param("require 'example.com/a' v1.0.0", "quotes", id="single quotes"),
        pytest.param("requires example.com/a v1.0.0", "does not know", id="unknown directive"),
        pytest.param("/* require example.com/a v1.0.0 */", "/* */", id="block comment"),
        pytest.param("require example.com/\u200ba v1.0.0", "character", id="invisible letter"),
        pytest.param("replace example.com/a => example.com/b", "folder", id="replacement without version"),
        pytest.param("replace example.com/a => ../b v1.0.0", "folder", id="folder with version"),
        pytest.param("retract [v1.0.0 v1.1.0]", "not written", id="interval without comma"),
        pytest.param("go 1.21", "second one", id="second go line"),
        pytest.param("module example.com/b", "second", id="second module line"),
        pytest.param("require (\n\texample.com/a v1.0.0", "never closed", id="open block"),
        pytest.param("toolchain (\n\tgo1.23.0\n)", "does not know", id="block that Go does not know"),
    ],
)
def test_a_bad_line_is_told_and_the_others_are_read(line: str, says: str) -> None:
    file = read_mod(f"{HEAD}require example.com/good v1.0.0\n{line}\n".encode(), "go.mod")
    assert file.require[0].path == "example.com/good"
    assert any(says in fault.reason and fault.line >= 6 for fault in file.faults), file.faults


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(
            b"\xef\xbb\xbfmodule example.com/a\n", "go.mod:1: begins with a byte order mark", id="BOM"
        ),
        pytest.param("module example.com/a\n".encode("utf-16"), "go.mod:1: byte 0 is not UTF-8", id="UTF-16"),
        pytest.param(b"module example.com/a\n\xff", "go.mod:2: byte 21 is not UTF-8", id="a stray byte"),
        pytest.param(b"\n" * (9 * 2**20), "go.mod:1: larger than", id="too large"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(data: bytes, says: str) -> None:
    with pytest.raises(ManifestError, match=says):
        read_mod(data, "go.mod")


def test_other_peoples_files_are_read_for_what_counts() -> None:
    file = read_mod(
        b"module example.com/a\n\ngo 1.21.x\nfuture thing\nreplace broken\nretract [v1.0.0, v1.1.0] // bad\n",
        "go.mod",
        lax=True,
    )
    assert (file.module, file.go, file.faults) == ("example.com/a", "1.21", [])
    assert file.retract[0].reason == "bad"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        read_mod(data, "go.mod")
    except ManifestError as fault:
        assert fault.message.startswith("go.mod:")


@given(st.text(alphabet='require(v1.2) \t\r\n"`\\/*,[]=>é\u00a0', max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_mod(text.encode(), "go.mod")


# -- against the real one


WORDS: dict[str, list[str]] = {
    "path": [
        *("example.com/a", "example.com/b/v2", "example.com/Up/c", '"example.com/q"', "gopkg.in/yaml.v3"),
        *(
            "gopkg.in/x.v1",
            "example.com/m/v10",
            "nodot",
            "example.com/a/v1",
            "`example.com/r`",
            "gopkg.in/bad",
        ),
        *("gopkg.in/x.v2-unstable", "example.com/d/v1.2", "example.com/v2"),
    ],
    "version": [
        *("v1.2.3", "v0.0.0-20240102150405-0123456789ab", "v2.0.0", "v2.1.0+incompatible", "v3.0.1", "v1"),
        *("v10.0.0-rc.1", "v1.2", '"v1.0.0"', "v1.0.0+meta", "v01.0.0", "1.0.0", "v1.0.0-01", "v1.0.0-0a"),
    ],
    # `go mod edit` takes any word as a retracted version; only building looks at it.
    "plain": ["v1.2.3", "v1.0.0", "v0.1.0-rc.1", "v2.1.0+incompatible", '"v1.0.0"'],
    "folder": ["../x", "./x", "/abs", ".", "..", "x", "a@v1.0.0"],
    "note": [
        *(
            "",
            "",
            " // indirect",
            " // indirect; kept",
            " //indirect",
            " // why // indirect",
            "// tight",
            " //",
        ),
        *(" // indirect why", " // Deprecated: no."),
    ],
    "gap": [" ", "\t", "  ", " \t "],
}


def _line(pick: Callable[[str], str], verb: str) -> str:
    gap = pick("gap")
    if verb in ("require", "exclude"):
        return f"{pick('path')}{gap}{pick('version')}"
    if verb == "replace":
        old = pick("path") + (f"{gap}{pick('version')}" if pick("gap") == " " else "")
        return (
            old
            + f"{gap}=>{gap}"
            + (pick("folder") if pick("gap") == "\t" else f"{pick('path')} {pick('version')}")
        )
    if verb == "retract":
        return pick("plain") if pick("gap") == " " else f"[{pick('plain')},{gap}{pick('plain')}]"
    return pick("path")


def _generated(seed: int) -> str:
    """A go.mod with a few statements, most of them right."""
    dice = random.Random(seed)

    def pick(kind: str) -> str:
        words = WORDS[kind]
        # The first half of paths and versions is right: else hardly a file would be read to its end.
        return dice.choice(words[: max(4, len(words) // 3)] if dice.random() < 0.85 else words)

    parts = [dice.choice(["module example.com/app\n", "// Deprecated: use b.\nmodule example.com/app\n", ""])]
    parts.append(
        dice.choice(["go 1.22\n", "go 1.21rc1\n", "go 1.22.3\ntoolchain go1.23.0\n", "", "go 1.x\n"])
    )
    for _ in range(dice.randrange(5)):
        verb = dice.choice(
            ["require", "require", "require", "replace", "exclude", "retract", "tool", "ignore"]
        )
        lines = [_line(pick, verb) + pick("note") for _ in range(dice.randrange(1, 4))]
        above = dice.choice(["", "", "// above\n", "// parted\n\n"])
        if dice.random() < 0.5:
            parts.append(
                above
                + f"{verb} (\n"
                + "".join(f"\t{dice.choice(['', '// own', ''])}\n\t{x}\n" for x in lines)
                + ")\n"
            )
        else:
            parts.append(above + f"{verb} {lines[0]}\n")
    text = dice.choice(["", "\n"]).join(parts)
    return text.replace("\n", "\r\n") if dice.random() < 0.2 else text


def _as_go_tells(file: ModFile) -> dict[str, Any]:
    def at(path: str, version: str) -> dict[str, str]:
        return {"Path": path} | ({"Version": version} if version else {})

    module = {"Path": file.module} | ({"Deprecated": file.deprecated} if file.deprecated else {})
    return {
        "Module": module,
        "Go": file.go,
        "Toolchain": file.toolchain,
        "Require": [at(r.path, r.version) | ({"Indirect": True} if r.indirect else {}) for r in file.require],
        # `go mod edit` sorts out what stands there twice: the first exclude and tool count, and the last replace.
        "Exclude": [at(*place) for place in dict.fromkeys((x.path, x.version) for x in file.exclude)],
        "Replace": [
            {"Old": at(r.old_path, r.old_version), "New": at(r.new_path, r.new_version)}
            for r in file.replace
            if r
            is [x for x in file.replace if (x.old_path, x.old_version) == (r.old_path, r.old_version)][-1]
        ],
        "Retract": [
            {"Low": r.low, "High": r.high} | ({"Rationale": r.reason} if r.reason else {})
            for r in file.retract
        ],
        "Tool": [{"Path": path} for path in dict.fromkeys(t.path for t in file.tool)],
    }


@pytest.mark.tools("go")
def test_reads_generated_files_as_go_does(tmp_path: Path, client: dict[str, str]) -> None:
    path = tmp_path / "go.mod"
    read = refused = 0
    for seed in range(300):
        text = _generated(seed)
        path.write_bytes(text.encode())
        done = subprocess.run(
            ["go", "mod", "edit", "-json", str(path)],
            cwd=tmp_path,
            env=client,
            capture_output=True,
            check=False,
        )
        ours = read_mod(text.encode(), "go.mod")
        if done.returncode:
            refused += 1
            assert ours.faults, (text, done.stderr.decode())
            continue
        read += 1
        told = json.loads(done.stdout)
        told["Module"] = {"Path": "", **(told.get("Module") or {})}
        assert ours.faults == [], text
        assert _as_go_tells(ours) == {key: told.get(key) or none for key, none in _EMPTY.items()}, text
    assert read > 80
    assert refused > 40


_EMPTY: dict[str, Any] = {
    "Module": {"Path": ""},
    "Go": None,
    "Toolchain": None,
    "Require": [],
    "Exclude": [],
    "Replace": [],
    "Retract": [],
    "Tool": [],
}
