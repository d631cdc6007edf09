"""Who logs in where: the inputs ``registry``, ``username``, ``password``, ``registry-auth`` and
the job's token."""

from collections.abc import Iterable, Mapping
from typing import Any

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import yaml_texts
from ghcr_action.logins.credential import Credential
from ghcr_action.values.event import Event
from ghcr_action.values.host import canonical
from ghcr_action.values.secret import Secret

_KEYS = frozenset({"registry", "username", "password"})
_ANYBODY = "github-actions"
"""GitHub's registry takes any user name beside a token."""


_OTHER_HOSTS = {
    "docker.com": "docker.io",
    "docker.pkg.github.com": "ghcr.io",
    "gchr.io": "ghcr.io",
    "ghcr.com": "ghcr.io",
    "github.com": "ghcr.io",
    "hub.docker.com": "docker.io",
    "registry.hub.docker.com": "docker.io",
}
"""Hosts that people take for a registry's."""


def credentials(texts: Mapping[str, str], token: Secret, event: Event) -> dict[str, Credential]:
    """Registry host to login. Raises one SettingsError for every login that is incomplete.

    ``password`` beats the token, which logs in to GitHub's own registry only: a token of another
    server never works there. Where GitHub withholds secrets, a login without a password is left
    out.
    """
    problems: list[str] = []
    registry = host(texts["registry"]) or event.registry
    found: dict[str, Credential] = {}
    if registry != event.registry and token:
        found[event.registry] = Credential(username=event.actor or _ANYBODY, password=token)
    if login := _main(registry, texts, token, event, problems):
        found[registry] = login
    for entry in _entries(texts["registry-auth"], problems, are_withheld=event.has_no_secrets):
        found[host(entry["registry"])] = Credential(
            username=entry["username"], password=Secret(entry["password"])
        )
    if problems:
        raise SettingsError("\n".join(problems))
    return found


def host(text: str) -> str:
    """The host of a registry, as people write it: scheme and path left out, in its one spelling."""
    return canonical(
        text.strip().removeprefix("https://").removeprefix("http://").partition("/")[0]
    )


def meant(registry: str, named: Iterable[str]) -> str:
    """The registry that somebody may have meant by a host that no name has; empty where none is
    near."""
    import difflib

    known = tuple(named)
    other = _OTHER_HOSTS.get(registry, "")
    return other or next(iter(difflib.get_close_matches(registry, known, n=1, cutoff=0.75)), "")


def _main(
    registry: str, texts: Mapping[str, str], token: Secret, event: Event, problems: list[str]
) -> Credential | None:
    username, password, is_ours = (
        texts["username"],
        Secret(texts["password"]),
        registry == event.registry,
    )
    if is_ours:
        password, username = password or token, username or event.actor or _ANYBODY
        return Credential(username=username, password=password) if password else None
    if password and not username:
        problems.append(f"`password` is given for {registry} without `username`")
    if username and not password and not event.has_no_secrets:
        problems.append(
            f"`username` is given for {registry} without `password`: is the secret set?"
        )
    return Credential(username=username, password=password) if username and password else None


def _entries(text: str, problems: list[str], *, are_withheld: bool) -> list[dict[str, str]]:
    """The items of ``registry-auth``; nothing of a wrong one is repeated in a message, since it may
    be a password."""
    if not text:
        return []
    try:
        listed = yaml_texts.document(text)
    except InvalidValue as cause:
        mark = getattr(cause.__cause__, "problem_mark", None)
        problems.append(f"`registry-auth` is not YAML{f': line {mark.line + 1}' if mark else ''}")
        return []
    if not isinstance(listed, list):
        problems.append(
            "`registry-auth` is not a list: write `- registry: …` with `username` and `password`"
        )
        return []
    entries = [
        _entry(number, item, problems)
        for number, item in enumerate(listed, 1)
        if not (are_withheld and _is_withheld(item))
    ]
    return [entry for entry in entries if entry]


def _is_withheld(item: Any) -> bool:
    return isinstance(item, dict) and not str(item.get("password", "")).strip()


def _entry(number: int, item: Any, problems: list[str]) -> dict[str, str]:
    where = f"`registry-auth`, item {number}"
    if not isinstance(item, dict):
        problems.append(f"{where} is not a mapping of `registry`, `username` and `password`")
        return {}
    entry = {str(key): str(value) for key, value in item.items()}
    unknown, missing = (
        sorted(entry.keys() - _KEYS),
        sorted(key for key in _KEYS if not entry.get(key, "").strip()),
    )
    if unknown:
        problems.append(
            f"{where} has {', '.join(unknown)}: only registry, username and password are known"
        )
    if missing:
        problems.append(f"{where} has no {', '.join(missing)}")
    return {} if unknown or missing else entry
