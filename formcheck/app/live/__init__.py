"""A session in front of the camera: frames judged in one thread, shown in another."""
