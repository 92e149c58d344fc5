"""Object stores that hold the logs: albstats reads them there, and must say the same as about the files."""

import sys
from pathlib import Path

from engines import read_by_duckdb
from program import ALL, AROUND_MIDNIGHT, Place, Program, Result
from questions import Answers
from tools import LOOPBACK, Server, free_port, need_go_program, need_packages

MINIO = "v0.0.0-20260212201848-7aac2a2c5b7c"  # the last that was published as source
KEYS = {"AWS_ACCESS_KEY_ID": "conformance", "AWS_SECRET_ACCESS_KEY": "conformance-secret"}
REGION = "us-east-1"


def moto(program: Program, scratch: Path) -> list[Result]:
    """A mock of AWS, in Python."""
    need_packages("moto[s3,server]==5.2.5", "boto3==1.44.5")
    import moto as module

    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", LOOPBACK, "-p", str(port)]
    with Server(command, scratch / "log") as server:
        server.until(f"http://{LOOPBACK}:{port}/", 60)
        return compared(program, module.__version__, port, scratch)


def minio(program: Program, scratch: Path) -> list[Result]:
    """An object store for production."""
    need_packages("boto3==1.44.5")
    path = need_go_program("minio", f"github.com/minio/minio@{MINIO}")
    port, console = free_port(), free_port()
    command = [path, "server", "--quiet", "--address", f"{LOOPBACK}:{port}"]
    command += ["--console-address", f"{LOOPBACK}:{console}", str(scratch / "data")]
    users = {"MINIO_ROOT_USER": KEYS["AWS_ACCESS_KEY_ID"], "MINIO_ROOT_PASSWORD": KEYS["AWS_SECRET_ACCESS_KEY"]}
    quiet = {"MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off", "MINIO_BROWSER": "off"}
    with Server(command, scratch / "log", users | quiet) as server:
        server.until(f"http://{LOOPBACK}:{port}/minio/health/live", 60)
        return compared(program, MINIO.split("-")[1][:8], port, scratch)


def compared(program: Program, version: str, port: int, scratch: Path) -> list[Result]:
    endpoint = f"http://{LOOPBACK}:{port}"
    client = connect(endpoint)
    upload(client, program.logs)
    env = environment(endpoint, scratch)
    bucket, lake = Place("s3://logs/", env), Place("s3://lake/v1", env)
    expected, found = names_left_out(program.expected), names_left_out(program.answers(bucket))
    rows = [program.rows(place, AROUND_MIDNIGHT) for place in (program.files, bucket)]
    # The second run finds everything done.
    for _ in range(2):
        program.run("export", "--from", bucket.source, "--to", lake.source, *ALL, env=env)
    download(client, "v1/", scratch / "lake")
    duckdb, exported = read_by_duckdb(program, scratch / "lake", scratch)
    return [
        Result(version, "query: rows, columns and target groups", expected, found),
        Result(version, "query: rows of a window", *rows),
        Result(version, f"export from a bucket into another, read by DuckDB {duckdb}", expected, names_left_out(exported)),
    ]


def environment(endpoint: str, scratch: Path) -> dict[str, str]:
    """What leads a program to this endpoint and nowhere else."""
    env = KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
    return env | {"AWS_CONFIG_FILE": str(scratch / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(scratch / "none")}


def names_left_out(answers: Answers) -> Answers:
    """The same objects have other names and dates as files, and no tags."""
    others = {"log_object", "modified", "etag"}
    return {key: value for key, value in answers.items() if not others & set(key)}


def connect(endpoint: str, service: str = "s3") -> object:
    import boto3

    keys = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **keys)


def upload(client: object, folder: Path) -> None:
    client.create_bucket(Bucket="logs")
    client.create_bucket(Bucket="lake")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        client.put_object(Bucket="logs", Key=path.relative_to(folder).as_posix(), Body=path.read_bytes())


def download(client: object, prefix: str, folder: Path) -> None:
    """The exported files."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix):
        for listed in page.get("Contents", []):
            path = folder / listed["Key"].removeprefix(prefix)
            if path.suffix == ".parquet":
                path.parent.mkdir(parents=True, exist_ok=True)
                client.download_file("lake", listed["Key"], str(path))
