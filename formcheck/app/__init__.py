"""One use from end to end: a clip, a live session, a batch. May import: all but cli."""
