"""Many clips: found, scored in workers, kept as they finish, and told as one table."""
