"""Files that are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write(file: Path, text: str | bytes) -> None:
    """Write `text` as it is, in UTF-8 unless it is bytes: a reader, or a crash, finds the old file or the new one.

    An existing file keeps its mode; a new one can be read by everybody.
    """
    mode = file.stat().st_mode if file.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode() if isinstance(text, str) else text)
        os.chmod(name, mode)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
