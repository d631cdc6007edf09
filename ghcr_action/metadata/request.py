"""The inputs and environment switches of this part, parsed once into one frozen value; every
problem is told at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.metadata import flavor as flavors
from ghcr_action.metadata import image_names, tag_rules
from ghcr_action.metadata import labels as label_items
from ghcr_action.metadata.expressions import Template
from ghcr_action.metadata.flavor import Flavor
from ghcr_action.metadata.labels import Item
from ghcr_action.metadata.tag_rules import Rule

BAKE_TARGET = "docker-metadata-action"
"""The peer's own name, because users' bake files inherit from it."""
_DOCS = "https://github.com/docker/metadata-action#inputs"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user wants: rules sorted by priority, and how it is to be written."""

    images: tuple[str, ...]
    rules: tuple[Rule, ...]
    flavor: Flavor
    labels: tuple[Item, ...] = ()
    annotations: tuple[Item, ...] = ()
    annotation_levels: tuple[str, ...] = label_items.PEER_LEVELS
    sep_tags: str = "\n"
    sep_labels: str = "\n"
    sep_annotations: str = "\n"
    bake_target: str = BAKE_TARGET
    pr_head: bool = False
    """Take a pull request's head commit in place of its merge commit."""
    keep_merge: bool = False
    """Keep the merge commit in a label of its own then."""
    short_sha_length: int = 7
    export: bool = True
    """Set ``DOCKER_METADATA_OUTPUT_*`` for later steps."""
    warnings: tuple[str, ...] = ()

    @property
    def needs_commit_date(self) -> bool:
        """Whether any text uses ``commit_date``, so that nobody is asked for it in vain."""
        return any("commit_date" in template.names for template in self._templates())

    @property
    def needs_default_branch(self) -> bool:
        """Whether a name depends on which branch is the default one."""
        texts = {"is_default_branch", "is_not_default_branch"}
        edges = (rule.source for rule in self.rules if isinstance(rule.source, tag_rules.Edge))
        return any(not edge.branch for edge in edges) or any(
            texts & set(template.names) for template in self._templates()
        )

    def _templates(self) -> Iterator[Template]:
        rules = chain.from_iterable(rule.templates() for rule in self.rules)
        items = (item.template for item in (*self.labels, *self.annotations))
        return chain(rules, (self.flavor.prefix, self.flavor.suffix), items)


def parse(
    *,
    images: str | tuple[str, ...] = "",
    tags: str | tuple[str, ...] = "",
    flavor: str = "",
    labels: str = "",
    annotations: str = "",
    annotation_levels: str = "",
    sep_tags: str = "\n",
    sep_labels: str = "\n",
    sep_annotations: str = "\n",
    bake_target: str = "",
    pr_sha: str = "",
    default_levels: tuple[str, ...] = label_items.PEER_LEVELS,
    environ: Mapping[str, str],
) -> Request:
    """Read every input as its text, or ``images`` and ``tags`` as the items of one. Raises one
    SettingsError that names each problem: input, line, attribute, what is allowed."""
    problems = _Problems()
    listed = _lists(
        problems, images=images, tags=tags, flavor=flavor, labels=labels, annotations=annotations
    )
    switch = _Switches(environ, problems)
    head = problems.read("pr-sha", _pr_sha, pr_sha)
    levels = problems.read(
        "annotation-levels",
        label_items.levels,
        annotation_levels or switch.text("ANNOTATIONS_LEVELS"),
    )
    request = replace(
        listed,
        annotation_levels=levels or default_levels,
        sep_tags=sep_tags or "\n",
        sep_labels=sep_labels or "\n",
        sep_annotations=sep_annotations or "\n",
        bake_target=bake_target or BAKE_TARGET,
        pr_head=bool(head or switch.is_on("PR_HEAD_SHA", default=False)),
        keep_merge=bool(head),
        short_sha_length=switch.number("SHORT_SHA_LENGTH", default=7),
        export=switch.is_on("SET_OUTPUT_ENV", default=True),
        warnings=tuple(problems.warnings),
    )
    problems.raise_any()
    return request


def _lists(
    problems: "_Problems",
    *,
    images: str | tuple[str, ...],
    tags: str | tuple[str, ...],
    flavor: str,
    labels: str,
    annotations: str,
) -> Request:
    """The inputs that are lists, as the request that they alone make."""
    names, *name_problems = image_names.parse(problems.lines("images", images))
    rules, *rule_problems = tag_rules.parse(problems.lines("tags", tags))
    taste, *flavor_problems = flavors.parse(problems.lines("flavor", flavor))
    label, *label_problems = label_items.parse("labels", problems.lines("labels", labels))
    annotation, *annotation_problems = label_items.parse(
        "annotations", problems.lines("annotations", annotations), leveled=True
    )
    for found in (
        name_problems,
        rule_problems,
        flavor_problems,
        label_problems,
        annotation_problems,
    ):
        problems.take(*found)
    problems.take((), image_names.warnings(names))
    return Request(images=names, rules=rules, flavor=taste, labels=label, annotations=annotation)


class _Problems:
    """Everything that is wrong, collected before anything is raised."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.warnings: list[str] = []

    def take(self, problems: tuple[str, ...], warnings: tuple[str, ...] = ()) -> None:
        self.texts.extend(problems)
        self.warnings.extend(warnings)

    def lines(self, name: str, text: str | tuple[str, ...]) -> tuple[str, ...]:
        if isinstance(text, tuple):
            return text
        return (
            self.read(
                name,
                lambda text: lists.lines(
                    text, comments=True, requote=name not in ("labels", "annotations")
                ),
                text,
            )
            or ()
        )

    def read(self, name: str, parse: Callable[[str], T], text: str) -> T | None:
        try:
            return parse(text)
        except InvalidValue as error:
            self.texts.append(f"{name}: {error}")
            return None

    def raise_any(self) -> None:
        if not self.texts:
            return
        if len(self.texts) == 1:
            raise SettingsError(self.texts[0], docs=_DOCS)
        listed = "\n".join(f"- {text}" for text in self.texts)
        raise SettingsError(
            f"{len(self.texts)} problems in the inputs for tags and labels:\n{listed}", docs=_DOCS
        )


class _Switches:
    """The environment variables ``DOCKER_METADATA_*``."""

    def __init__(self, environ: Mapping[str, str], problems: _Problems) -> None:
        self._environ = environ
        self._problems = problems

    def text(self, name: str) -> str:
        return self._environ.get(f"DOCKER_METADATA_{name}", "").strip()

    def is_on(self, name: str, *, default: bool) -> bool:
        text = self.text(name)
        return (
            default
            if not text
            else bool(self._problems.read(f"DOCKER_METADATA_{name}", lists.go_boolean, text))
        )

    def number(self, name: str, *, default: int) -> int:
        text = self.text(name)
        return (
            default
            if not text
            else self._problems.read(f"DOCKER_METADATA_{name}", _length, text) or default
        )


def _length(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise InvalidValue(f"{text!r} is not a length: write a number of hex digits, for example 12")


def _pr_sha(text: str) -> bool:
    if text not in ("", "merge", "head"):
        raise InvalidValue(f"{text!r}: merge or head are allowed")
    return text == "head"
