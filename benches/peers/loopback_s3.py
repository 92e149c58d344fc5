"""MinIO on the loopback interface, with the bench's logs in a bucket."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from setting_up import CACHE, python_with_peers

KEYS = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark-secret"}
UPLOAD = """
import sys, boto3
from pathlib import Path
root, client = Path(sys.argv[1]), boto3.client("s3", endpoint_url=sys.argv[2], region_name="us-east-1")
client.create_bucket(Bucket="logs")
for file in root.rglob("*"):
    if file.is_file():
        client.upload_file(str(file), "logs", str(file.relative_to(root)))
"""


def minio() -> str | None:
    """The server program: what MINIO names, or the one on the PATH, or the one the conformance tests built."""
    built = CACHE.parent / "albstats-conformance" / "bin" / "minio"
    return os.environ.get("MINIO") or shutil.which("minio") or (str(built) if built.exists() else None)


@contextlib.contextmanager
def serving(server: str, bench) -> Iterator[list[str]]:
    """Starts the server, uploads the logs and yields what a program needs in its environment, as NAME=VALUE."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    users = {"MINIO_ROOT_USER": KEYS["AWS_ACCESS_KEY_ID"], "MINIO_ROOT_PASSWORD": KEYS["AWS_SECRET_ACCESS_KEY"]}
    environment = os.environ | users | {"MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off", "MINIO_BROWSER": "off"}
    data = Path(bench.directory) / "minio"
    command = [server, "server", "--quiet", "--address", address, str(data)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://{address}/minio/health/live")
            upload = [python_with_peers(), "-c", UPLOAD, str(bench.corpus), f"http://{address}"]
            subprocess.run(upload, env=os.environ | KEYS, check=True)
            variables = KEYS | {"AWS_ENDPOINT_URL": f"http://{address}", "AWS_REGION": "us-east-1"}
            yield [f"{name}={value}" for name, value in variables.items()]
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    """Until the server answers; a minute is more than it needs."""
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(url)
