"""`albstats ingest` told by moto: S3 to SQS directly, through SNS and through EventBridge; and a soak with arrivals, kills, late logs and
questions at once.

SOAK=SECONDS is how long that goes on (default 60).
"""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from program import Program, Result
from stores import REGION, connect, environment
from tools import LOOPBACK, Server, free_port, need_packages, until

ACCOUNT = "123456789012"
ROWS = 3


def moto(program: Program, scratch: Path) -> list[Result]:
    """A mock of S3, SQS, SNS and EventBridge that tells of objects as AWS does."""
    need_packages("moto[s3,sqs,sns,events,server]==5.2.5", "boto3==1.44.5")
    import moto as module

    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", LOOPBACK, "-p", str(port)]
    with Server(command, scratch / "log") as server:
        endpoint = f"http://{LOOPBACK}:{port}"
        server.until(f"{endpoint}/", 60)
        ways = [("S3 → SQS", directly), ("S3 → SNS → SQS", through_sns), ("S3 → EventBridge → SQS", through_the_bus)]
        results = [told(program, module.__version__, endpoint, scratch, name, way) for name, way in ways]
        return [*results, soak(program, module.__version__, endpoint, scratch)]


def directly(endpoint: str, bucket: str, queue: str, arn: str) -> None:
    event = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    configuration = {"QueueConfigurations": [event]}
    connect(endpoint).put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def through_sns(endpoint: str, bucket: str, queue: str, arn: str) -> None:
    sns = connect(endpoint, "sns")
    topic = sns.create_topic(Name=bucket)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    event = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    configuration = {"TopicConfigurations": [event]}
    connect(endpoint).put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def through_the_bus(endpoint: str, bucket: str, queue: str, arn: str) -> None:
    events = connect(endpoint, "events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=bucket, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bucket, Targets=[{"Id": "queue", "Arn": arn}])
    configuration = {"EventBridgeConfiguration": {}}
    connect(endpoint).put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


Way = Callable[[str, str, str, str], None]


def told(program: Program, version: str, endpoint: str, scratch: Path, name: str, way: Way) -> Result:
    """Objects are in the store although nothing is listed again, and the queue is empty in the end."""
    bucket = f"logs-{way.__name__.replace('_', '-')}"
    connect(endpoint).create_bucket(Bucket=bucket)
    sqs = connect(endpoint, "sqs")
    queue = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    way(endpoint, bucket, queue, arn)
    store = scratch / bucket
    ingest = Ingest(program, endpoint, scratch, bucket, store, ["--poll", "1h", "--queue", queue])
    ingest.start()
    try:
        until(lambda: (store / "_live.json").exists())
        time.sleep(2)
        put = [put_object(endpoint, bucket, number, 0) for number in range(20)]
        began = time.monotonic()
        until(lambda: status(program, endpoint, scratch, bucket, store)["objects"] >= len(put))
        latency = time.monotonic() - began
        until(lambda: left(sqs, queue) == 0)
    finally:
        ingest.stop()
    found = status(program, endpoint, scratch, bucket, store)
    numbers = {"objects": found["objects"], "rows": found["stored_rows"], "messages left": left(sqs, queue)}
    expected = {"objects": len(put), "rows": ROWS * len(put), "messages left": 0}
    print(f"{name}: from the last put to a status that has all: {latency:.1f} s", file=sys.stderr)
    return Result(version, f"ingest, {name}", expected, numbers)


def soak(program: Program, version: str, endpoint: str, scratch: Path) -> Result:
    """Logs come, some late; the process is killed now and then; somebody asks all the time. In the end everything is there once."""
    seconds = float(os.environ.get("SOAK", "60"))
    bucket, store, lake = "logs-soak", scratch / "soak", scratch / "soak-lake"
    connect(endpoint).create_bucket(Bucket=bucket)
    queue = connect(endpoint, "sqs").create_queue(QueueName=bucket)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{bucket}"
    directly(endpoint, bucket, queue, arn)
    more = ["--poll", "2s", "--queue", queue, "--export", str(lake), "--settle", "0s"]
    ingest = Ingest(program, endpoint, scratch, bucket, store, more)
    ingest.start()
    chance, number, kills, most = random.Random(7), 0, 0, [0, 0]
    until(lambda: (store / "_live.json").exists())
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            for _ in range(chance.randrange(1, 6)):
                put_object(endpoint, bucket, number, chance.choice([0, 0, 0, 1, 3]))
                number += 1
            if chance.random() < 0.05:
                ingest.kill()
                kills += 1
                ingest.start()
            status(program, endpoint, scratch, bucket, store, ["--export", str(lake)])
            most = [max(was, now) for was, now in zip(most, ingest.uses(), strict=True)]
    finally:
        ingest.stop()
    once = ["ingest", "--from", f"s3://{bucket}", "--to", str(store), "--export", str(lake), "--settle", "0s", "--once"]
    program.run(*once, env=environment(endpoint, scratch))
    live = status(program, endpoint, scratch, bucket, store, ["--export", str(lake)])
    kept = 0
    if (lake / "_albstats.json").exists():
        count = ["query", "--format", "csv", "--from", str(lake), "SELECT count(*) AS n FROM requests"]
        kept = int(program.run(*count).split()[1])
    print(f"soak: {number} objects, {kills} kills, at most {most[0]} MiB and {most[1]} open files", file=sys.stderr)
    return Result(
        version,
        f"ingest, {seconds:.0f} s with arrivals, {kills} kills and questions",
        {"rows": ROWS * number, "behind": 0},
        {"rows": live["stored_rows"] + kept, "behind": live["behind"]},
    )


class Ingest:
    """A running `albstats ingest`."""

    def __init__(self, program: Program, endpoint: str, scratch: Path, bucket: str, store: Path, more: list[str]) -> None:
        self.command = [program.path, "ingest", "--from", f"s3://{bucket}", "--to", str(store), *more]
        self.environment = os.environ | environment(endpoint, scratch)
        self.log = scratch / f"{bucket}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        if code not in (0, 3):
            raise RuntimeError(f"ingest ended with {code}: {self.log.read_text()[-2000:]}")

    def uses(self) -> list[int]:
        """Memory at its peak, MiB, and open files; Linux only."""
        folder = Path(f"/proc/{self.process.pid}")
        try:
            lines = (folder / "status").read_text().splitlines()
            peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
            return [peak // 1024, len(list((folder / "fd").iterdir()))]
        except (OSError, StopIteration):
            return [0, 0]


def status(
    program: Program, endpoint: str, scratch: Path, bucket: str, store: Path, more: list[str] | None = None
) -> dict:
    command = [program.path, "ingest", "status", "--from", f"s3://{bucket}", "--to", str(store), "--format", "json"]
    command += more or []
    done = subprocess.run(
        command, env=os.environ | environment(endpoint, scratch), capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"status ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def left(sqs: object, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def put_object(endpoint: str, bucket: str, number: int, hours: int) -> str:
    """Puts a log of so many hours ago."""
    now = datetime.now(timezone.utc) - timedelta(hours=hours)
    end = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    name = f"{ACCOUNT}_elasticloadbalancing_{REGION}_app.shop.50dc6c495c0c9188_{end:%Y%m%dT%H%MZ}_203.0.113.4_r{number}.log.gz"
    key = f"AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/{end:%Y/%m/%d}/{name}"
    at = end - timedelta(minutes=2)
    line = (
        f"https {at:%Y-%m-%dT%H:%M:%S}.000000Z app/shop/50dc6c495c0c9188 10.0.0.1:443 10.0.0.2:80 0.1 0.1 0.1 200 200 1 2 "
        f'"GET https://h:443/{number} HTTP/1.1" "-" - - arn "Root=1"\n'
    )
    connect(endpoint).put_object(Bucket=bucket, Key=key, Body=gzip.compress((line * ROWS).encode()))
    return key
