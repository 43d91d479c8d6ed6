"""How pnpm, yarn and bun refresh their lockfiles for the packages of one step, moving as little as it can."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.ecosystems.npm.specifiers import is_exact, normalise
from upgrader.ecosystems.npm.workspace_file import FILES
from upgrader.errors import StepRefused, VersionError
from upgrader.model import Command, Dependency, Project, Update
from upgrader.outside.environment import find_tool
from upgrader.versions import npm as versions
from upgrader.versions.strategies import requirement_for

HARDENED: Mapping[str, tuple[str, ...]] = {
    "pnpm": (
        *("--ignore-scripts", "--ignore-pnpmfile", "--config.manage-package-manager-versions=false"),
        *("--config.package-manager-strict=false", "--config.pm-on-fail=ignore"),
    ),
    "yarn 1": ("--ignore-scripts", "--non-interactive", "--no-progress"),
    "yarn": (),
    "bun": ("--ignore-scripts", "--no-progress"),
}
"""No script runs, no hook of the project's is loaded, and no other version of the tool is fetched and started."""
_REFRESH: Mapping[str, tuple[str, ...]] = {
    "pnpm": ("pnpm", "install", "--lockfile-only", "--no-frozen-lockfile", *HARDENED["pnpm"]),
    "yarn 1": ("yarn", "install", *HARDENED["yarn 1"]),
    "yarn": ("yarn", "install", "--mode=update-lockfile"),
    "bun": ("bun", "install", "--lockfile-only", *HARDENED["bun"]),
}
INSTALL: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pnpm": (("pnpm", "install", "--frozen-lockfile", *HARDENED["pnpm"]), ("pnpm", "rebuild")),
    "yarn 1": (("yarn", "install", "--frozen-lockfile", *HARDENED["yarn 1"]),),
    "yarn": (("yarn", "install", "--immutable"),),
    "bun": (("bun", "install", "--frozen-lockfile", *HARDENED["bun"]),),
}
"""How a fresh checkout is installed from the lockfile, and what runs install scripts afterwards."""
ENV: Mapping[str, str] = {
    "CI": "true",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    "COREPACK_ENABLE_STRICT": "0",
    "YARN_IGNORE_PATH": "1",
    "YARN_ENABLE_SCRIPTS": "0",
    "YARN_ENABLE_TELEMETRY": "0",
    "YARN_ENABLE_IMMUTABLE_INSTALLS": "0",
    "YARN_ENABLE_CONSTRAINTS_CHECKS": "0",
}
"""A yarn that the project brings along (`yarnPath`) is not started; CI alone would forbid it to write the lockfile."""
_WRITERS: Mapping[str, Mapping[str, str]] = {
    "pnpm": {"5.3": "6", "5.4": "7", "6": "8", "9": ">=9"},
    "yarn 1": {"1": "1"},
    "yarn": {"4": "2", "5": "3", "6": "3", "7": "3", "8": ">=4", "9": ">=4", "10": ">=4"},
    "bun": {"0": ">=1", "1": ">=1", "2": ">=1"},
}
"""Beginning of a lockfile's format to the majors of the tool that keep it."""

_GUARD = (
    'const fs=require("fs"),[t,w,p]=process.argv.slice(1),'
    'd=fs.mkdtempSync(require("path").join(require("os").tmpdir(),"version-"));let v;'
    'try{fs.writeFileSync(d+"/package.json",JSON.stringify(p?{packageManager:`${t}@${p}`}:{}));'
    "const env={...process.env};for(const k of ['npm_config_','pnpm_config_'])Object.assign(env,"
    "{[k+'manage_package_manager_versions']:'false',[k+'package_manager_strict']:'false',[k+'pm_on_fail']:'ignore'});"
    'v=require("child_process").execFileSync(t,["--version"],'
    '{cwd:d,env,encoding:"utf8",stdio:["ignore","pipe","pipe"]}).trim().split("\\n").pop()}'
    "catch(e){const l=String(e.stderr||e.message).split('\\n').map(x=>x.trim()).filter(Boolean);"
    "console.error(`${t} --version fails here: ${l.slice(0,2).join(' ')}`.slice(0,400));process.exit(1)}"
    "finally{fs.rmSync(d,{recursive:true})}"
    'const m=parseInt(v,10),ok=w[0]===">"?m>=+w.slice(2):m===+w;'
    "if(!ok||(p&&m!==parseInt(p,10))){console.error(`${t} ${v} is installed; this lockfile is kept by ${t} ${p||w}. "
    "Install that version.`);process.exit(1)}"
)
"""Ends badly unless the installed tool is of a major that keeps the lockfile's format: tool, majors, pinned version.
It asks in a folder of its own: pnpm loads the project's `.pnpmfile.cjs` even for `--version`."""

