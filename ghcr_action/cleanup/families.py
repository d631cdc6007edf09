"""A retention policy, a YAML file of the repository: for each family of tags the newest N and
everything younger than X.

    keep: [latest, main]
    keep-younger-than: 1 day
    families:
      - name: pull requests
        tags: pr-*
        keep-younger-than: 14 days
      - name: releases
        tags: [v*, /^[0-9]+[.]/]
        keep-last: 10
        keep-semver: 3 minors

The first family that names a tag counts. A tag that no family names keeps its image.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from ghcr_action.cleanup import age, rules, selector
from ghcr_action.cleanup.rules import By, Family, Rules
from ghcr_action.cleanup.selector import Selector
from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import yaml_texts

T = TypeVar("T")
MAX_BYTES = 1024 * 1024
_TOP = ("keep", "keep-younger-than", "by", "families")
_MEMBERS = ("name", "tags", "keep", "keep-last", "keep-younger-than", "keep-semver")


def parse(content: bytes, base: Rules) -> Rules:
    """The rules of this file, with what the inputs say beside it. Raises InvalidValue, which names
    the member."""
    document = _document(content)
    _known("the policy", document, _TOP)
    families = document.get("families")
    if not isinstance(families, list) or not families:
        raise InvalidValue("`families` is a list with at least one family")
    found = tuple(_family(entry, number) for number, entry in enumerate(families, 1))
    limit = _read(document, "keep-younger-than", age.parse)
    keep = tuple(_at("keep", partial(_tag, text)) for text in _texts(document, "keep"))
    by = _read(document, "by", _by)
    return replace(
        base,
        families=found,
        keep=tuple(dict.fromkeys((*keep, *base.keep))),
        younger_than=base.younger_than if limit is None else limit,
        by=by or base.by,
    )


def _document(content: bytes) -> Mapping[str, Any]:
    if len(content) > MAX_BYTES:
        raise InvalidValue(f"it has {len(content)} bytes; a policy has at most {MAX_BYTES}")
    try:
        document = yaml_texts.document(content)
    except InvalidValue as cause:
        raise InvalidValue(f"it is not YAML: {cause}") from cause
    if not isinstance(document, dict):
        raise InvalidValue("it is no mapping with `families`")
    return document


def _family(entry: object, number: int) -> Family:
    where = f"families[{number}]"
    if not isinstance(entry, dict):
        raise InvalidValue(f"{where} is no mapping with `tags`")
    _known(where, entry, _MEMBERS)
    selectors = tuple(
        _at(f"{where}.tags", partial(selector.parse, text)) for text in _texts(entry, "tags", where)
    )
    if not selectors:
        raise InvalidValue(f"{where}.tags is empty: name tags, or a word such as `untagged`")
    kept = entry.get("keep")
    if kept not in (None, "", "all"):
        raise InvalidValue(f"{where}.keep is {kept!r}: it can be `all`; a number is `keep-last`")
    return Family(
        name=str(entry.get("name") or selectors[0]),
        selectors=selectors,
        keep_last=_number(entry, "keep-last", where),
        younger_than=_read(entry, "keep-younger-than", age.parse, where) or timedelta(),
        keep_lines=_read(entry, "keep-semver", rules.lines, where),
        keeps_all=kept == "all",
    )


def _known(where: str, entry: Mapping[Any, Any], members: tuple[str, ...]) -> None:
    if unknown := next((name for name in entry if name not in members), None):
        raise InvalidValue(
            f"{where} has {unknown!r}: it can have {', '.join(f'`{name}`' for name in members)}"
        )


def _texts(entry: Mapping[str, Any], name: str, where: str = "") -> Iterator[str]:
    """One item or a list of items, as they are written."""
    value = entry.get(name) or []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str):
            raise InvalidValue(f"{_path(where, name)} has {item!r}, which is no text")
        yield item


def _number(entry: Mapping[str, Any], name: str, where: str) -> int:
    value = entry.get(name, "0")
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
        raise InvalidValue(f"{_path(where, name)} is {value!r}: it is a whole number, at least 0")
    return int(value)


def _read(
    entry: Mapping[str, Any], name: str, parse: Callable[[str], T], where: str = ""
) -> T | None:
    value = entry.get(name)
    return _at(_path(where, name), lambda: parse(str(value))) if value else None


def _at(path: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InvalidValue as cause:
        raise InvalidValue(f"{path}: {cause}") from cause


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _tag(text: str) -> Selector:
    found = selector.parse(text)
    if text in selector.WORDS:
        raise InvalidValue(f"`{text}` is a word for what goes, and no tag")
    return found


def _by(text: str) -> By:
    try:
        return By(text)
    except ValueError:
        raise InvalidValue(f"{text!r} is none of {', '.join(By)}") from None
