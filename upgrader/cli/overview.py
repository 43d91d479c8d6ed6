"""The commands and the page that `upgrade --help` prints; kept free of imports so that it prints at once."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "audit": "What could move, how risky, and why (read-only)",
    "plan": "Write a plan file that can be reviewed and edited (read-only)",
    "apply": "One branch per upgrade, verified against the baseline",
    "verify": "Run the checks of an upgrade again, on both sides",
    "rollback": "Take an upgrade back, before or after its merge",
    "status": "How the upgrades of this repository stand",
    "list": "Every attempt there was",
    "show": "One attempt whole: steps, matrix, log",
    "report": "The last run for people: text, Markdown or JSON",
    "codemod": "Rewrite source code by the rule packs of a package (shows a diff)",
    "rules": "Rule packs: list, show, lint, test, new",
    "diff": "What the public APIs of two releases differ in (folders, wheels, archives)",
    "explain": "Why a package does not move, or why to this version",
    "inventory": "Every dependency of every manifest (no network; CycloneDX too)",
    "doctor": "Tools, registries, settings, sandbox and ledger",
}
"""Command to its one line of help, in the order of a first day's use; each is a file `upgrader/cli/<name>.py`."""

_HEAD = """\
Usage: upgrade [COMMAND] [OPTIONS]

Audit, plan, apply, verify and take back dependency upgrades in npm, pip, Go and Cargo projects.
Without a command it audits the current folder.

Commands:
"""
_TAIL = """
Options:
  -V, --version            Print the version.
  -h, --help               Print this page; `upgrade COMMAND --help` has options and examples.
  --install-completion     Install completion for the current shell.
  --show-completion        Print the completion script.

Examples:
  upgrade                          audit this folder and everything below it
  upgrade plan                     write upgrade-plan.json from what is committed
  upgrade apply requests           one branch for one package, tested before and after
  upgrade apply upgrade-plan.json  apply a plan you have read
  upgrade rollback requests        take it back

Exit codes:
  0 well   1 policy hit, or something was held or rolled back   2 input or configuration
  3 incomplete: some of it could not be checked   70 a bug   75 busy   130 interrupted
"""


def overview() -> str:
    """The page of `upgrade --help`."""
    width = max(map(len, COMMANDS))
    rows = "".join(f"  {name:<{width}}  {text}\n" for name, text in COMMANDS.items())
    return _HEAD + rows + _TAIL
