"""PyGithub without what it loads for calls that are never made here: it would encrypt secrets
with PyNaCl and sign in as an app with PyJWT.

That is nearly half of the time it takes to load, and 2 MB of the action's image, which has neither.
"""

import sys
import threading
from types import ModuleType

_UNUSED = {"jwt": (), "nacl": ("encoding", "public")}
"""Modules, and the names that PyGithub imports from them."""
_loading = threading.Lock()


def load() -> ModuleType:
    """The package ``github``; whoever else imports one of the others still gets the real one."""
    with _loading:
        missing = {
            name: _empty(name, has) for name, has in _UNUSED.items() if name not in sys.modules
        }
        sys.modules.update(missing)
        try:
            import github
        finally:
            for name in missing:
                del sys.modules[name]
    return github


def _empty(name: str, members: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    for member in members:
        setattr(module, member, None)
    return module
