"""The language of a notebook, as its release noted it in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.course.translation import ENGLISH

KEY = "convnet_course"  # in the notebook's metadata, which Jupyter keeps


def set_language(nb: Any, language: str) -> None:
    """Note in a notebook's metadata which language it is in."""
    nb["metadata"][KEY] = {"language": language}


def language_of(nb: Mapping[str, Any]) -> str:
    """The language that a notebook was released in; English where nothing is noted.

    nb : as JSON has it, so of any type
    """
    metadata = nb.get("metadata")
    noted = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    language = noted.get("language") if isinstance(noted, Mapping) else None
    return language if isinstance(language, str) else ENGLISH
