"""Per-test results out of what `cargo test` prints: libtest's lines, binary by binary."""

from __future__ import annotations

import re

from upgrader.model import TestOutcome
from upgrader.outside.shell import Finished
from upgrader.stages.tally import Results, stderr_of, stdout_of

_BINARY = re.compile(
    r"^\s*(?:Running (?:unittests )?(\S+) \((?:\S*[\\/])?([^\\/\s]+?)(?:-[0-9a-f]{16})?(?:\.exe)?\)|Doc-tests (\S+))"
)
_BLOCK = re.compile(r"^running \d+ tests?$")
_LINE = re.compile(r"^test ((?:(?! \.\.\. ).)+) \.\.\. (ok|FAILED|ignored)\b")
_RESULT = re.compile(r"^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored")
_SECTION = re.compile(r"^---- (.+?) std(?:out|err) ----$", re.MULTILINE)
_NAME = re.compile(r"^    (\S.*)$")
_SUFFIX = re.compile(r" - (?:compile fail|compile)$")
_DOC_LINE = re.compile(r" \(line (\d+)\)")
_OUTCOME: dict[str, TestOutcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


class _Block:
    """What one test binary printed."""

    def __init__(self, binary: str) -> None:
        self.binary = binary
        self.lines: list[str] = []


def read_cargo(finished: Finished) -> Results:
    """Libtest's lines under the binary that cargo says it runs; what does not compile has no tests at all."""
    results = Results()
    for block in _blocks(finished):
        _read_block(block, results)
    return results


def _blocks(finished: Finished) -> list[_Block]:
    """Cargo names the binaries on stderr and they print on stdout, in the same order.

    How the two streams interleave depends on the moment, so they are joined only where their numbers differ (a
    binary without libtest prints no head line).
    """
    names = [name for line in stderr_of(finished).splitlines() if (name := _binary(line))]
    blocks: list[_Block] = []
    for line in stdout_of(finished).splitlines():
        if _BLOCK.match(line):
            blocks.append(_Block(""))
        if blocks:
            blocks[-1].lines.append(line)
    if len(names) == len(blocks):
        for name, block in zip(names, blocks, strict=True):
            block.binary = name
        return blocks
    joined = _joined_blocks(finished.output)
    return joined if any(block.binary for block in joined) else _numbered(blocks)


def _numbered(blocks: list[_Block]) -> list[_Block]:
    """`cargo test --quiet` names no binaries; several of them may have a test of the same name."""
    for number, block in enumerate(blocks, 1):
        block.binary = f"test binary {number}" if len(blocks) > 1 else ""
    return blocks


def _joined_blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    binary = ""
    for line in text.splitlines():
        if name := _binary(line):
            binary = name
        elif _BLOCK.match(line):
            blocks.append(_Block(binary))
        if blocks:
            blocks[-1].lines.append(line)
    return blocks


def _binary(line: str) -> str:
    """`docks src/lib.rs`, `one tests/one.rs`, `doc docks`; "" for other lines."""
    found = _BINARY.match(line)
    if found is None:
        return ""
    return f"doc {found[3]}" if found[3] else f"{found[2]} {found[1]}"


def _read_block(block: _Block, results: Results) -> None:
    """The tests of one binary; one that ends without its last line was left from inside."""
    outcomes: dict[str, TestOutcome] = {}
    for line in block.lines:
        if found := _LINE.match(line):
            outcomes[found[1].removesuffix(" - should panic")] = _OUTCOME[found[2]]
    text = "\n".join(block.lines)
    sections = _SECTION.split(text)
    messages = dict(zip(sections[1::2], sections[2::2], strict=False))
    for name in _failures(block.lines):
        outcomes.setdefault(name, "failed")
    for raw, (name, outcome) in _named(outcomes).items():
        message = messages.get(raw, "").partition("\n\nfailures:\n")[0]
        results.add(_full(block, name), outcome, message[:1500])
    end = next((found for line in block.lines if (found := _RESULT.match(line))), None)
    if end is None:
        results.broke_off(block.binary or "a test binary")
    elif "passed" not in outcomes.values():
        for number in range(1, int(end[1]) + 1):
            results.add(_full(block, f"passed test no. {number} (not named)"), "passed")


def _failures(lines: list[str]) -> list[str]:
    """The names below the last `failures:`, which `--quiet` prints too."""
    last = max((at for at, line in enumerate(lines) if line == "failures:"), default=None)
    if last is None:
        return []
    names: list[str] = []
    for line in lines[last + 1 :]:
        found = _NAME.match(line)
        if found is None:
            break
        names.append(found[1])
    return names


def _named(outcomes: dict[str, TestOutcome]) -> dict[str, tuple[str, TestOutcome]]:
    """What libtest prints to a name that stays: a doc test's line number moves with unrelated edits."""
    seen: dict[str, int] = {}
    named: dict[str, tuple[str, TestOutcome]] = {}
    for raw in sorted(outcomes, key=_doc_order):
        name = _DOC_LINE.sub("", _SUFFIX.sub("", raw))
        seen[name] = seen.get(name, 0) + 1
        named[raw] = (name if seen[name] == 1 else f"{name} #{seen[name]}", outcomes[raw])
    return named


def _doc_order(raw: str) -> tuple[str, int]:
    found = _DOC_LINE.search(raw)
    return (raw[: found.start()] if found else raw, int(found[1][:9]) if found else 0)


def _full(block: _Block, name: str) -> str:
    return f"{block.binary}::{name}" if block.binary else name
