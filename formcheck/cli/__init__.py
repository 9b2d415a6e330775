"""The command line: parses, calls, prints. May import: everything."""

import atexit
import gc
import os

# Imported modules stay. Looking for garbage in them takes a tenth of a short command's time while
# they are imported, and another tenth as the process ends (measured).
gc.set_threshold(50_000)
atexit.register(gc.freeze)
# The threads of numpy's linear algebra would wait in a busy loop, and there is no work for them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
