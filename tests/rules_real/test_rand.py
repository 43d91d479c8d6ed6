"""The packs of rand against 0.8, 0.9 and 0.10: one program, compiled without a warning by each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import cargo_runs, rewritten

PROGRAM = """\
use rand::distributions::{Alphanumeric, DistString, Distribution, Standard, Uniform, WeightedIndex};
use rand::rngs::{SmallRng, StdRng};
use rand::seq::{IteratorRandom, SliceRandom};
use rand::{thread_rng, Rng, RngCore, SeedableRng};

struct Dice<R> {
    rng: R,
}

impl<R: Rng> Dice<R> {
    fn roll(&mut self) -> u32 {
        let die = Uniform::from(1..7);
        die.sample(&mut self.rng) + self.rng.gen_range(0..10)
    }
}

struct Point(u8);

impl Distribution<Point> for Standard {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Point {
        Point(rng.gen())
    }
}

fn bytes(rng: &mut dyn RngCore) -> [u8; 4] {
    let mut b = [0; 4];
    rng.fill_bytes(&mut b);
    b
}

mod chosen {
    use rand::seq::SliceRandom;

    pub fn one(v: &[u8]) -> u8 {
        *v.choose(&mut rand::thread_rng()).unwrap()
    }
}

mod drawn {
    use rand::prelude::*;

    pub fn all(v: &mut [u8]) -> (f64, u8) {
        let mut rng = thread_rng();
        v.shuffle(&mut rng);
        (random(), rng.gen_range(1..2))
    }
}

fn main() {
    let mut rng = thread_rng();
    let seeded = SmallRng::from_rng(&mut rng).unwrap();
    let mut other = thread_rng();
    let x: f64 = rng.gen();
    let mut v = vec![7, 7, 7];
    v.shuffle(&mut rng);
    println!("{} {:?} {}", x < 1.0, v.choose(&mut other), other.gen::<u8>() as u32 / 256);
    println!("{:?} {:?}", (0..1).choose(&mut rng), v.choose_multiple(&mut rng, 2).count());
    let roll = Dice { rng: seeded }.roll();
    let Point(p) = rng.gen();
    let low = Uniform::new_inclusive(6, 6).sample(&mut StdRng::from_entropy());
    let name = Alphanumeric.sample_string(&mut rng, 3);
    let at = WeightedIndex::new([0, 1]).unwrap().sample(&mut rng);
    println!("{} {} {} {} {}", roll < 17, p as u32 / 256, low, name.len(), at);
    println!("{} {} {:?}", bytes(&mut rng).len(), chosen::one(&v), drawn::all(&mut v).1);
    println!("{} {}", rng.gen_bool(1.0), rng.gen_ratio(0, 2));
}
"""
FEATURES = '{ version = "0.8", features = ["small_rng"] }'


@pytest.mark.online
def test_one_program_on_three_releases(tmp_path: Path) -> None:
    first = cargo_runs(tmp_path / "old", PROGRAM, {"rand": FEATURES})
    nine = rewritten(["cargo/rand/0.8-to-0.9"], PROGRAM, "src/main.rs")
    assert cargo_runs(tmp_path / "nine", nine, {"rand": '"0.9"'}) == first
    ten = rewritten(["cargo/rand/0.9-to-0.10"], nine, "src/main.rs")
    assert cargo_runs(tmp_path / "ten", ten, {"rand": '"0.10"'}) == first
