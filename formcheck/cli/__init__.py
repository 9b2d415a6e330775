"""The command line: parses, calls, prints. May import: everything."""

import atexit
import gc
import os

# What is imported stays. Looking for garbage in it takes a tenth of a short command's time as it is
# imported, and another as the process ends (measured).
gc.set_threshold(50_000)
atexit.register(gc.freeze)
# numpy's linear algebra has threads that wait in a busy loop, and nothing here for them to do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
