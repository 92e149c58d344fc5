"""What the scripts here need before they begin: the program, generated logs, and the peers in a virtual environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "albstats-peers"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
MEMORY_BUDGET = 256  # MiB
# What is asked of albstats and its peers.
QUESTION = """
    SELECT target_group_arn, count(*) AS requests, count_if(elb_status_code >= 500) AS errors,
           approx_percentile(target_processing_time, 0.99) AS p99
    FROM requests GROUP BY target_group_arn
"""


def albstats() -> str:
    """The program that ALBSTATS names, or else a fresh release build."""
    named = os.environ.get("ALBSTATS")
    if named:
        return str(Path(named).resolve())
    return build("albstats", ["--bin", "albstats"])


def inflate_only() -> str | None:
    """The example that only inflates: what INFLATE_ONLY names, or a build of it unless ALBSTATS rules builds out."""
    named = os.environ.get("INFLATE_ONLY")
    if named:
        return str(Path(named).resolve())
    if os.environ.get("ALBSTATS"):
        return None
    return build("examples/inflate_only", ["--example", "inflate_only"])


def build(program: str, what: list[str]) -> str:
    run(["cargo", "build", "--release", *what], cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    return str(ROOT / target / "release" / program)


def corpus(program: str, rps: int, seed: int) -> Path:
    """An hour of generated logs; the same arguments give the same bytes, so it is kept."""
    folder = CACHE / f"rps-{rps}-1h-seed-{seed}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        run([program, "generate", str(unfinished), "--rps", str(rps), "--duration", "1h", "--seed", str(seed)])
        unfinished.rename(folder)
    return folder


def access_objects(folder: Path) -> list[str]:
    """The kind is in the name: those of the other kinds begin with conn_log_ and health_check_log_."""
    return sorted(str(path) for path in folder.rglob("*.log.gz") if path.name[0].isdigit())


def python_with_peers() -> str:
    """The interpreter of the virtual environment, which is made anew when requirements.txt has changed."""
    folder = CACHE / "venv"
    python = folder / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text()
    installed = folder / "requirements.txt"
    if not installed.exists() or installed.read_text() != wanted:
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        run([str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")])
        installed.write_text(wanted)
    return str(python)


def run(command: list[str], **options) -> None:
    print("+", " ".join(command), file=sys.stderr)
    # Standard output is for the tables.
    if subprocess.run(command, stdout=sys.stderr, check=False, **options).returncode != 0:
        sys.exit(f"error: failed: {command[0]}")
