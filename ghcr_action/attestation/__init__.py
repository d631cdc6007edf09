"""Signed attestations of images: read and judge Sigstore bundles, and make what is signed.

A room of its own and pure: no socket, clock, file or environment. Who asks the services stands
behind ports; the time, the random key and the trusted roots come in as arguments.
"""
