"""Python packs against the real two releases: one program, run on the old one, and rewritten on the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.releases import environment, printed, rewritten

URLLIB3 = """
import urllib3
from urllib3.util.retry import Retry

retry = Retry(3, method_whitelist=["GET"])
print(sorted(retry.method_whitelist), Retry.DEFAULT_METHOD_WHITELIST == Retry().allowed_methods, Retry.BACKOFF_MAX)
print(sorted(Retry.DEFAULT_REDIRECT_HEADERS_BLACKLIST)[:1])
response = urllib3.HTTPResponse(headers={"A": "b"}, strict=False)
print(response.getheader("a"), response.getheader("c", "d"), dict(response.getheaders()))
"""
HTTPX = """
import httpx
from httpx import Client as Http, Proxy

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]

with httpx.Client(app=app, base_url="http://test") as client:
    print(client.get("/a").text)
print(type(Http(proxies="http://127.0.0.1:9")).__name__, type(Http(proxies=Proxy("http://127.0.0.1:9"))).__name__)
print(type(httpx.Client(proxies={"all://": "http://127.0.0.1:9"})).__name__)
"""
MARSHMALLOW = """
from marshmallow import Schema, ValidationError, fields, post_dump, utils, validates

class User(Schema):
    name = fields.Str(missing="Monty")
    age = fields.Int(default=3)
    more = fields.Mapping(keys=fields.Str())

    @validates("name")
    def check(self, value):
        if value == "no":
            raise ValidationError("no")

    @post_dump(pass_many=True)
    def wrap(self, data, many, **kwargs):
        return {"data": data, "many": many}

import datetime
print(User().load({}), User().dump({}), User().validate({"name": "no"}), utils.isoformat(datetime.datetime(2020, 1, 2)))
"""
FLASK = """
from flask import Flask, Markup, escape, safe_join, send_from_directory
from werkzeug.urls import url_encode, url_quote
from werkzeug.security import safe_str_cmp

app = Flask(__name__)
app.session_cookie_name = "a"
print(app.config["SESSION_COOKIE_NAME"], Markup("<b>") + escape("<"), safe_join("a", "b"))
print(url_quote("a b"), url_encode({"a": 1}), safe_str_cmp("a", "a"))
"""
SQLALCHEMY = """
import sqlalchemy as sa
from sqlalchemy import case, select
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import Session

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String)

engine = sa.create_engine("sqlite://")
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add(User(id=1, name="a"))
    session.flush()
    print(session.query(User).get(1).name)
    print(session.execute(select([User.id, User.name])).all())
    print(session.execute(select([case([(User.id == 1, "one")], else_="more")])).scalar())
print(engine.table_names(), engine.has_table("b"))
with engine.connect() as conn:
    print(conn.execute("SELECT 1").scalar())
"""
PANDAS = """
import io
import pandas as pd
from pandas.io.json import json_normalize

df = pd.DataFrame({"a": [1, 2, 3]})
print([name for name, _ in df.iteritems()], df.index.is_monotonic, df.to_csv(line_terminator=";"))
df = df.append(pd.DataFrame({"a": [4]}), ignore_index=True)
print(df.a.tolist(), df[df.a.between(1, 3, inclusive="neither")].a.tolist())
print(pd.read_csv(io.StringIO("a,b\\n1,2\\n1,2,3\\n"), error_bad_lines=False, warn_bad_lines=False).shape)
print(len(pd.date_range("2020-01-01", "2020-01-03", closed="left")), pd.Int64Index([1]).tolist())
print(pd.Series(pd.to_datetime(["2020-01-06"])).dt.weekofyear.tolist())
print(json_normalize([{"a": {"b": 1}}]).columns.tolist())
"""
POLARS = """
import io
import polars as pl

df = pl.DataFrame({"a": [1, 2, 2], "s": [" x ", "y", "zé"], "l": [[1], [1, 2], []]})
print(df.groupby("a", maintain_order=True).agg(pl.col("s").count()).rows())
print(df.with_row_count("n").select(pl.col("a").cumsum().suffix("_sum"), pl.col("n")).rows())
print(df.select(pl.col("s").str.strip(), pl.col("s").str.lengths().alias("b")).rows())
print(df.select(pl.col("l").list.lengths().alias("c")).rows())
print(df.take_every(2).rows(), df.frame_equal(df), df.find_idx_by_name("s"))
print(pl.read_csv(io.StringIO("a\\n1"), dtypes={"a": pl.Utf8}).rows(), df.select(pl.col("a").is_first()).rows())
print(df.select(pl.col("a").shift(periods=1)).rows())
pl.toggle_string_cache(True)
print(df.select(pl.col("a").clip_min(2), pl.col("a").shift_and_fill(0, periods=1).alias("d")).rows())
print(df.select(pl.col("s").map_dict({"y": 1}).alias("e"), pl.col("s").map_dict({"y": 1}, default=9).alias("f")).rows())
print(df.select("a", "s").apply(lambda r: r[0] * 2).rows(), df.select(pl.col("a").apply(lambda v: v + 1)).rows())
print(df.groupby("a", maintain_order=True).apply(lambda d: d.head(1)).rows())
try:
    df.select("nope")
except pl.ColumnNotFoundError:
    print("caught")
"""
PYJWT = """
import jwt
from jwt import ExpiredSignature, InvalidAudience as Audience

token = jwt.encode({"a": 1, "aud": "x"}, "k" * 32, algorithm="HS256").decode("utf-8")
print(jwt.decode(token, verify=False)["a"], token.count("."))
try:
    jwt.decode(token, "k" * 32, algorithms=["HS256"], audience="y")
except (ExpiredSignature, Audience) as error:
    print(type(error).__name__)
"""
PROGRAMS = {
    "urllib3/1-to-2": (URLLIB3, ["urllib3==1.26.20"], ["urllib3>=2,<3"]),
    "httpx/0.27-to-0.28": (HTTPX, ["httpx==0.27.2"], ["httpx>=0.28,<0.29"]),
    "marshmallow/3-to-4": (MARSHMALLOW, ["marshmallow==3.26.1"], ["marshmallow>=4,<5"]),
    "flask/2-to-3 werkzeug/2-to-3": (FLASK, ["flask==2.0.3", "werkzeug==2.0.3"], ["flask>=3,<4"]),
    "sqlalchemy/1-to-2": (SQLALCHEMY, ["sqlalchemy==1.4.54"], ["sqlalchemy>=2,<3"]),
    "pandas/1-to-2": (PANDAS, ["pandas==1.5.3", "numpy<2"], ["pandas>=2,<3"]),
    "pyjwt/1-to-2": (PYJWT, ["pyjwt==1.7.1"], ["pyjwt>=2,<3"]),
    "polars/0-to-1": (POLARS, ["polars==0.18.15"], ["polars>=1,<2"]),
}
"""Packs, run in order, to the program, what it needs before, and after."""


@pytest.mark.online
@pytest.mark.parametrize("packs", PROGRAMS)
def test_same_answers(tmp_path: Path, packs: str) -> None:
    program, before, after = PROGRAMS[packs]
    code = program
    for pack in packs.split():
        code = rewritten(pack, code)
    assert code != program
    old = printed(environment(tmp_path / "old", *before), program)
    assert printed(environment(tmp_path / "new", *after), code) == old
