"""Find a time zone by the name that somebody wrote."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def named_zone(name: str) -> ZoneInfo:
    """The zone of a name such as Europe/Berlin or UTC.

    Raises `ValueError` for anything else: no text, no name, or a folder of names such as Europe.
    """
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, ZoneInfoNotFoundError, OSError):
        raise ValueError(f"{name!r} is no time zone, such as Europe/Berlin or UTC") from None
