"""Why a TLS handshake ended, and what mends it: a certificate that is not believed, or no authorities to believe.

Separate from ``wire``, because each cause has a fix of its own, and only one of them is the user's to choose.
"""

import requests

from ghcr_action.errors import ActionError, SettingsError, Unavailable

DOCS = "https://github.com/OWNER/ghcr-action/blob/main/docs/registries.md"
_BUNDLE = """Give the step a file with every authority that it may trust, copied from the runner's own:
- run: cp /etc/ssl/certs/ca-certificates.crt "$RUNNER_TEMP/ca.crt"
- uses: OWNER/ghcr-action@v1
  env:
    REQUESTS_CA_BUNDLE: ${{ runner.temp }}/ca.crt"""
_REFUSED = (
    ("mismatch", "is for another name", "Check the registry's name; whoever runs it has to get a certificate for this one."),
    ("has expired", "has expired", "Whoever runs the registry has to renew it."),
    ("not yet valid", "is not valid yet", "Check the clock of this machine and of the registry."),
    ("", "is not signed by an authority that is trusted here", _BUNDLE),
)
"""By what OpenSSL says: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/; Python says ``mismatch`` itself."""


def refused(what: str, host: str, cause: requests.exceptions.SSLError) -> ActionError | None:
    """What to tell of a handshake that ended; None where it was no matter of certificates, and may pass."""
    said = str(cause)
    if "NO_CERTIFICATE_OR_CRL_FOUND" in said:
        return SettingsError(what, why="the file that REQUESTS_CA_BUNDLE names holds no certificate", fix=_BUNDLE, docs=DOCS)
    if "CERTIFICATE_VERIFY_FAILED" not in said:
        return None
    why, fix = next((why, fix) for part, why, fix in _REFUSED if part in said)
    return Unavailable(what, why=f"the TLS certificate of {host} {why}", fix=fix, docs=DOCS)


def absent(what: str, cause: OSError) -> SettingsError:
    """What to tell where the file of authorities is not there."""
    where = str(cause).rpartition(": ")[2]
    return SettingsError(what, why=f"there is no file with certificates of authorities in this container: {where}", fix=_BUNDLE, docs=DOCS)
