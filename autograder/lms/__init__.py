"""Rosters, submissions and grades of other systems, in and out."""
