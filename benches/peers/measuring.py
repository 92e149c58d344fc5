"""Running whole processes in turn, with the kernel's accounting (wait4), and printing what they took as Markdown."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median


@dataclass
class Taken:
    """What one run of a process and its children took."""

    wall: float
    cpu: float
    # Of the largest process, in MiB. Not below this script's own: a child begins as its parent.
    peak: float
    # What it wrote.
    stdout: str
    stderr: str
    # How it exited.
    status: int


def run(command: list[str], directory: str, discard: bool = False, must_succeed: bool = True) -> Taken:
    """Runs to the end; a failure ends this script, too. With `discard`, standard output goes to /dev/null."""
    paths = [os.path.join(directory, name) for name in ("stdout", "stderr")]
    with open("/dev/null" if discard else paths[0], "w") as stdout, open(paths[1], "w") as stderr:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    written = "" if discard else read(paths[0])
    if must_succeed and child.returncode != 0:
        sys.exit(f"error: exit {child.returncode}: {' '.join(command)[:300]}\n{read(paths[1])[-2000:]}")
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return Taken(wall, cpu, peak, written, read(paths[1]), child.returncode)


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def in_turn(commands: dict[str, list[str]], rounds: int, directory: str) -> dict[str, list[Taken]]:
    """A B C A B C ..., after one round that is thrown away."""
    taken = {name: [] for name in commands}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}" + (" (warm-up)" if number == 0 else ""), file=sys.stderr)
        for name, command in commands.items():
            result = run(command, directory)
            if number > 0:
                taken[name].append(result)
    return taken


def ratio(taken: dict[str, list[Taken]], name: str, to: str, what: str) -> float:
    """Median of the rounds' ratios: what else the machine did during a round, it did to both."""
    pairs = zip(taken[name], taken[to], strict=True)
    return median(getattr(one, what) / getattr(other, what) for one, other in pairs)


def table(taken: dict[str, list[Taken]], to: str) -> str:
    """One row a command, with ratios to one of them."""
    lines = [
        "| | wall, s | CPU, s | peak, MiB | wall, ratio | CPU, ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, runs in taken.items():
        middle = {what: median(getattr(one, what) for one in runs) for what in ("wall", "cpu", "peak")}
        ratios = [ratio(taken, name, to, what) for what in ("wall", "cpu")]
        lines.append(
            f"| {name} | {middle['wall']:.2f} | {middle['cpu']:.2f} | {middle['peak']:.0f} "
            f"| {ratios[0]:.2f} | {ratios[1]:.2f} |"
        )
    return "\n".join(lines)
