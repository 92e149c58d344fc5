"""Servers that tests start: a port for one, and waiting until it does what it should. For the scripts in folders beside this."""

import socket
import subprocess
import time
from collections.abc import Callable


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def until(process: subprocess.Popen, holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something holds of a process that goes on; whoever cannot be reached may be reached later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"it ended: {process.stderr.read() if process.stderr else ''}")
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.2)
    process.terminate()
    raise AssertionError(f"not within {seconds:.0f} s: {process.stderr.read() if process.stderr else ''}")
