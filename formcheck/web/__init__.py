"""The app in a browser: one server, its pages, and the session that a phone films."""
