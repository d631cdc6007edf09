"""What a registry lists: tags, page by page, and referrers, by the API or by the fallback tag.

Source: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-discovery.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import requests

from ghcr_action.adapters.registry.address import join, origin
from ghcr_action.adapters.registry.caller import Call, Caller
from ghcr_action.adapters.registry.manifests import Manifests
from ghcr_action.adapters.registry.streams import read_small
from ghcr_action.errors import ActionError, ContentInvalid, InvalidValue
from ghcr_action.values import oci
from ghcr_action.values.answer import Part
from ghcr_action.values.oci import MAX_MANIFEST, Descriptor, Index, MediaType
from ghcr_action.values.reference import Digest, Repository, Tag

MAX_PAGES = 1000
"""More pages than this are taken for a list without end."""
_PAGE = 1000
_MAX_PAGE = 16 * 1024 * 1024


class Listings(Manifests):
    """Tag lists and referrers, and the manifests that a fallback tag needs."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._without_referrers: set[str] = set()

    def tags(self, repository: Repository) -> tuple[Tag, ...] | None:
        """Every tag once, in the registry's order; None where there is no such repository.
        ContentInvalid for a list without end."""
        call = Call(
            purpose=f"list the tags of {repository}",
            method="GET",
            repository=repository,
            part=Part.TAGS,
            path=f"tags/list?n={_PAGE}",
            accepted=frozenset({200, 404}),
        )
        found: dict[Tag, None] = {}
        for page in self._pages(call, lambda response: _tags(response, call)):
            if page is None:
                return None
            found.update(dict.fromkeys(page))
        return tuple(found)

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        """What describes this digest. Anything but an index is taken as no such API: GitHub's
        registry answers 404 or redirects."""
        if repository.registry not in self._without_referrers:
            found = self._by_api(repository, subject)
            if found is not None:
                return found
            self._without_referrers.add(repository.registry)
        index = self.manifest(repository.tag(oci.fallback_tag(subject)))
        return oci.referrers_in(index, subject)

    def _by_api(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...] | None:
        call = Call(
            purpose=f"list the referrers of {repository.at(subject)}",
            method="GET",
            repository=repository,
            part=Part.REFERRERS,
            path=f"referrers/{subject}",
            accepted=frozenset({200, *range(300, 500)} - {408, 429}),
            headers={"Accept": MediaType.OCI_INDEX},
            follows=False,
        )
        found: list[Descriptor] = []
        for page in self._pages(call, lambda response: _referrers(response, call)):
            if page is None:
                return None
            found.extend(page)
        return tuple(found)

    def _pages(self, call: Call, read: Callable[[requests.Response], Any]) -> Iterator[Any]:
        seen: set[str] = set()
        path = call.path
        while path:
            if path in seen or len(seen) == MAX_PAGES:
                raise _invalid(call.purpose, f"the list has no end: {len(seen)} pages were read")
            seen.add(path)
            asked = replace(call, path=path)
            page, path = self._caller.ask(
                asked, lambda response: (read(response), _next(response, call.purpose))
            )
            yield page


def _next(response: requests.Response, purpose: str) -> str:
    target = response.links.get("next", {}).get("url", "") if response.status_code == 200 else ""
    if not target:
        return ""
    url = join(response.url, target)
    if origin(url) != origin(response.url):
        raise _invalid(purpose, "the next page is said to be at another host")
    return url


def _tags(response: requests.Response, call: Call) -> tuple[Tag, ...] | None:
    """``{"name": …, "tags": ["1", …] or null}``."""
    if response.status_code == 404:
        return None
    try:
        listed = (
            json.loads(read_small(response, _MAX_PAGE, call.purpose, call.about)).get("tags") or []
        )
        return tuple(map(Tag.parse, listed))
    except (ValueError, TypeError, AttributeError, RecursionError) as cause:
        why = oci.TOO_DEEP if isinstance(cause, RecursionError) else cause
        raise _invalid(call.purpose, f"the answer is not a list of tags: {why}") from cause


def _referrers(response: requests.Response, call: Call) -> tuple[Descriptor, ...] | None:
    if (
        response.status_code != 200
        or response.headers.get("Content-Type", "").partition(";")[0] != MediaType.OCI_INDEX
    ):
        return None
    try:
        index = oci.parse(
            read_small(response, MAX_MANIFEST, call.purpose, call.about), MediaType.OCI_INDEX
        )
    except InvalidValue as cause:
        raise _invalid(call.purpose, f"the answer is not an index: {cause}") from cause
    return index.manifests if isinstance(index, Index) else ()


def _invalid(purpose: str, why: str) -> ActionError:
    return ContentInvalid(
        f"Could not {purpose}", why=why, fix="Whoever runs the registry has to mend this."
    )
