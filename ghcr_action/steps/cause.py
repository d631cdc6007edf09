"""An error with the cause that the catalogue knows, for whoever tells of it: the end of a run, a
comment, a warning."""

from collections.abc import Iterable

from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError
from ghcr_action.settings.common import Common
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret


def explained(
    error: ActionError,
    common: Common,
    secrets: Iterable[Secret] = (),
    about: Repository | None = None,
) -> ActionError:
    """The error as people read it; looked up once."""
    return tell.tell(
        error,
        common.event,
        credentials=common.credentials,
        token=common.token,
        secrets=secrets,
        about=about,
    )
