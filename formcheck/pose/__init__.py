"""A frame becomes a pose, poses become a track. May import: video and below."""
