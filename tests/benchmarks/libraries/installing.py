"""Pinned versions of libraries, each in a folder of its own outside of the repository, installed when first asked for.

pip installs from whatever index it is configured for.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def cache() -> Path:
    """Return the folder that holds all: GOQUEUE_LIBRARIES or, if that is not set, one beside pip's own cache."""
    asked = os.environ.get("GOQUEUE_LIBRARIES")
    return Path(asked) if asked else Path.home() / ".cache" / "goqueue-libraries"


def installed(requirements: tuple[str, ...]) -> Path:
    """Return the folder in which these requirements are installed. Raises CalledProcessError if pip cannot."""
    wanted = " ".join(requirements)
    version = "{}.{}".format(*sys.version_info)
    label = requirements[0].replace("==", "-")
    folder = cache() / f"python-{version}" / f"{label}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="installing-"))
        try:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-warn-conflicts",
            ]
            subprocess.run([*pip, "--target", str(made), *requirements], check=True)
            made.rename(folder)  # so that an install that was interrupted is not taken for a whole one
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return folder
