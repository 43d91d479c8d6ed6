"""pip-audit beside the first source: either one's findings count, and its silence is not checked."""

from collections.abc import Iterable, Sequence

from tests.loopback import Site
from tests.stages.books import book
from upgrader.ecosystems import pip
from upgrader.ecosystems.base import Ecosystem
from upgrader.evidence.second_opinion import SecondOpinion
from upgrader.model import Advisory, NotChecked, PackageName

HATCH, CORD = PackageName("tidewater-hatch"), PackageName("tidewater-cord")


class Said:
    """An advisory source that says one thing of everything."""

    name = "said"

    def __init__(self, told: Sequence[Advisory] | NotChecked = ()) -> None:
        self.told = told

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        """Nothing is to be learned."""

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        return self.told


def test_other_ecosystems_are_the_first_sources_alone(site: Site) -> None:
    source = SecondOpinion(Said(), service=site.osv_url)
    source.learn([(book("npm"), HATCH, "1.0.0")])
    assert source.about(book("npm"), HATCH, "1.0.0") == ()


def test_either_ones_findings_count(site: Site) -> None:
    alias = Advisory(id="OURS-1", aliases=("ALIAS-2026-0011",), severity="HIGH", score=7.5)
    source = SecondOpinion(Said([alias]), service=site.osv_url)
    source.learn([(pip, HATCH, "1.0.0"), (pip, CORD, "1.0.0"), (pip, HATCH, "1.0.1")])
    told = source.about(pip, HATCH, "1.0.0")
    assert not isinstance(told, NotChecked)
    assert [(item.id, item.severity) for item in told] == [("OURS-1", "HIGH")]
    assert told[0].fixed_in == ("1.0.1",)
    assert "TEST-2026-0011" in told[0].aliases
    fixed = source.about(pip, HATCH, "1.0.1")
    assert not isinstance(fixed, NotChecked)
    assert [item.id for item in fixed] == ["OURS-1"]


def test_a_failing_service_is_not_checked(fresh_site: Site) -> None:
    fresh_site.fail("/osv/", 404)
    source = SecondOpinion(Said(), service=fresh_site.osv_url)
    source.learn([(pip, HATCH, "1.0.0")])
    told = source.about(pip, HATCH, "1.0.0")
    assert isinstance(told, NotChecked)
    assert told.reason.startswith("pip-audit: ")


def test_a_version_pip_audit_cannot_read_is_not_checked(site: Site) -> None:
    source = SecondOpinion(Said(), service=site.osv_url)
    source.learn([(pip, CORD, "one-two")])
    assert isinstance(source.about(pip, CORD, "one-two"), NotChecked)


def test_the_first_sources_silence_stays_silence() -> None:
    missing = NotChecked(ecosystem="pip", name=HATCH, reason="no folder")
    assert SecondOpinion(Said(missing), service="").about(pip, HATCH, "1.0.0") == missing


def test_a_version_that_was_never_learned_is_not_checked() -> None:
    assert isinstance(SecondOpinion(Said(), service="").about(pip, HATCH, "1.0.0"), NotChecked)
