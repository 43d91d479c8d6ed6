"""The Pydantic pack against the last release of Pydantic 1 and the newest of 2: one program, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules_real.releases import environment, printed, rewritten

PROGRAM = """
import os
from datetime import date
from typing import Any, Generic, List, Optional, TypeVar, Union

import pydantic
from pydantic import BaseModel, BaseSettings, Extra, Field, ValidationError, conlist, constr, parse_obj_as
from pydantic import NoneStr, Required, StrBytes, root_validator, schema_of, validate_arguments, validator
from pydantic.color import Color
from pydantic.generics import GenericModel
from pydantic.utils import to_camel, to_lower_camel

T = TypeVar("T")


class Item(BaseModel):
    name: str = Field(..., regex="^[a-z]+$")
    tags: List[str] = Field([], min_items=0, max_items=2)
    note: Optional[str]
    kind: Union[str, None] = Field(description="kind")
    other: Any
    text: NoneStr
    raw: StrBytes = "x"
    must: int = Required

    class Config:
        # an item of an order
        orm_mode = True
        allow_mutation = False  # never changed
        extra = Extra.forbid
        anystr_strip_whitespace = True
        allow_population_by_field_name = True
        smart_union = True
        schema_extra = {
            "example": {"name": "a"},
        }

    @validator("name", pre=True, allow_reuse=True)
    def lower(cls, v):
        return v.lower()

    @validator("must")
    def more(cls, v, values, field):
        assert field.name == "must"
        return v + len(values.get("name", ""))

    @root_validator(pre=True)
    def filled(cls, values):
        values = dict(values)
        values.setdefault("must", 1)
        return values

    @root_validator
    def seen(cls, values):
        if "name" in values:  # Pydantic 2 does not come here where a field has failed
            print("seen", sorted(values))
        return values


class Special(Item):
    size: conlist(int, min_items=1) = [1]
    code: constr(regex="^x") = "x"
    fixed: int = Field(3, allow_mutation=False)

    class Config(Item.Config):
        title = "S"
        validate_assignment = True

    def dict(self, **kw):
        return {"special": True, **super().dict(**kw)}


class Row(BaseModel):
    name: str

    class Config:
        orm_mode = True


class Box(GenericModel, Generic[T]):
    content: T


class Env(BaseSettings):
    level: int = 1
    tint: Color = Color("red")

    class Config:
        env_prefix = "x_"
        case_sensitive = True


class Tags(BaseModel):
    __root__: List[constr(min_length=1)]

    def first(self):
        return self.__root__[0]


class Limits(BaseModel):
    low: pydantic.conint(gt=1)
    many: pydantic.conset(int, min_items=1)
    day: Optional[pydantic.condate(gt=date(2020, 1, 1))]


print(Tags(__root__=["a"]).first(), Tags.parse_obj(["b"]).__root__, Limits(low="2", many=[1]).many)
os.environ["x_level"] = "7"


@validate_arguments
def add(a: int, b: int = 2) -> int:
    return a + b


def show(item: Item, box: "Box[int]") -> Special:
    print(item.dict(exclude={"raw"}), box.dict(), item.copy(update={"must": 9}).must)
    return Special.parse_obj({"name": "B"})


item = Item(name=" A ")
special = show(item, Box[int](content="3"))
print(special.dict()["special"], special.json(include={"name"}) in ('{"name": "b"}', '{"name":"b"}'))
print(Item.parse_raw('{"name": "c"}').must, sorted(Item.__fields__), Item.construct(name="d").name)
print(Row.from_orm(item).name, item.__fields_set__ - {"must"}, special.__fields_set__ - {"must"})
print(Env().level, Env().tint.as_hex(), add("1"), Env().dict()["level"])
print(parse_obj_as(List[int], ["1"]), pydantic.parse_raw_as(int, "1"), schema_of(int)["type"])
print(to_camel("a_b"), to_lower_camel("a_b"))
try:
    Item(name="1", more=2)
except ValidationError as fault:
    print(len(fault.errors()))
try:
    item.name = "x"
except (TypeError, ValidationError):
    print("frozen")
Item.update_forward_refs()
print(Item.schema()["example"], Special.schema()["title"])
"""


@pytest.mark.online
def test_same_answers(tmp_path: Path) -> None:
    old = environment(tmp_path / "old", "pydantic<2")
    new = environment(tmp_path / "new", "pydantic>=2", "pydantic-settings", "pydantic-extra-types")
    after = rewritten("pydantic/1-to-2", PROGRAM)
    # The after-validators of whole models stay; Pydantic 2 runs them and warns.
    assert printed(new, after) == printed(old, PROGRAM)
