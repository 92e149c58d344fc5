"""What the peers need: packages, programs, servers on the loopback interface; and how to say that something was not run."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from servers import free_port  # noqa: E402, F401

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "albstats-conformance"
VENV = CACHE / "venv"
LOOPBACK = "127.0.0.1"


class NotRun(Exception):
    """Something that a peer needs is not to be had here."""


def albstats() -> str:
    """The program that ALBSTATS names, or else a fresh release build."""
    named = os.environ.get("ALBSTATS")
    if named:
        return str(Path(named).resolve())
    say("cargo build --release --bin albstats")
    subprocess.run(["cargo", "build", "--release", "--bin", "albstats"], cwd=ROOT, stdout=sys.stderr, check=True)
    return str(ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "albstats")


def enter_virtual_environment() -> None:
    """Goes on in an environment of its own, which is made if it is missing: nothing is installed for all."""
    if Path(sys.prefix) == VENV:
        return
    python = VENV / "bin" / "python"
    if not python.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], stdout=sys.stderr, check=True)
    os.execv(python, [str(python), *sys.argv])


def need_packages(*requirements: str) -> None:
    """Installs packages from PyPI, at the versions named."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotRun(f"pip cannot install {' '.join(requirements)}: {last_line(done.stderr)}")


def need_program(name: str, package: str) -> str:
    """A program of the system; a Debian package is installed for it if it is missing and that is possible."""
    found = shutil.which(name)
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        say(f"apt-get install {package}")
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
        subprocess.run(["apt-get", "install", "-qy", package], capture_output=True, check=False)
        found = shutil.which(name)
    if not found:
        raise NotRun(f"no {name} on the PATH: install {package}")
    return found


def need_go_program(name: str, module: str) -> str:
    """A program built from the Go module proxy."""
    program = CACHE / "bin" / name
    if not program.exists():
        go = need_program("go", "golang-go")
        say(f"go install {module}")
        places = {"GOBIN": str(program.parent), "GOMODCACHE": str(CACHE / "go/mod"), "GOCACHE": str(CACHE / "go/build")}
        command = [go, "install", "-p", "1", "-modcacherw", module]
        try:
            done = subprocess.run(
                command, env=os.environ | places, capture_output=True, text=True, timeout=900, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotRun(f"{module} was not built within 15 minutes") from None
        # Sources and objects are ten times what was built of them.
        shutil.rmtree(CACHE / "go", ignore_errors=True)
        if done.returncode != 0:
            raise NotRun(f"go cannot install {module}: {last_line(done.stderr)}")
    return str(program)


def need_archive(url: str, sha256: str, wanted: tuple[str, ...]) -> Path:
    """A folder with those parts of an archive that begin with what is wanted."""
    folder = CACHE / Path(url).name.removesuffix(".tar.gz")
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / Path(url).name
    if not archive.exists():
        say(f"download {url}")
        unfinished = archive.with_suffix(".unfinished")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer, unfinished.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except OSError as error:
            raise NotRun(f"cannot download {url}: {error}") from None
        unfinished.rename(archive)
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            archive.unlink()
            raise NotRun(f"{url} is not what it was when this was written")
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(archive) as tar:
        parts = [member for member in tar if member.name.partition("/")[2].startswith(wanted)]
        tar.extractall(unfinished, members=parts, filter="data")
    (unfinished / folder.name).rename(folder)
    unfinished.rmdir()
    archive.unlink()
    return folder


class Server:
    """A server that is stopped at the end of the block."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        self.name = Path(command[0]).name
        with log.open("wb") as file:
            # Some write logs of their own where they are started.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=log.parent,
                env=os.environ | (environment or {}),
            )

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def until(self, ready: str, seconds: int) -> None:
        """Waits until this URL answers, whatever it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(ready, timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.3)
        raise NotRun(f"{self.name} does not start: {last_line(self.log.read_text(errors='replace'))}")


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"it did not come to be in {seconds:.0f} s")
        time.sleep(0.2)


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it does not say why"


def first_line(text: str) -> str:
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "it does not say why")


def say(what: str) -> None:
    """Standard output is for the table."""
    print("+", what, file=sys.stderr)
