import gc

gc.set_threshold(100_000)  # importing makes many objects and little garbage: looking for it would be a twentieth of a short run

from ghcr_action import main  # noqa: E402

main.entrypoint()
