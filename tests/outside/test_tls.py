"""TLS: only certificates that the user's machine or environment trusts, and only for the name that was asked."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from upgrader.outside import shell

ASK = """
import json, sys
from upgrader.errors import RegistryError
from upgrader.outside.http import Client
with Client(hosts=[sys.argv[1]], tries=1) as client:
    try:
        print(json.dumps(client.get(sys.argv[1] + "/x").body.decode()))
    except RegistryError as error:
        print(json.dumps("error: " + error.message))
"""


class Handler(BaseHTTPRequestHandler):
    """Says hello."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server with a certificate of its own for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", f"{folder}/key.pem"]
    subprocess.run(
        [openssl, "req", "-x509", *key, *names, "-out", f"{folder}/ca.pem"], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the point
    web.socket = context.wrap_socket(web.socket, server_side=True)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield web.server_port, folder / "ca.pem"
    web.shutdown()
    web.server_close()
    thread.join(5)


def _ask(url: str, tmp_path: Path, **variables: str) -> str:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    done = shell.run([sys.executable, "-c", ASK, url], cwd=tmp_path, env=env)
    return str(json.loads(done.stdout))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_of_the_environment_is_trusted(
    server: tuple[int, Path], tmp_path: Path, variable: str
) -> None:
    port, bundle = server
    assert _ask(f"https://127.0.0.1:{port}", tmp_path, **{variable: str(bundle)}) == "hello"


def test_other_certificates_are_not(server: tuple[int, Path], tmp_path: Path) -> None:
    port, bundle = server
    assert f"error: 127.0.0.1:{port}/x: its certificate is not trusted" in _ask(
        f"https://127.0.0.1:{port}", tmp_path
    )
    other = _ask(f"https://localhost:{port}", tmp_path, SSL_CERT_FILE=str(bundle))
    assert "its certificate is not trusted" in other
    missing = _ask(f"https://127.0.0.1:{port}", tmp_path, SSL_CERT_FILE="/missing.pem")
    assert "error: SSL_CERT_FILE=/missing.pem: cannot be read" in missing
