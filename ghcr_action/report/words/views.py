"""What a report shows, decided in Python: frozen values, ready to print, so that a template only
places them."""

from dataclasses import dataclass

from ghcr_action.report.words import markdown


@dataclass(frozen=True, kw_only=True)
class PlatformRow:
    """One platform of the image."""

    platform: str
    digest: str
    size: str

    @property
    def short(self) -> str:
        """The digest as tables show it: twelve hexadecimal digits; an output has it whole."""
        return self.digest.rpartition(":")[2][:12]


@dataclass(frozen=True, kw_only=True)
class ImageView:
    """One image that a run built, published or not."""

    title: str
    """The first repository, or the name of the build where nothing is published."""
    verdict: str
    """``pushed``, ``built, not pushed``, ``planned``."""
    reason: str = ""
    digest: str = ""
    by_digest: tuple[str, ...] = ()
    by_tag: tuple[str, ...] = ()
    platforms: tuple[PlatformRow, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Rows of the table: name and value."""
    notices: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """What ran, or would run, secrets left out."""
    outputs: tuple[tuple[str, str], ...] = ()
    chart: str = ""
    """The build's timeline, for Mermaid."""
    pins: tuple[tuple[str, str, str], ...] = ()
    """How to name exactly this image elsewhere: title, language of the block, lines."""

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The table on a page; its first row is its head, so that none stands empty."""
        digest = (("Digest", markdown.code(self.digest)),) if self.digest else ()
        return (*digest, *self.facts)

    @property
    def pull_commands(self) -> str:
        """One ``docker pull`` a line, by digest first."""
        return "\n".join(
            f"docker pull {reference}" for reference in (*self.by_digest, *self.by_tag)
        )


@dataclass(frozen=True, kw_only=True)
class FailureView:
    """What failed, why, and what to do."""

    what: str
    cause: str = ""
    """One sentence, where the cause is known."""
    said: str = ""
    """What engine, registry or API said, lines as they came."""
    names: str = ""
    """What has become of the names that were being written."""
    is_open: bool = False
    """Whether that stands open: the last lines of a build are what one looks for."""
    fix: str = ""
    docs: str = ""
    code: str = ""
    log_url: str = ""
