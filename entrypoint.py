import gc
import os
import sys

# Importing makes many objects and little garbage: looking for it is a twentieth of a short run.
gc.set_threshold(100_000)

if sys.argv[1:] and not os.environ.get("GITHUB_ACTIONS"):
    from ghcr_action.__main__ import main as start
else:
    from ghcr_action.main import entrypoint as start

start()
