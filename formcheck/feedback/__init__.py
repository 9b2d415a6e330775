"""What a person sees: the drawn frame and the written video."""
