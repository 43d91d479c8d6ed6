"""The pack of clap against 3.2 and 4: one program of builders and derives, the same answers to one command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import cargo_runs, rewritten

PROGRAM = """\
use clap::{App, AppSettings, Arg, ArgEnum, ArgMatches, Parser};

#[derive(Clone, Debug, ArgEnum)]
enum Mode {
    Fast,
    Slow,
}

#[derive(Parser, Debug)]
#[clap(name = "cli", version)]
struct Cli {
    /// How to go.
    #[clap(short, long, value_enum)]
    mode: Mode,
    #[clap(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    Go { to: String },
}

fn app() -> App<'static> {
    App::new("app")
        .setting(AppSettings::ArgRequiredElseHelp)
        .arg(
            Arg::new("name")
                .long("name")
                .takes_value(true)
                .help("a name"),
        )
        .arg(Arg::new("pair").long("pair").takes_value(true).number_of_values(2))
        .arg(Arg::new("kind").long("kind").takes_value(true).possible_values(["a", "b"]))
}

fn told(m: &ArgMatches) -> String {
    format!("{:?} {:?}", m.value_of("name"), m.value_of("kind").unwrap_or("none"))
}

fn main() {
    let m = app().get_matches_from(["app", "--name", "x", "--pair", "1", "2", "--kind", "b"]);
    let pair: Vec<&str> = m.values_of("pair").unwrap().collect();
    println!("{} {:?}", told(&m), pair);
    println!("{}", app().try_get_matches_from(["app", "--kind", "c"]).is_err());
    println!("{:?}", Cli::parse_from(["cli", "--mode", "fast", "go", "home"]));
}
"""


@pytest.mark.online
def test_one_program_with_both(tmp_path: Path) -> None:
    features = ', features = ["derive", "cargo"] }'
    first = cargo_runs(tmp_path / "three", PROGRAM, {"clap": f'{{ version = "3.2"{features}'})
    four = rewritten(["cargo/clap/3-to-4"], PROGRAM, "src/main.rs")
    assert cargo_runs(tmp_path / "four", four, {"clap": f'{{ version = "4"{features}'}) == first
