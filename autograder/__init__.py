"""Release, grade and report the course's assignments."""

import sys

__version__ = "0.1.0"

# jsonschema looks whether rfc3987_syntax is there, to check a kind of address that no notebook
# holds, and importing it costs more than a second of every process that reads a notebook.
# None stands for a module that cannot be imported, which the type of sys.modules does not say.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
