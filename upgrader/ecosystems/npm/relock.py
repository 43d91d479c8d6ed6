"""How npm refreshes its lockfile for the packages of one step, and for nothing else."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from upgrader.ecosystems.npm.foreign_relock import relock_foreign
from upgrader.ecosystems.npm.overrides import GROUPS
from upgrader.ecosystems.npm.specifiers import is_exact, normalise
from upgrader.errors import StepRefused, VersionError
from upgrader.model import Command, Dependency, Project, Update
from upgrader.versions import npm as versions
from upgrader.versions.strategies import requirement_for

HARDENED = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--location=project")
_REFRESH = (
    *("npm", "install", "--package-lock-only", *HARDENED, "--allow-git=none", "--allow-remote=none"),
    *("--git=git", "--script-shell=sh", "--node-options="),
)
"""What a project's .npmrc could turn into running its code (`git`, `script-shell`, `node-options`: SAFETY T2) or into
fetching from elsewhere is set here; npm before 11 passes over the options it does not know."""

_TRIAL = ("npm", "ci", "--dry-run", *HARDENED, "--include=dev", "--include=optional", "--git=git")
"""npm may only warn of peers that exclude each other (`ERESOLVE`), end well, and leave a lockfile behind that `npm ci`
then refuses: the refusal belongs to the refresh, with its reason."""

_FORGET = (
    'const fs=require("fs"),[f,...a]=process.argv.slice(1);'
    'if(fs.lstatSync(f).isSymbolicLink())throw Error(f+" is a symlink");'
    r'const t=fs.readFileSync(f,"utf8").replace(/^\uFEFF/,""),l=JSON.parse(t),p={};'
    "const walk=(h,b)=>{const d=h.dependencies||{};for(const n of Object.keys(d)){const k=`${b}node_modules/${n}`;"
    "p[k]=[d,n];walk(d[n],k+'/')}};"
    "if(l.packages)for(const k of Object.keys(l.packages))p[k]=[l.packages,k];else walk(l,'');"
    "const drop=(k,v)=>{const[o,n]=p[k];"
    r"if(o[n]&&String(o[n].version).replace(/^npm:.*@/s,'')===v){delete o[n];delete p[k]}};"
    "for(let i=0;i<a.length;i+=3){const[d,n,v]=a.slice(i,i+3),e=`node_modules/${n}`;"
    'if(d==="*")for(const k of Object.keys(p)){if(k===e||k.endsWith("/"+e))drop(k,v)}'
    r'else for(let c=d==="."?"":d;;c=c.replace(/\/?[^/]*$/,"")){const k=c?`${c}/${e}`:e;'
    "if(p[k]){drop(k,v);break}if(!c)break}}"
    r'const m=/^\s*\{(\r?\n)([ \t]+)/.exec(t)||[,"\n","  "];'
    r'fs.writeFileSync(f,(JSON.stringify(l,null,m[2])+"\n").replace(/\n/g,m[1]))'
)
"""Takes entries out of a lockfile: arguments are the file, then folder, installed name and version of each. It finds
the package as node does from the folder (`*`: wherever it is) and drops it when it has that version."""


def relock(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """Describe how npm refreshes the lockfile for these packages alone; nothing when there is no lockfile.

    A requirement that was edited makes npm look again by itself. For one that allows the target already, its entry is
    taken out of the lockfile first: `npm update NAME` would do too, but moves every other copy of the package, and what
    hangs on it, in the whole tree. npm then takes the newest release allowed; where that is not the target, `--before`
    the moment after the target's release holds newer ones back.

    Raises StepRefused for a lockfile that can't be refreshed, and for names and versions that are none (SAFETY T9).
    """
    if project.lockfile is None:
        return ()
    if project.tool != "npm":
        return relock_foreign(project, updates)
    _check_refreshable(project)
    forgotten = [argument for update in updates for argument in _forgotten(project, update)]
    commands: list[Command] = []
    lockfile = posixpath.basename(project.lockfile)
    if forgotten:
        names = ", ".join(sorted({update.name for update in updates}))
        commands.append(
            Command(
                argv=("node", "-e", _FORGET, "--", lockfile, *forgotten),
                folder=project.folder,
                why=f"forget what {lockfile} holds for {names}, so that npm looks again",
                timeout_s=60,
                idle_s=60,
            )
        )
    commands.append(
        Command(
            argv=(*_REFRESH, *_format_options(project), *_held_back(updates)),
            folder=project.folder,
            why="refresh the lockfile for what the manifest asks now; nothing is installed",
            network=True,
            timeout_s=600,
            idle_s=300,
        )
    )
    commands.append(
        Command(
            argv=_TRIAL,
            folder=project.folder,
            why=f"see whether `npm ci` takes this {lockfile}; nothing is installed",
            network=True,
            timeout_s=600,
            idle_s=300,
        )
    )
    return commands


def touched(project: Project) -> Sequence[str]:
    """The lockfile; no tool is run in a way that writes anything else."""
    return (project.lockfile,) if project.lockfile else ()


def _check_refreshable(project: Project) -> None:
    if not project.lock_format:
        raise StepRefused(f"{project.lockfile}: could not be read, so it is not refreshed.", "Mend it first.")


def _format_options(project: Project) -> tuple[str, ...]:
    """Keep the lockfile's format and its `resolved` fields, whatever the user's npmrc prefers."""
    number, _, habit = project.lock_format.partition(" ")
    return (
        f"--lockfile-version={number}",
        "--omit-lockfile-registry-resolved" if habit else "--no-omit-lockfile-registry-resolved",
    )


def _forgotten(project: Project, update: Update) -> Iterator[str]:
    """Folder, installed name and version of each entry that has to go."""
    target = _version(update.target.version)
    places: set[tuple[str, str, str]] = set()
    for place in update.dependencies:
        installed = _name(place.alias or place.name)
        if place.locked is None or place.locked == target:
            continue
        if not place.direct or place.group in GROUPS:
            places.add(("*", installed, _version(place.locked)))
        elif versions.allows(place.requirement, target):
            folder = posixpath.relpath(posixpath.dirname(place.place.path) or ".", project.folder)
            places.add((folder, installed, _version(place.locked)))
    for entry in sorted(places):
        yield from entry


def _held_back(updates: Sequence[Update]) -> tuple[str, ...]:
    """`--before` one second after the last of the targets, when a newer release would be taken otherwise."""
    if not any(_is_overtaken(update) for update in updates):
        return ()
    moments = [_moment(update.target.released_at) for update in updates]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments):
        return ()
    return (f"--before={(max(known) + timedelta(seconds=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}",)


def _is_overtaken(update: Update) -> bool:
    """Whether npm may take a newer release than the target for one of the places."""
    target = update.target.version
    newer = {item.version for item in update.passed_over} | {update.latest}
    newer = {version for version in newer if version != target and versions.is_valid(version)}
    return any(
        versions.allows(wanted, version)
        for place in update.dependencies
        if (wanted := _wanted(place, update)) is not None
        for version in newer
        if versions.order_key(version) > versions.order_key(target)
    )


def _wanted(place: Dependency, update: Update) -> str | None:
    """What the place asks for once the step's edit is made; a transitive one's requirement is not known: any."""
    if not place.direct:
        return "*"
    try:
        return requirement_for(
            "npm", place.requirement, update.target.version, update.strategy, place.section
        )
    except VersionError:
        return None


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _name(name: str) -> str:
    try:
        return normalise(name)
    except VersionError as fault:
        raise StepRefused(fault.message, fault.advice) from fault


def _version(text: str) -> str:
    if not is_exact(text):
        raise StepRefused(f"{text[:80]!r} is not a version npm knows, so no command is run with it.")
    return text
