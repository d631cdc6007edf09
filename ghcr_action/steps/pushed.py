"""What BuildKit has pushed by digest, as the registry confirms it."""

from ghcr_action.errors import ContentInvalid, NotFound
from ghcr_action.images import transfer
from ghcr_action.images.tree import Tree
from ghcr_action.ports import Ports
from ghcr_action.values import platform as platforms
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.size import ImageSize


def confirmed(references: tuple[Reference, ...], digest: Digest, ports: Ports) -> Tree:
    """Every manifest of the image, read under each of these references. Raises NotFound where one
    is missing: BuildKit may have pushed to a registry that we do not reach under this name."""
    try:
        return transfer.verify(ports.registry, references, digest, ports.clock)
    except NotFound as cause:
        raise NotFound(
            cause.what,
            why=(
                f"{cause.why}. BuildKit pushes from the engine's machine, where this name may lead "
                "to another registry than here (localhost, a name of one network)"
            ),
            fix="Name the registry as this step and the engine both reach it.",
        ) from cause


def expect_platforms(image: str, wanted: tuple[Platform, ...], size: ImageSize) -> None:
    """Raise ContentInvalid where a platform that was asked for was not built: the image gets no
    tag."""
    found = [each.platform for each in size.platforms]
    if missing := platforms.missing(wanted, found):
        raise ContentInvalid(
            f"{image} has no {missing}: no tag was written",
            why=f"`platforms` asks for it; what was built is {platforms.listed(found)}",
        )
