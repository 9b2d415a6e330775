"""A moment as a picture: in a window, in a terminal, in a video. May import: coach and below."""