_SWAP = (
    'const fs=require("fs"),[m,...a]=process.argv.slice(1),kept=f=>f+".upgrade-kept",'
    r'q=s=>s.replace(/[.*+?^${}()|[\]\\\/]/g,"\\$&");'
    'if(m==="keep")for(const f of a){if(!fs.existsSync(f))continue;'
    'if(fs.lstatSync(f).isSymbolicLink())throw Error(f+" is a symlink");'
    "fs.copyFileSync(f,kept(f))}"
    'if(m==="done")for(const f of a)if(fs.existsSync(kept(f)))fs.renameSync(kept(f),f);'
    'if(m==="pin")for(let i=0;i<a.length;i+=5){const[f,n,k,b,v]=a.slice(i,i+5),t=fs.readFileSync(f,"utf8");'
    r'if(n==="0"){const d=JSON.parse(t.replace(/^\uFEFF/,""));d.resolutions={...d.resolutions,[k]:v};'
    "fs.writeFileSync(f,JSON.stringify(d,null,2));"
    r'const w="pnpm-workspace.yaml";if(fs.existsSync(w)&&!/^overrides\s*:/m.test(fs.readFileSync(w,"utf8")))'
    r'fs.appendFileSync(w,`\noverrides:\n  "${k}": "${v}"\n`);continue}'
    r"""const l=t.split("\n"),r=new RegExp("((?:^|[\\s{,\"'])"+q(k)+"[\"']?\\s*:\\s*[\"']?(?:npm:[^\\s\"']*@)?)"""
    r""""+q(b)+"(?=[\"'\\s,}#]|$)","g");"""
    'if((l[n-1]||"").split(r).length!==3)throw Error(`${f}:${n}: ${k} does not ask for ${b} there, or twice`);'
    'l[n-1]=l[n-1].replace(r,(_,h)=>h+v);fs.writeFileSync(f,l.join("\\n"))}'
)
"""Changes manifests for one run of the tool and puts them back byte for byte: `keep FILES`, `done FILES` and
`pin` with file, line, key, requirement and version of each. Line 0 is a package that no manifest asks for: it is
pinned through the root's `resolutions`, and for pnpm 11 and later through `overrides` in its file."""


_VERIFY = (
    'const[f,w]=process.argv.slice(1),t=require("fs").readFileSync(f,"utf8"),'
    r"""m=[...t.matchAll(/^lockfileVersion: '?([\w.-]+)|^__metadata:\s+version: (\d+)"""
    r"""|"lockfileVersion": (\d+)/gm)].pop(),"""
    'v=m?m[1]||m[2]||m[3]:"1";'
    "if(v!==w){console.error(`${f} had format ${w} and has ${v} now: another version of the tool keeps it`);"
    "process.exit(1)}"
)
"""Ends badly unless the lockfile still has its format: file, format."""
_DROP = 'for(const f of process.argv.slice(1))require("fs").rmSync(f,{recursive:true,force:true})'


def relock_foreign(project: Project, updates: Sequence[Update]) -> list[Command]:
    """Describe the refresh of another tool's lockfile; see `relock.relock`.

    A requirement that was edited makes the tool look again. One that allows the target already would keep what is
    locked, or take a release newer than the target: it is pinned to the target for one run and put back for a second
    one, which keeps the locked version because it is in range. pnpm 11 and later for a transitive package, and
    yarn 2 and later for any, look again then and take the newest release in range: where that is not the target, the
    step is refused after the refresh, since it was not reached.

    Raises StepRefused where the tool is missing or the lockfile can't be refreshed.
    """
    guard = _guard(project)
    pins = [argument for update in updates for argument in _pins(project, update)]
    files = sorted(
        {
            *pins[::5],
            *_rewritten(project),
            *([FILES["pnpm"]] if project.tool == "pnpm" and "0" in pins[1::5] else ()),
        }
    )
    refresh = _command(
        project, _REFRESH[tool_kind(project)], "refresh the lockfile for what the manifests ask now"
    )
    verify = (
        "node",
        "-e",
        _VERIFY,
        "--",
        posixpath.basename(str(project.lockfile)),
        project.lock_format.split()[0],
    )
    verified = [
        *_dropped(project),
        _command(project, verify, "check that the lockfile's format is the same"),
    ]
    written = _rewritten(project)
    if not pins and not written:
        return [guard, refresh, *verified]
    if not pins:
        keep = _swap(project, "keep", written, "set aside the manifests that yarn writes anew")
        return [guard, keep, refresh, _swap(project, "done", written, "put them back"), *verified]
    names = ", ".join(sorted({update.name for update in updates}))
    return [
        guard,
        _swap(project, "keep", files, "set the manifests aside"),
        _swap(project, "pin", pins, f"pin {names} for one run, so that nothing newer is taken"),
        refresh,
        _swap(project, "done", files, "put the manifests back, byte for byte"),
        *(
            (_swap(project, "keep", written, "set aside the manifests that yarn writes anew"),)
            if written
            else ()
        ),
        refresh,
        *((_swap(project, "done", written, "put them back"),) if written else ()),
        *verified,
    ]


