"""Hypothesis strategies for every kind of record, made from the types themselves."""

from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from hardwon.domain.record import TYPES

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)
_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)


def _of(info):  # noqa: C901, PLR0911  (one return a type)
    if isinstance(info, inspect.Metadata):
        return _of(info.type)
    if isinstance(info, inspect.StrType) and info.pattern:
        return st.from_regex(info.pattern.replace("$", r"\Z")).filter(
            lambda text: len(text) <= info.max_length
        )
    if isinstance(info, inspect.StrType):
        return _TEXT.filter(lambda text: len(text) >= (info.min_length or 0))
    if isinstance(info, inspect.IntType):
        return st.integers(info.ge if info.ge is not None else -(2**31), info.le or 2**31)
    if isinstance(info, inspect.FloatType):
        low, high = (info.ge if info.gt is None else info.gt, info.le if info.lt is None else info.lt)
        return st.floats(
            low,
            high,
            allow_nan=False,
            allow_infinity=False,
            exclude_min=info.gt is not None,
            exclude_max=info.lt is not None,
        )
    simple = {
        inspect.BoolType: st.booleans(),
        inspect.NoneType: st.none(),
        inspect.DateTimeType: _TIMES,
        inspect.DateType: st.dates(),
    }
    if type(info) in simple:
        return simple[type(info)]
    if isinstance(info, inspect.LiteralType):
        return st.sampled_from(info.values)
    if isinstance(info, inspect.UnionType):
        return st.one_of(*(_of(member) for member in info.types))
    if isinstance(info, inspect.VarTupleType):
        least = info.min_length or 0
        return st.lists(_of(info.item_type), min_size=least, max_size=max(2, least)).map(tuple)
    if isinstance(info, inspect.StructType):
        return _struct(info.cls)
    raise NotImplementedError(info)


def _struct(cls):
    return st.builds(cls, **{field.name: _of(field.type) for field in inspect.type_info(cls).fields})


RECORDS = {kind: _struct(cls) for kind, cls in TYPES.items()}
ANY_RECORD = st.one_of(*RECORDS.values())


def revised(record, number):
    """The record as it was at an earlier revision."""
    return msgspec.structs.replace(record, revision=number)
