"""Write files whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write_atomically(
    path: Path, content: str | bytes | Iterable[str | bytes], *, mode: int | None = None
) -> None:
    """Write a file so that a reader finds the old one or the new one, never half of one.

    Raises `OSError` when the file cannot be written, and leaves the old one.

    path : where it goes; folders that are missing are created
    content : the whole text or bytes, or parts of it in order; text is written as UTF-8
    mode : the file's permissions, which it has before anything is written into it; by default
        those of any new file of this process
    """
    parts = [content] if isinstance(content, str | bytes) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody can know the name before, and put a link to another file there: in a folder such as
    # /tmp others may write. Nor do two machines that share a folder take the same.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW, 0o666 if mode is None else mode)

    try:
        with open(temporary, "xb", opener=opener) as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)  # whatever the umask says
            file.writelines(part if isinstance(part, bytes) else part.encode() for part in parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # the one that people know; writing itself names none
        raise
    finally:
        temporary.unlink(missing_ok=True)
