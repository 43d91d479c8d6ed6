"""The one tree of errors; every one carries advice, and `cli/main.py` alone catches the root."""

from __future__ import annotations


class UpgraderError(Exception):
    """Something went wrong that the user can do something about.

    `message` says what and where (file:line, or the path of keys); `advice` says what to do ("" if nothing).
    `exit_code` is what the command ends with (see DESIGN "Errors" in CONTRIBUTING.md).
    """

    exit_code = 2

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ConfigError(UpgraderError):
    """A setting or a command-line value is wrong; the message names the key."""


class ManifestError(UpgraderError):
    """A manifest or lockfile cannot be read or edited; the message starts with `path:line:`."""


class VersionError(UpgraderError):
    """A version or a requirement that its ecosystem does not know."""


class PlanError(UpgraderError):
    """A plan that cannot be used: malformed, or made for another base commit or other manifests."""


class InputError(UpgraderError):
    """Saved tool output (`--from`) that is not what a known tool prints, or that records a failed run."""


class PackError(UpgraderError):
    """A rule pack that can't be read or is wrong; the message starts with `path:line:`."""


class GitError(UpgraderError):
    """git refused, or the folder is not a repository that can be worked on."""


class LedgerError(UpgraderError):
    """The ledger cannot be opened, read or trusted, or a state change is not a legal one."""


class RegistryError(UpgraderError):
    """A registry or an advisory service could not be asked: what depends on it is *not checked*."""

    exit_code = 3


class ArtefactError(UpgraderError):
    """A release's archive or folder can't be read within limits: what depends on it is *not analysed*."""

    exit_code = 3


class CommandFailed(UpgraderError):
    """A native tool (npm, uv, go, cargo) ended badly, is missing or timed out."""

    exit_code = 1


class StepRefused(UpgraderError):
    """A step was not carried out because a check on the edit or the lockfile said no; nothing was kept."""

    exit_code = 1


class Busy(UpgraderError):
    """Another run holds the repository's lock."""

    exit_code = 75
