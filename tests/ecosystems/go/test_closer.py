"""The second look at releases of a module, at a proxy on loopback."""

from tests.ecosystems.go.test_releases import HOUSE, asking, mod, one
from tests.loopback import Site
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.go import look_closer
from upgrader.model import Package


def closer(site: Site, package: Package, *versions: str) -> Package:
    with asking(site.url) as client:
        return look_closer(client, Registry(ecosystem="go", url=site.go_proxy_url), package, versions)


def many(site: Site) -> Package:
    """A module whose first look leaves its older releases unasked."""
    for minor in range(2, 12):
        site.publish("go", HOUSE + "rope", f"v1.{minor}.0", files=mod("rope", f"\ngo 1.{minor + 10}\n"))
    return one(site, "rope")


def facts(package: Package) -> dict[str, tuple[bool, str | None]]:
    return {item.version: (item.released_at is not None, item.runtime) for item in package.releases}


def test_nothing_asked_nothing_changes(fresh_site: Site) -> None:
    package = many(fresh_site)
    assert closer(fresh_site, package) == package
    assert closer(fresh_site, package, "v9.9.9", "../v1.2.0") == package


def test_times_and_runtimes_are_filled_in(fresh_site: Site) -> None:
    package = many(fresh_site)
    assert facts(package)["v1.4.0"] == (False, None)
    told = facts(closer(fresh_site, package, "v1.4.0", "v1.5.0"))
    assert (told["v1.4.0"], told["v1.5.0"]) == ((True, "1.14"), (True, "1.15"))
    assert {key: value for key, value in told.items() if key not in ("v1.4.0", "v1.5.0")} == {
        key: value for key, value in facts(package).items() if key not in ("v1.4.0", "v1.5.0")
    }


def test_half_an_answer_is_none(fresh_site: Site) -> None:
    package = many(fresh_site)
    fresh_site.fail("/go/tidewater.example/rope/@v/v1.4.0.mod", status=404)
    fresh_site.fail("/go/tidewater.example/rope/@v/v1.5.0.info", status=500)
    assert closer(fresh_site, package, "v1.4.0", "v1.5.0") == package
