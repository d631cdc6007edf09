"""Attestations in words: outputs, a row of the summary and the comment, and how to verify by
hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ghcr_action.attestation.found import Found
    from ghcr_action.plans.attest import Attested, Attesting, Unattested

Pin = tuple[str, str, str]
SHOWN = 20
"""Attestations that a report lists."""


def plan_json(plan: Attesting | Unattested) -> dict[str, object]:
    """The plan for machines."""
    from ghcr_action.plans.attest import Unattested

    if isinstance(plan, Unattested):
        return {"signs": False, "reason": plan.why}
    return {
        "signs": True,
        "instance": plan.instance.name,
        "github": plan.in_api,
        "registry": plan.in_registry,
        "required": plan.is_required,
    }


def outputs(attested: Attested | None) -> tuple[tuple[str, str], ...]:
    """``attestation-url``, ``attestation-ids`` and ``bundle``; empty where nothing was signed."""
    return (
        ("attestation-url", attested.url if attested else ""),
        ("attestation-ids", "\n".join(attested.ids) if attested else ""),
        ("bundle", attested.bundle if attested else ""),
    )


def sentence(attested: Attested | None) -> str:
    """What a row says; empty where nobody meant to sign."""
    if attested is None:
        return ""
    if attested.problem:
        return f"not attested: {attested.problem}"
    log = "in a public log" if attested.is_public else "with a timestamp"
    page = f" · {attested.url}" if attested.url else ""
    return f"signed by {_workflow(attested.signer)}, {log}; kept by {_places(attested)}{page}"


def notices(attested: Attested | None) -> tuple[str, ...]:
    """What a summary says below its table, where something is wrong."""
    problem = attested.problem if attested else ""
    return (f"The image is not attested: {problem}",) if problem else ()


def commands(attested: Attested | None, image: str, plan: Attesting | Unattested) -> Iterable[Pin]:
    """How anybody can verify it: title, language, line."""
    import shlex

    from ghcr_action.plans.attest import Unattested

    if attested is None or attested.problem or isinstance(plan, Unattested):
        return
    workflow = _workflow(attested.signer)
    repository = f"--repo {shlex.quote(plan.repository)}"
    signer = (
        ""
        if workflow.startswith(f"{plan.repository}/")
        else f" --signer-workflow {shlex.quote(workflow)}"
    )
    where = "" if attested.url else " --bundle-from-oci"
    yield (
        "Verify who built it",
        "sh",
        f"gh attestation verify oci://{shlex.quote(image)} {repository}{signer}{where}",
    )


def lines(found: Iterable[Found]) -> Iterable[str]:
    """Attestations of an image that exists, one a line."""
    for each in tuple(found)[:SHOWN]:
        who = f"{each.signer}" if each.signer else "an attestation"
        if each.problem:
            yield f"{each.place}: {who}: {each.problem}"
        else:
            commit = f" at {each.commit[:12]}" if each.commit else ""
            yield f"{each.place}: {who}{commit}, {each.predicate_type}, {each.at}"


def found_json(found: Iterable[Found]) -> list[dict[str, str]]:
    """The same for machines."""
    return [
        {
            "store": each.place,
            "signer": each.signer,
            "repository": each.repository,
            "commit": each.commit,
            "run": each.run,
            "predicate-type": each.predicate_type,
            "signed-at": each.at,
            "problem": each.problem,
        }
        for each in tuple(found)[:SHOWN]
    ]


def _workflow(signer: str) -> str:
    """``owner/repo/.github/workflows/file.yml``, without server and ref."""
    address = signer.partition("@")[0]
    return address.partition("://")[2].partition("/")[2] or address


def _places(attested: Attested) -> str:
    return " and ".join(attested.places) or "nobody"
