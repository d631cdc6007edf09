"""Tags, labels and annotations of an image, from the event and the user's rules:
docker/metadata-action's language, pure.

Facts: https://github.com/docker/metadata-action (``README.md``), as of v6.2.0.
"""
