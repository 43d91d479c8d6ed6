"""The packs of axum against 0.6, 0.7 and 0.8: one server, asked over a socket, gives the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import cargo_runs, rewritten

PROGRAM = """\
use axum::{async_trait, extract::FromRequestParts, extract::Path, routing::get, Router};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

struct User(String);

#[async_trait]
impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(User(parts.uri.path().to_string()))
    }
}

async fn user(Path(id): Path<u32>, User(path): User) -> String {
    format!("user {id} at {path}")
}

async fn rest(Path(rest): Path<String>) -> String {
    rest
}

fn api() -> Router {
    Router::new().route("/users/:id", get(user))
}

fn ask(port: u16, path: &str) -> String {
    let mut answer = String::new();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.0\\r\\n\\r\\n").unwrap();
    stream.read_to_string(&mut answer).unwrap();
    answer.rsplit("\\r\\n").next().unwrap().to_string()
}

#[tokio::main]
async fn main() {
    let app = Router::new().nest("/api", api()).route("/files/*rest", get(rest));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    tokio::spawn(async move {
        axum::Server::bind(&addr)
            .serve(app.into_make_service())
            .await
            .unwrap();
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    tokio::task::spawn_blocking(move || {
        println!("{} | {}", ask(port, "/api/users/7"), ask(port, "/files/a/b"));
    })
    .await
    .unwrap();
}
"""
TOKIO = '{ version = "1", features = ["full"] }'


@pytest.mark.online
def test_one_server_on_three_releases(tmp_path: Path) -> None:
    first = cargo_runs(tmp_path / "six", PROGRAM, {"axum": '"0.6"', "tokio": TOKIO})
    assert first == "user 7 at /users/7 | a/b\n"
    seven = rewritten(["cargo/axum/0.6-to-0.7"], PROGRAM, "src/main.rs")
    assert cargo_runs(tmp_path / "seven", seven, {"axum": '"0.7"', "tokio": TOKIO}) == first
    eight = rewritten(["cargo/axum/0.7-to-0.8"], seven, "src/main.rs")
    assert cargo_runs(tmp_path / "eight", eight, {"axum": '"0.8"', "tokio": TOKIO}) == first
