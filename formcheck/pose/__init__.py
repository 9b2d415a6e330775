"""What a pose is: landmarks, one pose, a clip's poses, smoothing."""
