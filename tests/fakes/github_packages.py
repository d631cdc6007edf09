"""How GitHub answers for packages: an organization's below ``/orgs``, a user's below ``/users``,
refusals as it words them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from tests.fakes.github_account import (
    FORBIDDEN,
    PERSONAL,
    WRITER,
    Account,
    Answer,
    Call,
    Handler,
    Package,
    answers,
    error,
)
from tests.fakes.openapi_description import description

LAST_TAGGED = (
    "You cannot delete the last tagged version of a package. You must delete the package instead."
)
POPULAR = (
    "Publicly visible package versions with more than 5000 downloads cannot be "
    "deleted. Contact GitHub support for further assistance."
)
MOST_DOWNLOADS = 5000

_FAMILIES = {
    "orgs": "/orgs/{org}/packages/{package_type}/{package_name}",
    "users": "/users/{username}/packages/{package_type}/{package_name}",
}


def _for_each_family(verb: str, rest: str = "") -> Callable[[Any], Any]:
    def register(handle: Any) -> Any:
        for family, path in _FAMILIES.items():
            answers(f"{verb} {path}{rest}")(_finding(family, handle))
        return handle

    return register


def _finding(family: str, handle: Any) -> Handler:
    def answer(account: Account, call: Call) -> Answer:
        package = account.find_package(call, family)
        return (
            handle(account, call, package, family) if package else error(404, "Package not found.")
        )

    return answer


@_for_each_family("GET")
def get_package(account: Account, call: Call, package: Package, family: str) -> Answer:
    owner, name = call.parts[0], unquote(call.parts[2])
    document = description().example("package") | {
        "name": name,
        "package_type": "container",
        "visibility": package.visibility,
        "version_count": len(package.versions),
        "html_url": f"https://github.com/{family}/{owner}/packages/container/package/{quote(name, safe='')}",
    }
    if package.repository:
        full = account.repositories[package.repository.lower()]
        known = {key: full[key] for key in ("id", "name", "full_name", "html_url", "private")}
        document["repository"] = description().example("nullable-minimal-repository") | known
    return Answer(document=document)


@answers("GET /orgs/{org}/packages", "GET /users/{username}/packages")
def list_packages(account: Account, call: Call) -> Answer:
    if call.token not in (WRITER, PERSONAL):
        return error(403, FORBIDDEN)
    owner = call.parts[0].lower()
    names = (name for each, name in account.packages if each == owner)
    return Answer(
        page=[
            description().example("package")
            | {"name": name, "package_type": "container", "visibility": "private"}
            for name in names
        ]
    )


@_for_each_family("GET", "/versions")
def list_versions(account: Account, call: Call, package: Package, family: str) -> Answer:
    return Answer(
        page=package.deleted if call.query.get("state") == "deleted" else package.versions
    )


@_for_each_family("GET", "/versions/{package_version_id}")
def get_version(account: Account, call: Call, package: Package, family: str) -> Answer:
    version = _version(package.versions, call)
    return Answer(document=version) if version else error(404, "Package not found.")


@_for_each_family("DELETE", "/versions/{package_version_id}")
def delete_version(account: Account, call: Call, package: Package, family: str) -> Answer:
    version = _version(package.versions, call)
    if version is None:
        return error(404, "Package not found.")
    if call.token != WRITER or package.role != "admin":
        return error(403, FORBIDDEN)
    tagged = [each for each in package.versions if _tags(each)]
    if tagged == [version]:
        return error(400, LAST_TAGGED)
    if package.visibility == "public" and package.downloads[version["id"]] > MOST_DOWNLOADS:
        return error(400, POPULAR)
    package.versions.remove(version)
    package.deleted.insert(0, version | {"deleted_at": "2026-11-23T11:00:00Z"})
    package.changed(version, "deleted")
    return Answer(status=204)


@_for_each_family("POST", "/versions/{package_version_id}/restore")
def restore_version(account: Account, call: Call, package: Package, family: str) -> Answer:
    version = _version(package.deleted, call)
    if version is None:
        return error(404, "Package not found.")
    if call.token != WRITER or package.role != "admin":
        return error(403, FORBIDDEN)
    package.deleted.remove(version)
    version = {key: value for key, value in version.items() if key != "deleted_at"}
    package.versions.insert(0, version)
    package.changed(version, "restored")
    return Answer(status=204)


def _version(versions: list[dict[str, Any]], call: Call) -> dict[str, Any] | None:
    return next((each for each in versions if str(each["id"]) == call.parts[3]), None)


def _tags(version: dict[str, Any]) -> list[str]:
    return list(version["metadata"]["container"]["tags"])
