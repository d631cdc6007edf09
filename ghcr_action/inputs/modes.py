"""The modes of the action."""

MODES = {
    "publish": "build, push, verify, tag",
    "metadata": "tags, labels and annotations only",
    "comment": "post a report that a run without write access has saved",
    "merge": "digests that several jobs pushed become one index",
    "promote": "an image that exists gets more names, with the same digest",
    "pull": "an image into the engine or a directory, compared with its digest",
    "inspect": "what an image is, without pulling it",
    "visibility": "what a package's visibility is, against what it should be",
    "cleanup": "remove what no kept image needs",
    "bake": "every image of a Bake definition: build, push, verify, then all tags",
}
"""Every mode, and what it does in a few words."""
