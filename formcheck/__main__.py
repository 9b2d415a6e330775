"""``python -m formcheck`` is the command ``formcheck``."""

from formcheck.cli.main import app

if __name__ == "__main__":
    app()
