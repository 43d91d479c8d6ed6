"""`upgrade doctor`: what this machine and this repository offer, and what is missing."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from upgrader import __version__
from upgrader.cli import options
from upgrader.cli.output import Progress, make_console, print_json
from upgrader.cli.repository import find_git, open_ledger
from upgrader.cli.session import Wishes, open_trip
from upgrader.config import Settings
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import CommandFailed, UpgraderError
from upgrader.flow import take_inventory
from upgrader.model import Inventory
from upgrader.outside.redact import strip_controls
from upgrader.outside.sandbox import level
from upgrader.outside.shell import clean_env, find_tool, run
from upgrader.stages.lookups import locate_registries
from upgrader.stages.policy import applies, describe, rule_name

HELP = "Tools and their versions, registries, settings, the sandbox's level and the ledger's health."
EXAMPLES = (
    "upgrade doctor",
    "upgrade doctor --json",
)
VERSION_OF = {
    "git": ["--version"],
    "npm": ["--version"],
    "uv": ["--version"],
    "go": ["version"],
    "cargo": ["--version"],
}


class Finding(Struct, frozen=True, kw_only=True):
    """One line of the examination."""

    subject: str
    state: Literal["ok", "missing", "problem"]
    detail: str


def command(at: options.At = Path(), as_json: options.AsJson = False, color: options.Colour = "auto") -> int:
    """Examine and print; 1 when something needed is missing or broken."""
    findings = [
        Finding(subject="upgrade", state="ok", detail=f"{__version__}, Python {platform.python_version()}")
    ]
    findings += [_tool(name) for name in VERSION_OF]
    findings.append(_sandbox())
    findings += _project(at)
    findings.append(_ledger(at))
    if as_json:
        print_json("doctor", {"findings": findings})
    else:
        console = make_console(color)
        for item in findings:
            mark = {"ok": "ok     ", "missing": "missing", "problem": "problem"}[item.state]
            console.print(f"{mark}  {item.subject}: {strip_controls(item.detail)}", markup=False)
    return 1 if any(item.state == "problem" for item in findings) else 0


def _tool(name: str) -> Finding:
    if find_tool(name) is None:
        return Finding(
            subject=name, state="missing", detail="not on PATH: its projects can be audited, not applied"
        )
    try:
        # A neutral folder: a project's own files may name another toolchain to run (SAFETY T2).
        finished = run([name, *VERSION_OF[name]], cwd=Path("/"), env=clean_env(), timeout_s=30, idle_s=30)
    except CommandFailed as fault:
        return Finding(subject=name, state="problem", detail=str(fault))
    words = finished.stdout.decode("utf-8", "replace").strip().splitlines()
    return Finding(
        subject=name, state="ok" if finished.exit_code == 0 else "problem", detail=words[0] if words else ""
    )


def _sandbox() -> Finding:
    words = {
        "full": "bubblewrap: checks run without network, tokens or your files",
        "netns": "network namespace only: checks run without network, but can read your files (install bubblewrap)",
        "none": "no sandbox: checks run as you (install bubblewrap)",
    }
    return Finding(subject="sandbox", state="ok" if level() != "none" else "problem", detail=words[level()])


def _project(at: Path) -> list[Finding]:
    """Settings, manifests, and where each project's registry is."""
    try:
        trip = open_trip(Wishes(path=at), Progress(quiet=True))
        inventory = take_inventory(trip)
        source = trip.settings.source or "defaults"
        found = [Finding(subject="settings", state="ok", detail=source)]
        found += _policies(trip.settings, inventory)
        found += [
            Finding(subject=item.subject, state="problem", detail=item.reason)
            for item in inventory.held
            if item.kind == "unreadable"
        ]
        registries = locate_registries(inventory, ECOSYSTEMS, trip.root, trip.env, trip.ask)
    except UpgraderError as fault:
        return [Finding(subject="project", state="problem", detail=str(fault))]
    for project in inventory.projects:
        registry = registries.get(project.id)
        if registry is not None:
            where = urlsplit(registry.url.removeprefix("sparse+")).hostname or registry.url
            state: Literal["ok", "problem"] = "problem" if registry.problem else "ok"
            found.append(Finding(subject=project.id, state=state, detail=registry.problem or f"asks {where}"))
    return found


def _policies(settings: Settings, inventory: Inventory) -> list[Finding]:
    """What each policy says, and how many dependencies it is about: one that is about none may be mistyped."""
    found = []
    for index, rule in enumerate(settings.packages):
        count = sum(applies(rule, item, settings, index) for item in inventory.dependencies if item.direct)
        words = f"{', '.join(rule.match)[:80]}: {describe(rule)}; matches {count or 'no'} dependencies here"
        state: Literal["ok", "missing"] = "ok" if count else "missing"
        found.append(Finding(subject=rule_name(settings, index), state=state, detail=words))
    return found


def _ledger(at: Path) -> Finding:
    git = find_git(at.resolve())
    if git is None:
        return Finding(subject="ledger", state="missing", detail="not in a git repository with a commit")
    if not (git.common_dir / "upgrader" / "ledger.db").exists():
        return Finding(subject="ledger", state="missing", detail="nothing was tried here yet")
    try:
        with open_ledger(git, env="local", read_only=True) as ledger:
            verified = ledger.verify()
    except UpgraderError as fault:
        return Finding(subject="ledger", state="problem", detail=str(fault))
    return Finding(subject="ledger", state="problem" if verified.problems else "ok", detail=verified.summary)
