"""The modes of the action."""

MODES = {
    "publish": "build an image, push it, verify it, then write its tags",
    "metadata": "work out tags, labels and annotations, and build nothing",
    "comment": "post a report that a run without write access has saved",
    "merge": "make one index of the digests that several jobs pushed",
    "promote": "give an image that exists more names, with the same digest",
    "pull": "pull an image into the engine or a directory, and compare its digest",
    "inspect": "show what an image is, without pulling it",
    "visibility": "compare the visibility of a package with what it should be",
    "cleanup": "delete old versions, and none that a kept image needs",
    "bake": "publish every image of a Bake definition, with the tags of all at the end",
}
"""Every mode, and what it does in a few words."""
