"""What good form is: data, not code."""
