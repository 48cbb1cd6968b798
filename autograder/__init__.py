"""Release, grade and report the course's assignments."""

__version__ = "0.1.0"
