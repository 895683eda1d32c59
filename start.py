#!/usr/bin/env python3
"""The one command of goqueue. Needs nothing but Python 3.11 or newer.

    python3 start.py            the tour: every version of the queue, on real work
    python3 start.py tour 12    one version of it; `tour --all` tells more
    python3 start.py lab        your own copy of the course, in JupyterLab; further words go to jupyter-lab
    python3 start.py book       notebooks and manuals as a book, to read in a browser; it says where that is
    python3 start.py site       the course as a static site: levels, book, and notebooks that run in a browser tab
    python3 start.py test       the quick tests, in minutes; further words go to pytest
    python3 start.py test --all every test

The tour installs nothing. Each other command installs what it needs into .venv the first time; after that it starts
at once. If something fails, the last line says what to do.
"""
# Type comments and `%`, so that an old Python, even 2.7, parses this file and can say that it is too old.

from __future__ import print_function

import glob
import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.realpath(__file__))
BIN = os.path.join(ROOT, ".venv", "Scripts" if os.name == "nt" else "bin")
LOG = os.path.join(".venv", "goqueue-install.log")  # the output of the last job; a .venv with this file was made here
# For which Python and folder .venv was made, then each job done, with the files that it depends on. While a line holds,
# its job is not done again.
STAMP = os.path.join(".venv", "goqueue-stamp.txt")
RUNS = {
    "tour": [sys.executable, "-m", "goqueue", "tour"],
    "lab": ["goqueue", "lab", "--"],
    "book": ["python", os.path.join("docs", "book", "make_book.py")],
    "site": ["python", os.path.join("docs", "site", "make_site.py")],
    # In parallel; the cells of a notebook stay together. A process that dies fails its test and is not replaced,
    # because pytest-xdist 3.8 may then wait for ever for the tests that the dead one had left.
    "test": ["pytest", "-n", "auto", "--dist", "loadfile", "--max-worker-restart=0"],
}
SETTINGS = os.path.join(".venv", "share", "jupyter", "lab", "settings", "overrides.json")  # of the JupyterLab in .venv
NO_NEWS = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'


def main(words):
    # type: (list[str]) -> int
    """Do what the words ask for, and return the exit status."""
    if sys.version_info < OLDEST:
        found = (sys.executable, sys.version.split()[0])
        sys.exit("start.py: goqueue needs Python 3.11 or newer; %s is %s. Run this with a newer one." % found)
    command = words[0] if words else "tour"
    if command in ("help", "-h", "--help"):
        print(__doc__.strip())
        return 0
    if command not in RUNS:
        sys.exit("start.py: no command %r. There are: tour (the default), lab, book, site, test, help." % command)
    os.chdir(ROOT)
    try:
        prepare(command)
        return run(RUNS[command] + further(command, words[1:]))
    except KeyboardInterrupt:
        sys.exit("start.py: stopped. Run it again to go on.")
    except OSError as error:
        hint = "Remove .venv and run this again. If you may not write there, run it in a copy of that folder."
        sys.exit("start.py: %s, in %s. %s" % (error, ROOT, hint))


def further(command, words):
    # type: (str, list[str]) -> list[str]
    """The words that go to the command's program after its own."""
    if command == "lab" and not os.path.exists(SETTINGS):
        os.makedirs(os.path.dirname(SETTINGS), exist_ok=True)
        with open(SETTINGS, "w") as file:
            file.write(NO_NEWS)
    if command == "test" and "--all" in words:  # pyproject.toml leaves out those with a mark
        return ["-m", ""] + [word for word in words if word != "--all"]
    if command == "test" and not words:
        say("these are the quick tests. Afterwards: python3 start.py test --all, which takes longer.")
    return words


def say(line):
    # type: (str) -> None
    """Tell what happens, and leave the standard output to the program."""
    print("start.py: " + line, file=sys.stderr)


