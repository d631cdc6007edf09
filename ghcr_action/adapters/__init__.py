"""The only I/O beside ``main``: each module here implements one port.

requests would load ``charset_normalizer``, which guesses encodings: a twentieth of a short run's
time. Nothing here has them guessed: what does not say its encoding is UTF-8.
"""

import sys
import warnings

sys.modules.setdefault("charset_normalizer", None)  # type: ignore[arg-type]  # as if it were not there
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
