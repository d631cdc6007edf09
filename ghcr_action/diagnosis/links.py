"""Names and web pages of a package, for the texts of the catalogue."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from ghcr_action.diagnosis.known import Circumstances

_FAMILIES = {"Organization": "orgs", "User": "users"}


def names(circumstances: Circumstances) -> Mapping[str, str]:
    """What a cause or a fix may name; an unknown thing becomes words that fit into its sentence."""
    image = circumstances.image
    return {
        "image": str(image or "the package"),
        "host": image.registry if image else "the registry",
        "image_owner": circumstances.image_owner or "the image's owner",
        "owner": circumstances.owner or "the repository's owner",
        "namespace": circumstances.owner.lower() or "OWNER",
        "repository": circumstances.repository or "this repository",
        "settings": settings_url(circumstances) or "the package's settings page",
        "policy": policy_url(circumstances) or "the organization's settings for packages",
        "permission": circumstances.permission or "packages: write",
        "index": circumstances.index or "the index",
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
