"""Which settings a run has: the mode decides."""

from collections.abc import Callable, Mapping

from ghcr_action.settings import cleanup, comment, common, inspect, merge, metadata, promote, publish, pull, visibility
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.settings.comment import CommentSettings
from ghcr_action.settings.common import Common, Mode
from ghcr_action.settings.inspect import InspectSettings
from ghcr_action.settings.merge import MergeSettings
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.promote import PromoteSettings
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.settings.pull import PullSettings
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.visibility import VisibilitySettings
from ghcr_action.values.event import Event

Settings = (
    PublishSettings
    | MetadataSettings
    | VisibilitySettings
    | CleanupSettings
    | CommentSettings
    | PromoteSettings
    | InspectSettings
    | MergeSettings
    | PullSettings
)

_PARSERS: Mapping[str, Callable[[Reader, Common, Mapping[str, str]], Settings]] = {
    "publish": publish.parse,
    "metadata": metadata.parse,
    "visibility": visibility.parse,
    "comment": comment.parse,
    "cleanup": cleanup.parse,
    "merge": merge.parse,
    "promote": promote.parse,
    "pull": pull.parse,
    "inspect": inspect.parse,
}


def settings(given: Mapping[str, str], environ: Mapping[str, str], event: Event) -> tuple[Settings, tuple[str, ...]]:
    """Settings from texts, and what the user should know of how they were read.

    Raises one SettingsError that names every problem: the input, the line and the rule.
    """
    reader = Reader(given)
    mode = reader.choice("mode", tuple(Mode))
    found = _PARSERS[mode](reader, common.parse(reader, event), environ)
    reader.finish()
    return found, (*reader.unknown(), *getattr(found, "notices", ()))
