"""CEL expressions over integers: compiled once, bounded, refused with the fix.

CEL cannot loop for ever; the length bound keeps even a nested comprehension small, and the only
variables are integers, so there is no list to walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from hardwon.domain.errors import InputError

MAX_LENGTH: Final = 500
"""The longest expression, in characters."""
_TRIED: Final = (0, 1)
"""Values for which every new rule is asked once."""


@lru_cache(maxsize=256)
def compile_condition(expression: str, variables: tuple[str, ...]) -> Callable[[Mapping[str, int]], bool]:
    """Return a predicate over integer variables.

    Raises InputError where the expression is too long, does not compile, or is no condition; the
    predicate raises it where the expression runs too long or divides by zero.
    """
    from cel_expr_python import cel

    if len(expression) > MAX_LENGTH:
        raise InputError(f"A rule has at most {MAX_LENGTH} characters.", fix="Split it in two.")
    environment = cel.NewEnv(variables=dict.fromkeys(variables, cel.Type.INT))
    try:
        compiled = environment.compile(expression)
    except Exception as error:
        raise InputError(
            f"The rule {expression!r} does not compile: {_first_line(error)}",
            fix=f"It may use: {', '.join(variables)}.",
        ) from error
    if compiled.return_type() != cel.Type.BOOL:
        raise InputError(f"The rule {expression!r} is no condition.", fix="Compare two numbers.")

    def holds(values: Mapping[str, int]) -> bool:
        try:
            result = compiled.eval(data={name: values[name] for name in variables})
        except Exception as error:
            raise _unanswered(expression, _first_line(error)) from error
        if result.type() != cel.Type.BOOL:  # a division by zero, or an overflow, is a value of its own
            raise _unanswered(expression, str(result.plain_value()))
        return bool(result.plain_value())

    return holds


def _unanswered(expression: str, said: str) -> InputError:
    return InputError(
        f"The rule {expression!r} cannot be answered: {said}",
        fix="Make it shorter, or let it hold for zero too.",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else "unknown error"


def check_conditions(expressions: Sequence[str], variables: tuple[str, ...]) -> None:
    """Raise InputError for the first expression that is no condition over the variables, or runs too long."""
    for expression in expressions:
        holds = compile_condition(expression, variables)
        for value in _TRIED:
            holds(dict.fromkeys(variables, value))
