"""Archives as learners and Moodle or Canvas make them, unpacked into a folder that is deleted afterwards.

Only plain files come out, within bounds, and never outside of the folder. Whatever is no such archive is one line.
"""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

MOST_FILES = 5_000
MOST_BYTES = 200_000_000


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file into a new `folder`. Raises ValueError, in one line, if that cannot be done."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [one for one in opened.infolist() if not one.is_dir()]
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > MOST_BYTES:
                raise ValueError(f"it unpacks to more than {MOST_FILES:,} files or {MOST_BYTES // 1_000_000} MB")
            folder.mkdir()
            for member in members:
                _unpack_one(opened, member, folder)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        zlib.error,
    ) as err:
        raise ValueError(f"it cannot be unpacked as a zip file: {err}") from err


def _unpack_one(opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    if any(part in ("..", "/") or ":" in part for part in parts) or member.filename.startswith(("/", "\\")):
        raise ValueError(f"{member.filename!r} in it leads out of the folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ValueError(f"{member.filename!r} in it is a link: hand in the file")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(member) as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out)


def unpack_inside(folder: Path) -> None:
    """Unpack the zip files in a learner's folder, each beside itself, once. Raises ValueError as `unpack` does."""
    for archive in sorted(folder.rglob("*.zip")):
        if archive.is_file() and not archive.is_symlink():
            target = archive.with_suffix("")
            unpack(archive, target if not target.exists() else archive.with_name(f"{archive.name}-unpacked"))
