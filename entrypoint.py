import gc
import os
import signal
import sys

# Importing makes many objects and little garbage: looking for it is a twentieth of a short run.
gc.set_threshold(100_000)

if sys.argv[1:] and not os.environ.get("GITHUB_ACTIONS"):
    from ghcr_action.__main__ import main as start
else:
    # While the rest is loaded there is nothing to tidy up. The kernel keeps a signal from the first
    # process of a container where that has no handler for it.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: os._exit(130))
    from ghcr_action.main import entrypoint as start

start()
