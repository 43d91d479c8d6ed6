"""Every kind of saved output is known by sight, in every encoding a shell saves it in; one row for each problem."""

import json
from pathlib import Path

import pytest

from upgrader.cli.saved import read_saved
from upgrader.errors import InputError

EDGE = {"current": "1.0.0", "wanted": "1.2.0", "latest": "2.0.0", "dependent": "app"}
OLD_ADVISORY = {
    "id": 7,
    "module_name": "lib",
    "title": "Hole",
    "severity": "high",
    "url": "https://github.com/advisories/GHSA-35jh-r3h4-6jhm",
    "vulnerable_versions": "<1.2.0",
    "patched_versions": ">=1.2.0 <2.0.0 || >=2.1.0",
    "findings": [{"version": "1.0.0", "paths": ["lib", "app>lib"]}],
}
ROW = ("npm", "lib", "1.0.0", "2.0.0")
FRESH = ("npm", "lib", None, "2.0.0")
PY = ("pip", "my-lib", "1.0", "2.0")
CARGO = ("cargo", "lib", "1.0.0", "2.0.0")
TEXTS: dict[str, tuple[str, tuple[str, str, str | None, str | None]]] = {
    "npm outdated": (json.dumps({"lib": EDGE}), ROW),
    "npm outdated -w": (json.dumps({"lib": [EDGE, EDGE]}), ROW),
    "npm outdated, two runs": (json.dumps({"lib": EDGE}) + "\n{}\n", ROW),
    "npm outdated, warnings": (f'npm warn Unknown user config "x".\n{json.dumps({"lib": EDGE})}', ROW),
    "npm outdated --parseable": ("/x/lib:lib@1.2.0:lib@1.0.0:lib@2.0.0:app\n", ROW),
    "npm outdated --parseable --long": (
        "C:\\x\\lib:lib@1.2.0:lib@1.0.0:lib@2.0.0:app:dependencies:https://a.example:\n",
        ROW,
    ),
    "npm outdated --parseable, alias": ("/x:a:lib@^1@1.2.0:a:lib@^1@1.0.0:a:lib@^1@2.0.0:app\n", ROW),
    "npm outdated --parseable, missing": (":lib@1.2.0:MISSING:lib@2.0.0:app\n", FRESH),
    "npm outdated, the table": (
        "Package  Current  Wanted  Latest  Location  Depended by\nlib  1.0.0  1.2.0  2.0.0  node_modules/lib  app\n",
        ROW,
    ),
    "pnpm outdated": (
        '{"lib":{"current":"1.0.0","latest":"2.0.0","wanted":"1.0.0","isDeprecated":false,"dependencyType":"dependencies"}}',
        ROW,
    ),
    "pnpm outdated, not installed": (
        '{"lib":{"latest":"2.0.0","wanted":"1.0.0","isDeprecated":true,"dependencyType":"dependencies"}}',
        ROW,
    ),
    "pnpm outdated, the box": (
        "┌─────┬─────┐\n│ Package │ Current │ Latest │\n├─────┼─────┤\n│ lib (dev) │ 1.0.0 │ 2.0.0 │\n└─────┘\n",
        ROW,
    ),
    "pnpm outdated -r, the box": (
        "│ Package │ Current │ Latest │ Dependents │\n"
        "│ lib │ missing (wanted 1.0.0) │ 2.0.0 │ a,  │\n│     │   │   │ b │\n",
        ROW,
    ),
    "pnpm outdated, deprecated": (
        "│ Package │ Current │ Latest │\n│ lib │ 1.0.0 │ Deprecated │\n",
        (*ROW[:3], None),
    ),
    "pnpm outdated --format list": ("lib (dev)\n1.0.0 => 2.0.0\n", ROW),
    "bun outdated": (
        "| Package   | Current | Update | Latest |\n|---|---|---|---|\n| lib (dev) | 1.0.0 | 1.2.0 | 2.0.0 |\n",
        ROW,
    ),
    "yarn 1 outdated": (
        '{"type":"info","data":"Color legend"}\n{"type":"table","data":{"head":["Package","Current","Wanted","Latest",'
        '"Workspace","Package Type","URL"],"body":[["lib","1.0.0","1.2.0","2.0.0","w","devDependencies",""]]}}\n',
        ROW,
    ),
    "yarn 1 outdated, the table": (
        "yarn outdated v1.22.22\nPackage Current Wanted Latest Package Type URL\n"
        "lib     1.0.0   1.2.0  2.0.0  dependencies https://a.example\nDone in 1.31s.\n",
        ROW,
    ),
    "npm 6 audit": (json.dumps({"advisories": {"7": OLD_ADVISORY}, "metadata": {}}), (*ROW[:3], None)),
    "yarn 1 audit": (
        f"{json.dumps({'type': 'auditAdvisory', 'data': {'advisory': OLD_ADVISORY}})}\n"
        '{"type":"auditSummary","data":{}}\n',
        (*ROW[:3], None),
    ),
    "yarn npm audit": (
        '{"value":"lib","children":{"ID":7,"Issue":"Hole","URL":"","Severity":"high","Vulnerable Versions":"<1.2.0",'
        '"Tree Versions":["1.0.0"],"Dependents":["app"]}}',
        (*ROW[:3], None),
    ),
    "npm audit fix": (
        'add lib 1.0.0\n{"added":1,"removed":0,"audit":{"auditReportVersion":2,"vulnerabilities":{"lib":'
        '{"name":"lib","via":[{"source":7,"title":"Hole","range":"<1.2.0"}]}}}}',
        ("npm", "lib", None, None),
    ),
    "ncu --jsonUpgraded": ('{"lib": "^2.0.0"}', FRESH),
    "ncu --jsonUpgraded --deep": ('{"package.json": {"lib": "~2.0.0"}, "b/package.json": {}}', FRESH),
    "ncu --jsonDeps": ('{"devDependencies": {"lib": "2.0.0"}}', FRESH),
    "ncu --jsonAll": ('{"name": "app", "private": true, "dependencies": {"lib": "npm:lib@^2.0.0"}}', FRESH),
    "ncu --format lines": ("lib@^2.0.0\n", FRESH),
    "ncu, the text": (
        "Checking /x/package.json\n\n lib  dev  ^1.0.0  →  ^2.0.0  1 week ago\n\nRun ncu -u\n",
        FRESH,
    ),
    "ncu, skipped for its age": (
        "Skipped due to 30-day cooldown\n lib  ^1.0.0  →  ^3.0.0\n\nUpdates\n lib  ^1.0.0  →  ^2.0.0  [cooldown]\n",
        FRESH,
    ),
    "taze --json": (
        '{"packages":[{"name":"app","resolved":[{"name":"lib","source":"dependencies","currentVersion":"^1.0.0",'
        '"targetVersion":"^2.0.0","diff":"major","update":true}]}]}',
        FRESH,
    ),
    "taze, the text": (
        "app - 1 major\n\n  dependencies\n    lib  ~2.7y  ^1.0.0  →  ^2.0.0  ~1mo  >= 18\n",
        FRESH,
    ),
    "pip list": ('[{"name":"My_Lib","version":"1.0","latest_version":"2.0","latest_filetype":"wheel"}]', PY),
    "pip list, the table": (
        "Package Version Latest Type\n------- ------- ------ ----\nMy.Lib 1.0     2.0    wheel\n\n[notice] A new pip\n",
        PY,
    ),
    "pip list, before pip 22.3": ("My-Lib (1.0) - Latest: 2.0 [wheel]\n", PY),
    "uv tree --outdated": ("app v0.1.0\n├── my-lib[x] v1.0 (latest: v2.0)\n│   └── other v1 (*)\n", PY),
    "uv lock --upgrade --dry-run": (
        "Resolved 2 packages in 3ms\nUpdate my-lib v1.0 -> v2.0\nAdd other v1\n",
        PY,
    ),
    "pip-audit": (
        '{"dependencies":[{"name":"my-lib","version":"1.0","vulns":[]}],"fixes":[]}',
        (*PY[:3], None),
    ),
    "pip-audit, the old layout": ('[{"name":"my-lib","version":"1.0","vulns":[]}]', (*PY[:3], None)),
    "go list": (
        '{"Path":"a.example/m","Main":true}\n{"Path":"a.example/lib","Version":"v1.0.0","Update":{"Path":"a.example/lib",'
        '"Version":"v1.1.0"}}',
        ("go", "a.example/lib", "v1.0.0", "v1.1.0"),
    ),
    "govulncheck": (
        '{"config":{}}\n{"osv":{"id":"GO-1"}}\n{"finding":{"osv":"GO-1","trace":[{"module":"a.example/lib","version":"v1.0.0"}]}}',
        ("go", "a.example/lib", "v1.0.0", None),
    ),
    "cargo outdated": (
        '{"crate_name":"app","dependencies":[{"name":"lib","project":"1.0.0","compat":"---","latest":"2.0.0",'
        '"kind":"Normal","platform":null}]}\n{"crate_name":"b","dependencies":[]}',
        CARGO,
    ),
    "cargo outdated, the table": (
        "Name  Project  Compat  Latest  Kind    Platform\n----  -------  ------  ------  ----    --------\n"
        "lib   1.0.0    ---     2.0.0   Normal  cfg(any(unix, windows))\n",
        CARGO,
    ),
    "cargo update --dry-run": (
        "    Updating crates.io index\n    Updating lib v1.0.0 -> v1.2.0 (available: v2.0.0)\n",
        CARGO,
    ),
    "cargo audit": (
        '{"database":{},"lockfile":{},"vulnerabilities":{"found":true,"list":[{"advisory":{"id":"RUSTSEC-1"},'
        '"package":{"name":"lib","version":"1.0.0"}}]}}',
        (*CARGO[:3], None),
    ),
}
ENCODINGS = {
    "as it is": lambda text: text.encode(),
    "with a mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "by PowerShell": lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
    "in colour": lambda text: (
        text.replace("lib", "\x1b[36mlib\x1b[39m").replace("Lib", "\x1b[1mLib\x1b[0m").encode()
    ),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", TEXTS)
def test_it_is_known_by_sight(kind: str, encoding: str, tmp_path: Path) -> None:
    text, (ecosystem, name, current, latest) = TEXTS[kind]
    saved = tmp_path / "saved.txt"
    saved.write_bytes(ENCODINGS[encoding](text))
    rows = read_saved(str(saved))
    assert [(row.ecosystem, row.name, row.current, row.latest) for row in rows] == [
        (ecosystem, name, current, latest)
    ]


CLEAN = {
    "npm": "{}",
    "taze": "app - 0 patch\n\n✓ dependencies are already up-to-date in 5ms\n",
    "ncu": "Checking /x/package.json\n\nAll dependencies match the latest package versions :)\n",
    "cargo outdated": "All dependencies are up to date, yay!\n",
    "uv lock": "No lockfile changes detected\n",
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_nothing_to_tell(text: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(text)
    assert read_saved(str(tmp_path / "saved")) == []


WRONG = {
    "nothing": "",
    "blanks": " \n\n",
    "words": "Everything is fine.",
    "an empty list": "[]",
    "a cut document": '{"lib": {"wanted": "1.0.0", "dependent": ',
    "a manifest of ours": '[{"a": 1}]',
    "an object of numbers": '{"a": 1}',
    "a failed npm": '{"error": {"code": "E401", "summary": "", "detail": ""}}',
    "deep": "[" * 100_000,
    "a box without its last column": "│ Package │ Current │ Newest Latest │\n│ lib │ 1.0.0 │ 2.0.0 │\n",
    "blanks without end": " " * 100_000 + "x",
    "lines without end": " \n" * 100_000 + "x",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_says_nothing_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(text)
    with pytest.raises(InputError) as caught:
        read_saved(str(tmp_path / "saved"))
    assert caught.value.advice


PROBLEMS = {
    "a range of ncu": ('{"lib": "^2", "other": "^1.0.0"}', "no version"),
    "a tag of ncu": ('{"lib": "latest", "other": "^1.0.0"}', "no version"),
    "an exotic of yarn": (
        '{"type":"table","data":{"head":["Package","Current","Wanted","Latest"],"body":[["lib","1.0.0","exotic","exotic"]]}}',
        "not a version",
    ),
    "a failure of taze": (
        '{"packages":[{"resolved":[{"name":"lib","currentVersion":"^1.0.0","resolveError":"E404"}]}]}',
        "E404",
    ),
}


@pytest.mark.parametrize(("text", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_row_that_says_nothing_is_a_problem(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(text)
    assert words in read_saved(str(tmp_path / "saved"))[0].problem


def test_the_fixes_of_an_older_audit(tmp_path: Path) -> None:
    (tmp_path / "saved").write_text(TEXTS["npm 6 audit"][0])
    (row,) = read_saved(str(tmp_path / "saved"))
    (advisory,) = row.advisories
    assert (row.direct, advisory.id, advisory.severity) == (True, "GHSA-35jh-r3h4-6jhm", "HIGH")
    assert advisory.fixed_in == ("1.2.0", "2.1.0")
