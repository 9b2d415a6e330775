"""The command line: parses, calls, prints. May import: everything."""

import atexit
import gc

# Imported modules stay. Looking for garbage in them while they are imported and as the process ends
# takes 15 % of `formcheck --help` (docs/performance.md).
gc.set_threshold(50_000)
atexit.register(gc.freeze)
