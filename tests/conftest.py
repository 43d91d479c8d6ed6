"""What every test may ask for: the registries on loopback, a user's environment, a sample project, and two marks."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.loopback import Site, client_env, find_tool, materialise, serve

FIXTURES = Path(__file__).parents[1] / "fixtures"

# A loaded machine is no failing test: what takes long is measured in tests/bench.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Started in the background by a shell, a process ignores Ctrl-C, and so do its children; the tests of Ctrl-C need it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--online", action="store_true", help="also run the tests that need the real registries")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the internet, unless it was asked for."""
    if config.getoption("--online"):
        return
    left_out = [item for item in items if item.get_closest_marker("online")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a tool that this machine lacks; in CI that is an error, since nothing would be proven."""
    for mark in item.iter_markers("tools"):
        missing = [name for name in mark.args if find_tool(name) is None]
        if missing and os.environ.get("CI") == "true":
            pytest.fail(f"CI has no {', '.join(missing)}", pytrace=False)
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The repository's `fixtures/` folder."""
    return FIXTURES


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The registries, shared by the session: look, but leave `publish`, `fail` and `requests` to `fresh_site`."""
    with serve(FIXTURES) as running:
        yield running


@pytest.fixture
def fresh_site() -> Iterator[Site]:
    """Registries of this test's own, to break, to change and to count requests on."""
    with serve(FIXTURES) as running:
        yield running


@pytest.fixture(scope="session")
def client(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user of `site`; the caches are shared by the session."""
    return client_env(site, tmp_path_factory.mktemp("home"))


@pytest.fixture
def sample(site: Site, tmp_path: Path) -> Callable[[str], Path]:
    """Make a sample project with `sample("npm/shop")`: a git repository below tmp_path with lockfiles for `site`."""

    def make(name: str) -> Path:
        return materialise(FIXTURES, name, tmp_path, site)

    return make
