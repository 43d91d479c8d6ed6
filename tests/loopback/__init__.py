"""Registries on loopback for npm, pip, Go and cargo, built in memory from `fixtures/`; the standard library only.

with serve(fixtures) as site:
    env = client_env(site, home)
    project = materialise(fixtures, "npm/shop", dest, site)
"""

from tests.loopback.clients import client_env, find_tool
from tests.loopback.osv import pack_advisories
from tests.loopback.samples import materialise
from tests.loopback.server import serve
from tests.loopback.site import Site

__all__ = ["serve", "Site", "client_env", "find_tool", "materialise", "pack_advisories"]
