"""Names and web pages of a package, for the texts of the catalogue."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from ghcr_action.diagnosis.known import Circumstances, Login
from ghcr_action.values import size
from ghcr_action.values.answer import Answer

_LOGINS = {
    Login.UNKNOWN: "the login that was used",
    Login.NONE: "nobody is logged in there, and that",
    Login.JOB_TOKEN: "the job's token",
    Login.PASSWORD: "the account that is logged in",
}
_FAMILIES = {"Organization": "orgs", "User": "users"}


def names(circumstances: Circumstances) -> Mapping[str, str]:
    """What a cause or a fix may name; an unknown thing becomes words that fit into its sentence."""
    image = circumstances.image
    return {
        "image": str(image or "the package"),
        "host": circumstances.host or "the registry",
        "image_owner": circumstances.image_owner or "the image's owner",
        "owner": circumstances.owner or "the repository's owner",
        "namespace": circumstances.owner.lower() or "OWNER",
        "repository": circumstances.repository or "this repository",
        "settings": settings_url(circumstances) or "the package's settings page",
        "policy": policy_url(circumstances) or "the organization's settings for packages",
        "login": _LOGINS[circumstances.login],
        "reason": circumstances.reason,
        "permission": circumstances.permission or "packages: write",
        **_of(circumstances.answer),
    }


def sentence(mould: str, words: Mapping[str, str]) -> str:
    """A cause or a fix with its names filled in; a host stays as it is written where a sentence
    begins with it, other words get a capital."""
    told = mould.format_map(words)
    return f"The {told[4:]}" if told.startswith("the ") else told


def _of(answer: Answer | None) -> Mapping[str, str]:
    """What an answer adds."""
    return {
        "method": (answer.method if answer else "") or "request",
        "proxy": (answer.proxy if answer else "") or "the one that the engine is set to use",
        "size": size.words(answer.sent) if answer and answer.sent else "its size is not known",
        "offers": ", ".join(answer.offers if answer else ()) or "other platforms",
    }


def settings_url(circumstances: Circumstances) -> str:
    """The page with "Danger Zone" and "Manage Actions access"; empty where the owner's kind is
    unknown and no page is known.

    Organization and user forms as GitHub's pages have them; the package's name is one
    percent-encoded segment.
    """
    if circumstances.package_url:
        parts = urlsplit(circumstances.package_url)
        return urlunsplit(
            parts._replace(
                path=f"{parts.path.replace('/container/package/', '/container/')}/settings"
            )
        )
    owner, name = circumstances.image_owner, _package(circumstances)
    if not name:
        return ""
    if not circumstances.is_foreign and circumstances.owner_type in _FAMILIES:
        family = f"{circumstances.server_url}/{_FAMILIES[circumstances.owner_type]}"
        return f"{family}/{owner}/packages/container/{name}/settings"
    return ""


def policy_url(circumstances: Circumstances) -> str:
    """Where an organization says which packages its members may create; empty for a user or an
    unknown owner."""
    is_ours = not circumstances.is_foreign and circumstances.owner_type == "Organization"
    return (
        f"{circumstances.server_url}/organizations/{circumstances.owner}/settings/packages"
        if is_ours and circumstances.owner
        else ""
    )


def _package(circumstances: Circumstances) -> str:
    return quote(circumstances.image.path.partition("/")[2], safe="") if circumstances.image else ""
