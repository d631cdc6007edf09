"""The rules of ``mode: cleanup`` as the inputs have them: what goes, what stays, in our words and
in those of the peers' workflows."""

from collections.abc import Iterable
from datetime import timedelta

from ghcr_action.cleanup import age, rules, selector
from ghcr_action.cleanup.rules import Brake, By, Family, Lines, Rules
from ghcr_action.cleanup.selector import Kind, Selector
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.settings import cleanup_words
from ghcr_action.settings.reader import Reader

DEFAULT_AGE = "1 day"
"""Long enough for a workflow that pushes by digest and names its digests at the end."""
UNTAGGED = Selector("untagged", Kind.UNTAGGED)
TAGGED = Selector("tagged", Kind.TAGGED)


def read(reader: Reader) -> Rules:
    """The rules by the inputs; problems stay with the reader."""
    reader.part(None, lambda: _contradictions(reader))
    last, untagged = (
        _number(reader, "keep-last", ("keep-n-tagged", "min-versions-to-keep")),
        _number(reader, "keep-n-untagged", ("min-versions-to-keep",)),
    )
    items = reader.part(tuple[Selector, ...](), lambda: _remove(reader))
    tagged = tuple(each for each in items if each.kind is not Kind.UNTAGGED)
    lines = reader.part(None, lambda: _lines(reader))
    by = reader.choice("by", tuple(By))
    families = (
        Family(name="remove", selectors=tagged, keep_last=last, keep_lines=lines),
        Family(
            name="remove", selectors=(UNTAGGED,), keep_last=untagged, last_name="keep-n-untagged"
        ),
    )
    return Rules(
        families=tuple(
            each
            for each in families
            if each.selectors and (each.selectors != (UNTAGGED,) or UNTAGGED in items)
        ),
        keep=reader.part((), lambda: _keep(reader)),
        younger_than=reader.part(timedelta(), lambda: _age(reader)),
        by=by,
        brake=Brake(
            share=reader.part(0, lambda: _share(reader)), deletions=reader.number("max-deletions")
        ),
        untag=reader.boolean("untag"),
    )


def _contradictions(reader: Reader) -> None:
    """Two inputs of which one says the opposite of the other."""
    items = reader.items("remove")
    if reader.optional_boolean("delete-untagged") is False:
        for name, is_wanted in (
            ("keep-n-untagged", reader.text("keep-n-untagged") not in ("", "0")),
            ("remove", "untagged" in items),
        ):
            if is_wanted:
                raise SettingsError(
                    f"`delete-untagged: false` and `{name}` say different things",
                    why=f"`{name}` removes untagged images",
                    fix=f"Remove `{name}` or `delete-untagged`.",
                )


def _number(reader: Reader, ours: str, theirs: tuple[str, ...]) -> int:
    """The number of the one input that is given."""
    name = ours
    for each in theirs:
        name = _one_of(reader, name, each)
    return (
        0 if reader.text(name) == "-1" and name == "min-versions-to-keep" else reader.number(name)
    )


def _remove(reader: Reader) -> tuple[Selector, ...]:
    """What goes; the peers' inputs add to it, and where nothing names anything it is
    ``untagged``."""
    named = (
        *_selectors("remove", reader.items("remove")),
        *_selectors(
            "delete-tags", reader.items("delete-tags"), is_regex=reader.boolean("use-regex")
        ),
        *cleanup_words.image_tags(reader)[0],
    )
    for name, kind in cleanup_words.BROKEN.items():
        if reader.boolean(name):
            named = (*named, Selector(kind.value, kind))
    selection, untagged = reader.text("tag-selection"), reader.optional_boolean("delete-untagged")
    if selection not in ("", "both", "tagged", "untagged"):
        raise SettingsError(
            f"`tag-selection` is {selection!r}", why="it can be `both`, `tagged`, `untagged`"
        )
    if not named and (reader.text("keep-n-tagged") != "0" or selection in ("both", "tagged")):
        named = (TAGGED,)
    if untagged or reader.text("keep-n-untagged") != "0" or selection in ("both", "untagged"):
        named = (*named, UNTAGGED)
    if not named and untagged is None:
        named = (UNTAGGED,)
    return tuple(dict.fromkeys(named))


def _keep(reader: Reader) -> tuple[Selector, ...]:
    own = _selectors("keep-tags", reader.items("keep-tags"), words=False)
    theirs = _selectors(
        "exclude-tags",
        reader.items("exclude-tags"),
        words=False,
        is_regex=reader.boolean("use-regex"),
    )
    digests = _selectors("skip-shas", reader.items("skip-shas"), words=False)
    return tuple(dict.fromkeys((*own, *theirs, *digests, *cleanup_words.image_tags(reader)[1])))


def _selectors(
    name: str, texts: Iterable[str], *, words: bool = True, is_regex: bool = False
) -> tuple[Selector, ...]:
    try:
        found = tuple(selector.parse(f"/{text}/" if is_regex else text) for text in texts)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause
    word = next((each for each in found if each.text in selector.WORDS), None)
    if word and not words:
        raise SettingsError(
            f"`{name}`: `{word}` is a word of `remove`, and no tag", fix=f"{name}: /^{word}$/"
        )
    return found


def _lines(reader: Reader) -> Lines | None:
    text = reader.text("keep-semver")
    try:
        return rules.lines(text) if text else None
    except InvalidValue as cause:
        raise SettingsError(f"`keep-semver`: {cause}") from cause


def _share(reader: Reader) -> int:
    """Percent, from 0 to 100."""
    text = reader.text("max-share").removesuffix("%").strip()
    if text.isascii() and text.isdecimal() and int(text) <= 100:
        return int(text)
    raise SettingsError(
        f"`max-share` is {reader.text('max-share')!r}",
        why="it is a share of the tagged images from `0%` to `100%`",
    )


def _age(reader: Reader) -> timedelta:
    name = _one_of(reader, _one_of(reader, "keep-younger-than", "older-than"), "cut-off")
    try:
        return age.parse(reader.text(name) or DEFAULT_AGE)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


def _one_of(reader: Reader, ours: str, theirs: str) -> str:
    """The input that is given; a problem where both are and differ."""
    is_given = {name: reader.text(name) not in ("", "0") for name in (ours, theirs)}
    if all(is_given.values()) and reader.text(ours) != reader.text(theirs):
        reader.part(None, lambda: _refuse_both(ours, theirs))
    return theirs if is_given[theirs] and not is_given[ours] else ours


def _refuse_both(ours: str, theirs: str) -> None:
    raise SettingsError(
        f"`{ours}` and `{theirs}` say different things",
        why="they are two words for the same rule",
        fix=f"Remove `{theirs}`.",
    )


def notices(reader: Reader, found: Rules) -> tuple[str, ...]:
    """Rules that can't have an effect."""
    if reader.is_given("keep-last") and not found.removes_tagged:
        return (
            (
                "`keep-last` has nothing to keep: `remove` names no tagged image, so that every "
                "tagged image stays."
            ),
        )
    return ()
