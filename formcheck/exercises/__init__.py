"""What good form is, as data. May import: measure and below."""
