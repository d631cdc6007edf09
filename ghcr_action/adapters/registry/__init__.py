"""The registry client: the OCI distribution API 1.1 by requests, behind the Registry port.

From the outside in: ``client`` (the port), ``manifests``, ``blobs`` and ``listings`` (the API),
``caller`` (one question, with login and retry), ``tokens`` (logins), ``wire`` (one HTTP exchange).
``challenge``, ``retry`` and ``refusal`` are pure.
"""

from ghcr_action.adapters.registry.client import HttpRegistry
from ghcr_action.adapters.registry.wire import Timeouts

__all__ = ["HttpRegistry", "Timeouts"]
