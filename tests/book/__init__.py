"""The tests of the book. Its pages and extensions import modules by bare names, and so do these."""

import sys
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
sys.path += [folder for folder in map(str, (BOOK, BOOK / "_ext")) if folder not in sys.path]
