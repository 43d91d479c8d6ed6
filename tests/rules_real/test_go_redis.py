"""The pack of go-redis against v8 and v9: one program, vetted with both, whose options and errors agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import go_runs, rewritten

PROGRAM = """\
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-redis/redis/v8"
)

type Store struct {
	rdb *redis.Client
	any redis.UniversalClient
	ttl time.Duration
}

func New(addr string) *Store {
	rdb := redis.NewClient(&redis.Options{
		Addr:               addr,
		IdleTimeout:        5 * time.Minute,
		IdleCheckFrequency: time.Minute, // the reaper
		MaxConnAge:         time.Hour,
		MaxRetries:         -1,
	})
	return &Store{rdb: rdb, ttl: time.Hour}
}

func (s *Store) put(ctx context.Context, pipe redis.Pipeliner) error {
	pipe.SetEX(ctx, "a", 1, s.ttl)
	s.rdb.XTrimApprox(ctx, "x", 9)
	s.rdb.XTrim(ctx, "x", 9)
	s.rdb.HRandField(ctx, "h", 2, false)
	s.rdb.XAdd(ctx, &redis.XAddArgs{Stream: "s", MaxLenApprox: 3, Values: []string{"a", "b"}})
	s.rdb.Conn(ctx).Get(ctx, "k")
	if err := s.rdb.SetEX(ctx, "k", "v", s.ttl).Err(); err != nil {
		return err
	}
	return s.rdb.ZAdd(ctx, "z", &redis.Z{Score: 1, Member: "m"}).Err()
}

func main() {
	ctx := context.Background()
	s := New("127.0.0.1:1")
	o := s.rdb.Options()
	fmt.Println(o.IdleTimeout, o.MaxConnAge, s.put(ctx, s.rdb.Pipeline()) != nil)
	r := redis.NewStringStringMapResult(map[string]string{"a": "b"}, nil)
	fmt.Println(r.Val(), redis.Nil)
	f := redis.FailoverOptions{MasterName: "m", SlaveOnly: true}
	fmt.Println(f.MasterName, s.any == nil)
}
"""


@pytest.mark.online
def test_one_program_with_both(tmp_path: Path) -> None:
    first = go_runs(tmp_path / "v8", PROGRAM, ["github.com/go-redis/redis/v8"])
    nine = rewritten(["go/github.com/redis/go-redis/8-to-9"], PROGRAM, "main.go")
    assert go_runs(tmp_path / "v9", nine, ["github.com/redis/go-redis/v9"]) == first