def _dropped(project: Project) -> list[Command]:
    """What yarn leaves beside the lockfile, which a repository need not ignore: packages, or the state of its install.

    yarn 1 has no way to refresh the lockfile alone. The checks install in checkouts of their own.
    """
    if project.tool != "yarn":
        return []
    own = [path.rpartition("/")[0] for path in project.manifests if path.endswith("package.json")]
    folders = sorted({posixpath.relpath(folder or ".", project.folder) for folder in own} | {"."})
    left = (
        [posixpath.normpath(f"{folder}/node_modules") for folder in folders]
        if tool_kind(project) == "yarn 1"
        else [".yarn/install-state.gz"]
    )
    return [
        _command(project, ("node", "-e", _DROP, "--", *left), "remove what yarn left beside the lockfile")
    ]


def tool_kind(project: Project) -> str:
    """The tool, with `yarn 1` as one of its own."""
    return "yarn 1" if project.tool == "yarn" and project.lock_format.split(" ")[0] == "1" else project.tool


def _rewritten(project: Project) -> list[str]:
    """The manifests that yarn 2 and later write anew in their own order."""
    if tool_kind(project) != "yarn":
        return []
    own = [path for path in project.manifests if path.endswith("package.json")]
    return sorted(posixpath.relpath(path, project.folder) for path in own)


def check_tool(project: Project) -> None:
    """Raises StepRefused where the project's own tool is not on PATH."""
    if project.tool not in _REFRESH:
        raise StepRefused(
            f"{project.lockfile}: belongs to {project.tool} and can't be refreshed yet.",
            f"Take this upgrade with {project.tool} itself.",
        )
    if find_tool(project.tool) is None:
        pinned = pinned_version(project)
        raise StepRefused(
            f"{project.lockfile}: belongs to {project.tool}, which is not on PATH.",
            f"Install {project.tool}{f' {pinned}, the version the project pins' if pinned else ''}.",
        )


def pinned_version(project: Project) -> str:
    """The version of the tool that the project pins, "" when it pins none."""
    found = re.search(rf" of {project.tool}@(\d+[\w.-]*)", project.lock_format)
    return found[1] if found else ""


def _guard(project: Project) -> Command:
    if not project.lock_format:
        raise StepRefused(f"{project.lockfile}: could not be read, so it is not refreshed.", "Mend it first.")
    check_tool(project)
    if " with " in project.lock_format:
        what = project.lock_format.partition(" with ")[2]
        raise StepRefused(
            f"{project.lockfile}: depends on the project's {what}, which would run for a refresh.",
            f"Take this upgrade with {project.tool} itself.",
        )
    majors = next(
        (
            wanted
            for start, wanted in _WRITERS[tool_kind(project)].items()
            if project.lock_format.startswith(start)
        ),
        None,
    )
    if majors is None:
        raise StepRefused(
            f"{project.lockfile}: its format is not one that {project.tool} still writes.",
            f"Write it anew with a {project.tool} of today, commit that, and plan again.",
        )
    argv = ("node", "-e", _GUARD, "--", project.tool, majors, pinned_version(project))
    return _command(
        project, argv, f"check that {project.tool} is of a version that keeps the lockfile's format"
    )


def _pins(project: Project, update: Update) -> Iterator[str]:
    """File, line, key, requirement and version of each place that does not come to the target by itself."""
    target = _version(update.target.version)
    places: set[tuple[str, str, str, str, str]] = set()
    for place in update.dependencies:
        if place.locked == target:
            continue
        wanted = _asked(place, update)
        stays = wanted is None or (wanted != place.requirement and not _is_overtaken(update, wanted))
        if place.direct and (wanted is None or stays):
            continue
        name = _name(place.alias or place.name)
        if not place.direct or wanted is None or tool_kind(project) == "yarn 1":
            places.add((posixpath.basename(project.manifest), "0", name, "", target))
        else:
            file = posixpath.relpath(place.place.path, project.folder)
            places.add((file, str(place.place.line), name, wanted, target))
    for entry in sorted(places):
        yield from entry


def _asked(place: Dependency, update: Update) -> str | None:
    """What the place asks for after the step's edits; None for a peer dependency, which nothing is locked by."""
    if place.section == "peer":
        return None
    try:
        return requirement_for("npm", place.requirement, update.target.version, update.strategy)
    except VersionError:
        return None


def _is_overtaken(update: Update, wanted: str) -> bool:
    """Whether a release newer than the target is in range."""
    target = versions.order_key(update.target.version)
    newer = {item.version for item in update.passed_over} | {update.latest}
    return any(
        versions.allows(wanted, version) and versions.order_key(version) > target
        for version in newer
        if versions.is_valid(version)
    )


def _swap(project: Project, mode: str, arguments: Sequence[str], why: str) -> Command:
    return _command(project, ("node", "-e", _SWAP, "--", mode, *arguments), why)


def _command(project: Project, argv: tuple[str, ...], why: str) -> Command:
    ours = argv[0] == "node"
    return Command(
        argv=argv,
        folder=project.folder,
        env=dict(ENV),
        why=why,
        network=not ours,
        timeout_s=60 if ours else 600,
        idle_s=60 if ours else 300,
    )


def _name(name: str) -> str:
    try:
        return normalise(name)
    except VersionError as fault:
        raise StepRefused(fault.message, fault.advice) from fault


def _version(text: str) -> str:
    if not is_exact(text):
        raise StepRefused(f"{text[:80]!r} is not a version npm knows, so no command is run with it.")
    return text
