"""What an image that exists is attested by, in plain texts: for reports, without certificates."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Found:
    """An attestation of an image that exists: who signed what, or why it proves nothing."""

    place: str
    """Where it is kept."""
    signer: str = ""
    """The workflow, as its certificate names it; of a key, that it is the one that was given."""
    repository: str = ""
    commit: str = ""
    run: str = ""
    predicate_type: str = ""
    at: str = ""
    problem: str = ""
    """Why it proves nothing here; empty where it holds."""
