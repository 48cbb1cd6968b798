"""The tests of the book. Pages import the modules beside them by bare names, and so do these."""

import sys
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
if str(BOOK) not in sys.path:
    sys.path.append(str(BOOK))
