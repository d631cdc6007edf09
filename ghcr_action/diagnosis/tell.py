"""What passes from the adapters to a person: every refusal of engine, registry and API is looked up
here, once, whatever the mode."""

import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ghcr_action.diagnosis.find import explain
from ghcr_action.diagnosis.known import Circumstances, Login
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.errors import ActionError, InvalidValue, Unavailable
from ghcr_action.logins.credential import Credential
from ghcr_action.values.answer import Answer
from ghcr_action.values.event import Event
from ghcr_action.values.host import DOCKER_HUB
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

_NAME = r"(?P<name>[a-z0-9][a-z0-9._/-]{0,250}[a-z0-9])"
_ADDRESS = re.compile(rf"https?://(?P<host>[^/\s]+)/v2/{_NAME}/(?:manifests|blobs|tags|referrers)/")
_REFUSED = re.compile(
    rf"failed to push (?P<host>[a-z0-9.:-]{{1,250}})/{_NAME}(?::[\w.-]{{1,128}})?: "
)
_PUSHED = re.compile(
    r"(?:push|pull|pushing|metadata for|manifest for|denied for) "
    rf"(?P<host>[a-z0-9.:-]{{1,250}})/{_NAME}"
)
_NAMED = re.compile(rf"(?<![\w./-])(?P<host>ghcr\.io|containers\.[\w.-]{{1,250}})/{_NAME}")
_HOST = r"(?P<host>[\w.-]{1,250}(?::[0-9]+)?)"
_ASKED = re.compile(
    rf'(?:Get|Head|Post|Put|Patch) "https?://{_HOST}[/"]'
    rf"|unable to access 'https?://{_HOST.replace('host', 'git')}[/']"
)
_HUB = {"registry-1.docker.io": DOCKER_HUB, "index.docker.io": DOCKER_HUB}


def tell(
    error: ActionError,
    event: Event,
    *,
    credentials: Mapping[str, Credential],
    token: Secret,
    secrets: Iterable[Secret] = (),
    about: Repository | None = None,
) -> ActionError:
    """The error with the cause and the fix of the catalogue where it has one, and without any
    secret; else as it was.

    ``about`` is what the run pushes to, for an engine that names no image. ``credentials`` by
    registry host tell what kind of login was refused. Asked once: an error that
    was told stays as it is, and so does one that has a code of its own.
    """
    hidden = tuple(secret for secret in (*secrets, token) if secret)
    answer = error.answer
    if answer is None or error.is_told or error.code != type(error).code:
        return error
    named = answer.repository or image_in(answer.words)
    if not named and not answer.host and (host := host_in(answer.words)):
        answer = error.answer = replace(answer, host=host)
    image = named or about
    context = replace(
        Circumstances.during(event),
        image=image,
        login=_login(_host(answer, image, event), credentials, token),
        secrets=hidden,
    )
    found = explain(error, context)
    told = found if found is not error else _without_secrets(error, hidden)
    told.is_told = True
    return told


def image_in(words: str) -> Repository | None:
    """The repository that an engine speaks of, last: that which it could not push to, where it
    pushes to several; else that of a request's address, what was pushed or pulled, or a name at
    GitHub's registry."""
    for pattern in (_REFUSED, _ADDRESS, _PUSHED, _NAMED):
        for found in reversed(tuple(pattern.finditer(words[-20_000:]))):
            try:
                return Repository.parse(f"{_HUB.get(found['host'], found['host'])}/{found['name']}")
            except InvalidValue:
                continue
    return None


def host_in(words: str) -> str:
    """The host that the engine, or its Git, asked last; empty where it names none."""
    found = tuple(_ASKED.finditer(words[-20_000:]))
    return (found[-1]["host"] or found[-1]["git"]) if found else ""


def _host(answer: Answer, image: Repository | None, event: Event) -> str:
    return answer.host or (image.registry if image else event.registry)


def _login(host: str, credentials: Mapping[str, Credential], token: Secret) -> Login:
    login = credentials.get(host)
    if login is None:
        return Login.NONE
    return Login.JOB_TOKEN if login.password == token else Login.PASSWORD


def _without_secrets(error: ActionError, secrets: tuple[Secret, ...]) -> ActionError:
    """The same error with its texts redacted."""
    what, why, fix = (redact(text, secrets) for text in (error.what, error.why, error.fix))
    return error.but(what=what, why=why, fix=fix)


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
