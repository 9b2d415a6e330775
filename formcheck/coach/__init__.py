"""Leading a person: what to do now, and which one cue to give. May import: result and below."""
