"""What passes from the adapters to a person: every refusal of engine, registry and API is looked
up here, whatever the mode."""

import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ghcr_action.diagnosis.find import explain
from ghcr_action.diagnosis.known import Circumstances, Login, Where
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.errors import ActionError, BuildFailed, InvalidValue, Unavailable
from ghcr_action.logins.credential import Credential
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

_API = re.compile(
    r"\b(?:GET|POST|PATCH|PUT|DELETE) /(?!v2/)\S+ (?:was answered with|has no usable answer)"
)
_REGISTRY = re.compile(
    r"\b(?:GET|HEAD|POST|PATCH|PUT|DELETE) "
    r"https?://(?P<host>[^/\s]+)/(?:v2/(?P<name>\S+?)/(?:manifests|blobs|tags|referrers)/|)"
)
_NAMED = re.compile(
    r"\b(?P<host>ghcr\.io|containers\.[\w.-]+)/(?P<name>[a-z0-9][a-z0-9._/-]*[a-z0-9])"
)
_PERMISSIONS = (
    (re.compile(r" /repos/[^/\s]+/[^/\s]+/(?:issues|pulls)\b"), "pull-requests: write"),
    (re.compile(r" /(?:orgs|users|user)/"), "packages: write"),
)


def tell(
    error: ActionError,
    event: Event,
    *,
    credentials: Mapping[str, Credential],
    token: Secret,
    secrets: Iterable[Secret] = (),
    may_write_packages: bool = False,
) -> ActionError:
    """The error with the cause and the fix of the catalogue where it has one, and without any
    secret; else as it was.

    ``credentials`` by registry host tell what kind of login was refused. An error that has been
    told already stays as it is.
    """
    hidden = tuple(secret for secret in (*secrets, token) if secret)
    where = place(error)
    if where is None or error.code != type(error).code:
        return error
    said = f"{error.what}\n{error.why}"
    image = image_in(said)
    context = replace(
        Circumstances.during(event),
        image=image,
        login=_login(image, event, credentials, token),
        permission=next((name for pattern, name in _PERMISSIONS if pattern.search(said)), ""),
        secrets=hidden,
        may_write_packages=may_write_packages,
    )
    found = explain(error, where=where, context=context)
    return found if found is not error else _without_secrets(error, hidden)


def place(error: ActionError) -> Where | None:
    """Who refused: the engine, a registry or the API; None where nobody did, because a rule of ours
    stopped the run."""
    if isinstance(error, BuildFailed):
        return Where.ENGINE
    if _API.search(error.why):
        return Where.API
    return Where.REGISTRY if _REGISTRY.search(error.why) else None


def image_in(text: str) -> Repository | None:
    """The repository that a failure is about: of the request's address, else of a name at GitHub's
    registry."""
    for pattern in (_REGISTRY, _NAMED):
        for found in pattern.finditer(text):
            try:
                return (
                    Repository.parse(f"{found['host']}/{found['name']}") if found["name"] else None
                )
            except InvalidValue:
                continue
    return None


def _login(
    image: Repository | None, event: Event, credentials: Mapping[str, Credential], token: Secret
) -> Login:
    login = credentials.get(image.registry if image else event.registry)
    if login is None:
        return Login.NONE
    return Login.JOB_TOKEN if login.password == token else Login.PASSWORD


def _without_secrets(error: ActionError, secrets: tuple[Secret, ...]) -> ActionError:
    """The same error with its texts redacted."""
    what, why, fix = (redact(text, secrets) for text in (error.what, error.why, error.fix))
    return (
        error
        if (what, why, fix) == (error.what, error.why, error.fix)
        else type(error)(what, why=why, fix=fix, docs=error.docs)
    )


_FULL = (
    "Free space before this step (`docker system prune --all --force`, or remove "
    "tools the job does not need), or use a larger runner."
)
_READ_ONLY = (
    "Give the step a workspace and a RUNNER_TEMP that it may write; on a runner "
    "of your own, look at how they are mounted."
)
_KNOWN = {
    errno.ENOSPC: ("The machine's disk is full", _FULL),
    errno.EDQUOT: ("The machine's disk quota is used up", _FULL),
    errno.EROFS: ("The file system can only be read", _READ_ONLY),
    errno.EACCES: ("A file may not be read or written", _READ_ONLY),
    errno.EPERM: ("A file may not be changed", _READ_ONLY),
}


def machine_fault(cause: OSError) -> ActionError | None:
    """The error for a person, with the file where one is known; None for what only a mistake of
    ours explains.

    Numbers: https://man7.org/linux/man-pages/man3/errno.3.html.
    """
    what, fix = _KNOWN.get(cause.errno or 0, ("", ""))
    place = f": {cause.filename}" if isinstance(cause.filename, str) else ""
    return (
        Unavailable(f"{what}{place}", why=f"{cause.strerror}", fix=fix, code="MACHINE")
        if what
        else None
    )
