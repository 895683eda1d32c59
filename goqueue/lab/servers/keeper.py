"""Keeps a server as long as whoever started it lives: `python keeper.py USER FOLDER COMMAND …`

    test session ── a pipe to our standard input ──> keeper ──> server
         ends, or is killed: the pipe ends ──> the server is killed, its folder is removed

"kill" on a line of its own kills the server at once, as `kill -9` does; "start" starts it again, unless it runs. Each
is answered by a line once it is done. USER is the number of the user who runs the server, or "-" for ours.
"""

import os
import shutil
import signal
import subprocess
import sys
from typing import Any


def main(user: str, folder: str, command: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # an interrupted session ends the pipe
    who: dict[str, Any] = {} if user == "-" else {"user": int(user), "group": int(user), "extra_groups": []}

    def start() -> "subprocess.Popen[bytes]":
        with open(f"{folder}/log", "ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=folder, **who)

    server = start()
    try:
        print("started", flush=True)
        for line in sys.stdin:
            if line.strip() == "kill":
                kill(server)
            elif line.strip() == "start" and server.poll() is not None:
                server = start()
            print("done", flush=True)
    finally:
        kill(server)
        shutil.rmtree(folder, ignore_errors=True)


def kill(server: "subprocess.Popen[bytes]") -> None:
    """Kill the server and its children, as a power cut would, but for what the system has in memory."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
