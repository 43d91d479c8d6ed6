"""Digests are asked for where a requirement carries them, and for nothing else."""

from pathlib import Path

from tests.ecosystems.pip.folder import make
from upgrader.ecosystems import pip
from upgrader.errors import RegistryError
from upgrader.model import Assessment, Audit, Inventory, Release, Update
from upgrader.stages.digests import learn_digests

HASH = f"sha256:{'a' * 64}"


def an_audit(root: Path, text: str) -> tuple[Audit, Path]:
    read = pip.read_project(make(root, {"requirements.txt": text}), "requirements.txt")
    assessments = tuple(
        Assessment(
            update=Update(
                dependencies=(row,),
                current="1.0",
                target=Release(version="2.0"),
                latest="2.0",
                in_range=None,
                move="major",
                source="test",
            ),
            risk="LOW",
            priority="Update directly",
            group="major",
            reasons=(),
            facts=(),
        )
        for row in read.dependencies
    )
    inventory = Inventory(projects=(read.project,), dependencies=read.dependencies, held=())
    return Audit(
        inventory=inventory, assessments=assessments, held=(), not_checked=(), up_to_date=0, advisories="none"
    ), root


def test_only_lines_with_hashes_are_asked_about(tmp_path: Path) -> None:
    audit, root = an_audit(tmp_path, f"a==1.0\nb==1.0 --hash={HASH}\n")
    asked: list[str] = []

    def ask(update: Update) -> tuple[str, ...]:
        asked.append(update.name)
        return (HASH,)

    found = learn_digests(audit, make(root, {}), {"pip": pip}, ask)
    assert asked == ["b"]
    assert [item.update.target.digests for item in found.assessments] == [(), (HASH,)]


def test_an_index_that_can_not_be_asked_leaves_them_unknown(tmp_path: Path) -> None:
    audit, root = an_audit(tmp_path, f"b==1.0 --hash={HASH}\n")

    def ask(update: Update) -> tuple[str, ...]:
        raise RegistryError("gone")

    assert learn_digests(audit, make(root, {}), {"pip": pip}, ask) == audit
