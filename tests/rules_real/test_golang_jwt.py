"""The packs of golang-jwt against dgrijalva/jwt-go, v4 and v5: one program, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.compiled import go_runs, rewritten

PROGRAM = """\
package main

import (
	"fmt"
	"time"

	"github.com/dgrijalva/jwt-go"
	"github.com/dgrijalva/jwt-go/request"
)

type Claims struct {
	Name string `json:"name"`
	jwt.StandardClaims
}

type Holder struct {
	claims *Claims
	parser *jwt.Parser
}

func (h *Holder) set(exp int64) {
	h.claims.ExpiresAt = exp
	h.claims.StandardClaims.NotBefore = time.Unix(1, 0).Unix()
}

func key(*jwt.Token) (interface{}, error) { return []byte("key"), nil }

func main() {
	now := time.Unix(4000000000, 0)
	h := Holder{
		claims: &Claims{
			Name: "me",
			StandardClaims: jwt.StandardClaims{
				ExpiresAt: now.Add(time.Hour).Unix(), // an hour
				Id:        "7",
				Issuer:    "test",
			},
		},
		parser: &jwt.Parser{ValidMethods: []string{"HS256"}},
	}
	h.set(now.Unix())
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, h.claims).SignedString([]byte("key"))
	fmt.Println(text != "", err)
	token, err := h.parser.ParseWithClaims(text, &Claims{}, key)
	fmt.Println(token.Valid, err, token.Claims.(*Claims).Issuer, token.Claims.(*Claims).StandardClaims.Subject)
	read, err := jwt.ParseWithClaims(text, &jwt.StandardClaims{Audience: "a"}, key)
	fmt.Println(read.Claims.(*jwt.StandardClaims).Id, err)
	part, err := jwt.DecodeSegment(jwt.EncodeSegment([]byte("part")))
	fmt.Println(string(part), err, request.OAuth2Extractor != nil)
	_, err = jwt.Parse("x", key)
	fmt.Println(err != nil)
}
"""


@pytest.mark.online
def test_one_program_on_three_lines(tmp_path: Path) -> None:
    first = go_runs(tmp_path / "dgrijalva", PROGRAM, ["github.com/dgrijalva/jwt-go@v3.2.0"])
    four = rewritten(["go/github.com/golang-jwt/jwt/3-to-4"], PROGRAM, "main.go")
    assert go_runs(tmp_path / "v4", four, ["github.com/golang-jwt/jwt/v4"]) == first
    five = rewritten(["go/github.com/golang-jwt/jwt/4-to-5"], four, "main.go")
    assert go_runs(tmp_path / "v5", five, ["github.com/golang-jwt/jwt/v5"]) == first
