"""Addresses, allowed servers and proxies as tables."""

from __future__ import annotations

import pytest

from upgrader.errors import RegistryError
from upgrader.outside.origins import Allowed, is_loopback, is_public, parse, proxy_for


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("url", "again"),
    [
        ("https://registry.example/@scope%2fname", "https://registry.example/@scope%2fname"),
        ("https://registry.example", "https://registry.example/"),
        ("https://registry.example:443/x", "https://registry.example/x"),
        ("http://registry.example:443/x", "http://registry.example:443/x"),
        ("https://Registry.EXAMPLE/Name", "https://registry.example/Name"),
        ("https://u:p@registry.example/x?a=b&c=%20#f", "https://registry.example/x?a=b&c=%20"),
        ("https://[::1]:8080/x", "https://[::1]:8080/x"),
        ("https://b\u00fccher.example/\u00fc", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://h.example/a!v1.2.3+incompatible", "https://h.example/a!v1.2.3+incompatible"),
        ("https://under_score.example/x", "https://under_score.example/x"),
    ],
)
def test_addresses(url: str, again: str) -> None:
    assert parse(url).url == again
    assert parse(parse(url).url).url == again


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("registry.example", "https://registry.example/x"),
        ("registry.example", "https://registry.example:8443/x"),
        ("REGISTRY.example", "https://registry.EXAMPLE/x"),
        ("registry.example:8443", "https://registry.example:8443/x"),
        ("https://registry.example/npm/", "https://registry.example/other"),
        ("http://registry.example:8081/", "http://registry.example:8081/x"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ("http://localhost:8080", "http://localhost:8080/"),
    ],
)
def test_allowed(entry: str, url: str) -> None:
    assert Allowed([entry]).check(parse(url)) is True


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("registry.example", "http://registry.example/x"),
        ("registry.example:8443", "https://registry.example/x"),
        ("https://registry.example/", "https://registry.example:8443/x"),
        ("https://registry.example/", "http://registry.example/x"),
        ("http://registry.example/", "https://registry.example/x"),
        ("example", "https://registry.example/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081/"),
        ("http://127.0.0.1:8080", "http://localhost:8080/"),
    ],
)
def test_not_allowed(entry: str, url: str) -> None:
    with pytest.raises(RegistryError):
        Allowed([entry]).check(parse(url))


def test_a_derived_server_does_not_become_configured() -> None:
    allowed = Allowed(["registry.example"])
    allowed.add("files.example", explicit=False)
    allowed.add("registry.example", explicit=False)
    assert not allowed.check(parse("https://files.example/"))
    assert allowed.check(parse("https://registry.example/"))


@pytest.mark.parametrize("number", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize(
    "number",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
        ),
        *(
            "::1",
            "::",
            "fe80::1%eth0",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
        ),
        *("255.255.255.255", "198.18.0.1", "224.0.0.1", "240.0.0.1", "", "host.example"),
    ],
)
def test_not_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p.example:3128"}, "https://a.example/", "http://p.example:3128/"),
        ({"HTTPS_PROXY": "p.example:3128"}, "https://a.example/", "http://p.example:3128/"),
        ({"HTTPS_PROXY": "http://p.example"}, "http://a.example/", None),
        ({"http_proxy": "http://p.example"}, "http://a.example/", "http://p.example/"),
        ({"ALL_PROXY": "http://p.example"}, "https://a.example/", "http://p.example/"),
        (
            {"HTTPS_PROXY": "http://p.example", "https_proxy": "http://q.example"},
            "https://a.example/",
            "http://q.example/",
        ),
        ({"HTTPS_PROXY": "http://p.example"}, "https://127.0.0.1/", None),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "*"}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "b.example, .example"}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "a.example:443"}, "https://a.example/", None),
        (
            {"HTTPS_PROXY": "http://p.example", "NO_PROXY": "a.example:8443"},
            "https://a.example/",
            "http://p.example/",
        ),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "ample"}, "https://a.example/", "http://p.example/"),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "10.0.0.0/8"}, "https://10.2.3.4/", None),
    ],
)
def test_proxies(
    variables: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(parse(url))
    assert (found.url if found else None) == proxy


@pytest.mark.parametrize("proxy", ["socks5://u:hush@p.example", "https://p.example"])
def test_proxies_of_other_kinds_are_refused_with_advice(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(
        RegistryError, match=r"a\.example: cannot be asked through a proxy of the kind"
    ) as caught:
        proxy_for(parse("https://a.example/"))
    assert "hush" not in str(caught.value)
