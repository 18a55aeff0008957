"""JSON documents that can be understood in one way only, and checks of them that refuse what nobody thought of."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from docker_guard.refusal import RefusalError

Document = dict[str, Any]
# Says what is allowed where a value is not, else None. A value that is left out or null comes as None.
Check = Callable[[Any], str | None]


def read_document(body: bytes) -> Document:
    """Reads a JSON object without doubled keys. Raises RefusalError with 400."""
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, "The body is not JSON that can be understood in one way only.") from error
    return mapping("The body", document)


def _without_doubles(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is there twice")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def mapping(what: str, value: object) -> Document:
    """The value as an object; nothing is an empty one. Raises RefusalError with 403."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusalError(403, f"{what} must be an object.")
    return value


def checked(section: str, given: Document, checks: Mapping[str, Check]) -> Document:
    """What of `given` may be forwarded.

    The engine takes keys in any case, and newer engines know more keys than are known here. So a key that has no check,
    in exactly this writing, must be without a value, and is left out. Raises RefusalError with 403, which names field,
    value and what is allowed.
    """
    for key, value in given.items():
        if key not in checks and value not in (None, "", 0, [], {}):
            raise RefusalError(403, f"{section}{key} is {shown(value)}; the docker guard does not let a task set it.")
    for key, check in checks.items():
        allowed = check(given.get(key))
        if allowed is not None:
            raise RefusalError(403, f"{section}{key} is {shown(given.get(key))}; the docker guard allows {allowed}.")
    return {key: given[key] for key in checks if given.get(key) is not None}


def shown(value: object) -> str:
    """A value for people, not longer than a line."""
    text = "not set" if value is None else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def anything(_: object) -> None:
    """For fields that cannot do harm, whatever they are."""


def one_of(*allowed: object) -> Check:
    """Exactly one of these values, of the same type; None and "" stand for a field that is left out."""
    words = " or ".join(shown(value) for value in allowed if value not in (None, ""))

    def check(value: object) -> str | None:
        return None if any(value == each and type(value) is type(each) for each in allowed) else words

    return check


def whole_number(low: int, high: int, words: str, *, optional: bool = False) -> Check:
    """A whole number in these bounds."""

    def check(value: object) -> str | None:
        if value is None and optional:
            return None
        return None if type(value) is int and low <= value <= high else words

    return check
