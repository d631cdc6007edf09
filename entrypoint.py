import gc

# Importing makes many objects and little garbage: looking for it is a twentieth of a short run.
gc.set_threshold(100_000)

from ghcr_action import main  # noqa: E402

main.entrypoint()