def prepare(command):
    # type: (str) -> None
    """Do the jobs that the stamp does not list, in a .venv that fits this Python and this folder."""
    home = "Python %s of %a, in %a" % (sys.version.split()[0], sys.base_prefix, ROOT)  # %a: names in ASCII
    uv = shutil.which("uv")
    done = read_stamp()
    if done[:1] != [home]:
        done = []
    for job, files, words in jobs(command, uv):
        line = "%s: %s" % (job, digest(files))
        if line in done:
            continue
        if not done or not (uv or glob.glob(os.path.join(BIN, "pip*"))):
            make_venv(uv)
            done = [home]
        write_stamp([])  # none holds while a job runs, so that one cut short is begun again in a new .venv
        status = call(job, words)
        done = [old for old in done if not old.startswith(job)] + ([] if status else [line])
        write_stamp(done)
        if status:
            fail(job)


def jobs(command, uv):
    # type: (str, str | None) -> list[tuple[str, list[str], list[str]]]
    """What the command needs done first: each job's name, the files whose change asks for it again, its words."""
    if command == "tour":
        return []
    python = os.path.join(BIN, "python")
    install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install", "--no-input"]
    install += ["-c", "constraints.txt", "-e", ".[%s]" % command]
    return [("installing what `%s` needs" % command, ["pyproject.toml", "constraints.txt"], install)]


def make_venv(uv):
    # type: (str | None) -> None
    """Make .venv anew. One that start.py did not make stays as it is."""
    base = getattr(sys, "_base_executable", sys.executable)  # type: str
    if os.path.isdir(".venv") and os.listdir(".venv") and not os.path.exists(LOG):
        sys.exit("start.py: this .venv was made by something else. Rename it and run this again, or use it with pip.")
    if not uv and not has_venv():
        package = "python%d.%d-venv" % sys.version_info[:2]
        sys.exit("start.py: this Python lacks venv. On Debian: sudo apt install %s. Then run this again." % package)
    if os.path.isdir(".venv"):
        shutil.rmtree(".venv")
    os.mkdir(".venv")
    words = [uv, "venv", "--allow-existing", "--python", base, ".venv"] if uv else [base, "-m", "venv", ".venv"]
    if call("making .venv", words):
        fail("making .venv")


def has_venv():
    # type: () -> bool
    """Say whether this Python can make a .venv: Debian keeps two modules in a package of their own."""
    from importlib.util import find_spec  # not on Python 2.7

    return find_spec("venv") is not None and find_spec("ensurepip") is not None


def call(job, words):
    # type: (str, list[str]) -> int
    """Run one job into the log, and return its exit status."""
    say("%s (this may take a minute) ..." % job)
    with open(LOG, "w") as log:
        return subprocess.call(words, stdout=log, stderr=subprocess.STDOUT)


def fail(job):
    # type: (str) -> None
    """Leave with one line: the job, what to do, and what the installer says is wrong."""
    with open(LOG, errors="replace") as log:
        lines = [line.strip() for line in log if line.strip()] or ["it gave no reason"]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines  # pip says more after it, uv does not
    hint = "Mend that (is the network up?) and run this again. The full log: %s" % os.path.join(ROOT, LOG)
    sys.exit("start.py: %s failed: %s. %s" % (job, errors[-1].rstrip("."), hint))


def run(words):
    # type: (list[str]) -> int
    """Run a program, of .venv if it has no path. Where the system can, it becomes this process, its status ours."""
    os.environ["PATH"] = BIN + os.pathsep + os.environ.get("PATH", "")
    words = [os.path.join(BIN, words[0])] + words[1:]
    if os.name == "nt":
        return subprocess.call(words)
    sys.stdout.flush()
    os.execv(words[0], words)


def digest(files):
    # type: (list[str]) -> str
    """One hash over the contents of the files."""
    found = hashlib.sha256()
    for name in files:
        with open(name, "rb") as file:
            found.update(file.read())
    return found.hexdigest()


def read_stamp():
    # type: () -> list[str]
    """The lines of the stamp; none if there is no stamp."""
    if not os.path.exists(STAMP):
        return []
    with open(STAMP) as stamp:
        return stamp.read().splitlines()


def write_stamp(lines):
    # type: (list[str]) -> None
    """Make these lines the stamp; no lines, no stamp that holds."""
    with open(STAMP, "w") as stamp:
        stamp.write("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
