"""``mode: pull``: an image by name, tag or digest into the engine or a directory, compared with
the digest it was asked for by."""

import json
import logging

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ContentInvalid, SettingsError, Unavailable
from ghcr_action.images import tree
from ghcr_action.images.tree import Tree
from ghcr_action.plans import promote
from ghcr_action.ports import LayoutWriter, Ports, Registry
from ghcr_action.report import pull
from ghcr_action.report.pull import Pulled
from ghcr_action.report.words import summary
from ghcr_action.settings.pull import PullSettings
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Reference, Repository, Tag

log = logging.getLogger(__name__)


def run(settings: PullSettings, ports: Ports) -> Pulled:
    """Resolve the name once, pull exactly that digest, and say which it was."""
    with ports.runner.group("Plan"):
        root = _resolve(settings, ports)
        wanted = (settings.platform,) if settings.platform else ()
        chosen = promote.choose(root, wanted)
        own = tree.own_platform(ports.registry, settings.source.repository, root)
        if isinstance(root, Manifest):
            promote.check_own(root, own, wanted)
        done = Pulled(
            source=settings.source,
            root=root,
            platform=settings.platform,
            own=own,
            directory=settings.output,
        )
        log.info("%s is %s.", settings.source, root.descriptor.digest)
    if not settings.common.dry_run:
        with ports.runner.group("Pull"):
            _into_layout(settings, root, chosen, ports) if settings.output else _into_engine(
                settings, done, ports
            )
    for name, value in pull.outputs(done):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.image(pull.view(done, is_dry_run=settings.common.dry_run)))
    return done


def _resolve(settings: PullSettings, ports: Ports) -> Manifest | Index:
    """What the name means at this moment."""
    is_lost = not settings.common.event.is_local and not ports.workspace.contains(settings.output)
    if settings.output and is_lost:
        raise SettingsError(
            f"`output: {settings.output}` is outside the workspace",
            why="later steps see the workspace only",
            fix="Name a directory inside the workspace: `output: image`.",
        )
    root = tree.source(ports.registry, settings.source)
    promote.expect(settings.source, root.descriptor.digest, settings.expect)
    if settings.required.expected:
        from ghcr_action.steps import require

        image = settings.source.repository.at(root.descriptor.digest)
        require.check(image, settings.required, ports)
    return root


def _into_engine(settings: PullSettings, done: Pulled, ports: Ports) -> None:
    """By digest, so that a tag that moves meanwhile can't be pulled in its place; the tag is set
    afterwards, locally."""
    _need_engine(ports)
    named = _local_name(settings.source)
    with ports.runner.fence() as show:
        if settings.fresh:
            for reference in filter(None, (named, done.pinned)):
                ports.engine.call(("image", "rm", "--force", str(reference)), show)
        chosen = ("--platform", str(settings.platform)) if settings.platform else ()
        ports.engine.call(("pull", *chosen, str(done.pinned)), show)
        if named:
            ports.engine.call(("tag", str(done.pinned), str(named)), show)
    _compare(done, ports)


def _local_name(source: Reference) -> Reference | None:
    """The tag that the image gets in the engine; None where it was asked for by digest alone."""
    if source.tag is None and source.digest:
        return None
    return source.repository.tag(source.tag or Tag("latest"))


def _need_engine(ports: Ports) -> None:
    try:
        ports.engine.describe()
    except (AccessDenied, Unavailable) as cause:
        fix = f"{cause.fix} Or pull into a directory, which needs no engine: `output: image`."
        raise cause.but(fix=fix) from cause


def _compare(done: Pulled, ports: Ports) -> None:
    """Ask the engine for what it holds now. ContentInvalid where that is not the digest that was
    asked for."""
    told = ports.engine.call(
        ("image", "inspect", "--format", "{{json .RepoDigests}}", str(done.pinned)), log.debug
    )
    digests = json.loads(told.splitlines()[-1] or "null") or []
    if not any(str(each).endswith(f"@{done.digest}") for each in digests):
        raise ContentInvalid(
            f"The engine holds another image than {done.pinned}",
            why=f"it says {', '.join(map(str, digests)) or 'no digest'}",
            fix="Pull with `fresh: true`, or into a directory with `output`.",
        )
    log.info("The engine holds %s.", done.pinned)


def _into_layout(
    settings: PullSettings, root: Manifest | Index, chosen: Index | Descriptor | None, ports: Ports
) -> None:
    """Every blob, checked as it is read; what is there already and right is not read again."""
    repository = settings.source.repository
    writer = ports.workspace.write_layout(settings.output)
    image = tree.read(ports.registry.manifest, repository, chosen or root)
    blobs = {blob.digest: blob for _, manifest in image.nodes for blob in tree.blobs(manifest)}
    parallel.each(lambda blob: _fetch(blob, ports.registry, repository, writer), blobs.values())
    _finish(image, writer, str(settings.source.target))
    log.info(
        "%s is in %s: %d blobs, %d manifests.",
        image.root.descriptor.digest,
        settings.output,
        len(blobs),
        len(image.nodes),
    )


def _fetch(
    blob: Descriptor, registry: Registry, repository: Repository, writer: LayoutWriter
) -> None:
    if not writer.has(blob):
        with registry.read_blob(repository, blob) as chunks:
            writer.write(blob, chunks)


def _finish(image: Tree, writer: LayoutWriter, name: str) -> None:
    """Manifests from the leaves to the root, then the index.json that names it."""
    for _, manifest in image.nodes:
        writer.write(manifest.descriptor, iter((manifest.raw,)))
    writer.finish(image.root.descriptor, name)
