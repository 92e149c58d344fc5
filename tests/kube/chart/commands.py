"""The commands that the chart's containers run, run here: by the program, against logs in a folder, as the rendered objects say."""

import json
import os
import re
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from aws import aws
from cluster import CHART, HERE, Cluster, done, pod_of, rendered, run, values_files
from rights import DECLARING, EVENTS, LEASES, RUNNING, WATCH
from servers import free_port, until

ALL = HERE / "values" / "all.yaml"
# What the program ends with when it does not know a flag, or not that value of it.
USAGE = "For more information, try '--help'."
# AWS, where nobody answers.
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Scene:
    """A folder in which a container's paths are; on request its buckets, too. Where the last command listens that was made."""

    def __init__(self, program: str, folder: Path, buckets: bool = True) -> None:
        self.program, self.folder = program, folder
        self.logs, self.lake = str(folder / "logs"), str(folder / "lake")
        self.here = {
            "/etc/albstats": str(folder / "etc"),
            "/var/lib/albstats": str(folder / "data"),
        }
        if buckets:
            self.here |= {"s3://acme-alb-logs/eks": self.logs, "s3://acme-alb-lake/v1": self.lake}

    def of_here(self, text: str) -> str:
        for there, here in self.here.items():
            text = text.replace(there, here)
        return text

    def containers(self, objects: list[dict]) -> list[dict]:
        """The containers of all pods; files that they mount are made."""
        for thing in objects:
            if thing["kind"] == "ConfigMap":
                for name, text in thing["data"].items():
                    self.file(f"etc/config/{name}", self.of_here(text))
        self.file("data/.exists", "")
        return [each for thing in objects if (pod := pod_of(thing)) for each in pod["spec"]["containers"]]

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def command(self, container: dict, **variables: str) -> tuple[list[str], dict]:
        """A container's command and environment, with variables in its arguments as Kubernetes puts them in."""
        values = {**{each["name"]: each.get("value", "") for each in container["env"]}, **variables}
        arguments = [re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], each) for each in container["args"]]
        if ports := container.get("ports"):
            listen = f":{ports[0]['containerPort']}"
            is_probed = any(each.startswith("--listen=") and each.endswith(listen) for each in arguments)
            assert is_probed, "it listens elsewhere than its probes ask"
            self.address = f"127.0.0.1:{free_port()}"
            arguments = [re.sub(r"^--listen=.*", f"--listen={self.address}", each) for each in arguments]
        own = {name: self.of_here(value) for name, value in values.items()}
        env = {"PATH": os.environ["PATH"], "SSL_CERT_DIR": "/etc/ssl/certs", **own, **NOWHERE}
        return [self.program, *map(self.of_here, arguments)], env

    def run(self, container: dict, **variables: str) -> subprocess.CompletedProcess:
        command, env = self.command(container, **variables)
        return run(*command, env=env)


def understood(program: str, cluster: Cluster, folder: Path) -> int:
    """The program understands the command of each container of each values file."""
    count = 0
    for values in values_files():
        scene = Scene(program, folder / values.stem, buckets=False)
        for container in scene.containers(cluster.objects(rendered(cluster, values), "shop")):
            command, env = scene.command(container, JOB_COMPLETION_INDEX="0")
            said = _said(command, env)
            assert USAGE not in said, f"{values.name}: {' '.join(command)}: {said}"
            assert USAGE in _said([*command, "--no-such-flag"], env), "a wrong flag is not noticed"
            count += 1
    return count


def _said(command: list[str], env: dict) -> str:
    """What a command says in its first seconds: one that goes on has understood."""
    try:
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=5).stderr
    except subprocess.TimeoutExpired:
        return ""


def exported(program: str, cluster: Cluster, folder: Path) -> int:
    """The shards of a night together write each row once."""
    scene = Scene(program, folder)
    done(run(program, "generate", scene.logs, "--duration", "2h", "--rps", "5"))
    objects = cluster.objects(rendered(cluster, ALL, "--set", "export.since=2026-01-01"), "shop")
    export = next(each for each in scene.containers(objects) if each["name"] == "export")
    job = next(each for each in objects if each["metadata"]["name"] == "logs-albstats-export" and each["kind"] == "CronJob")
    shards = job["spec"]["jobTemplate"]["spec"]["completions"]
    for index in range(shards):
        result = scene.run(export, JOB_COMPLETION_INDEX=str(index))
        assert result.returncode == 0, f"shard {index}: {result.stderr}"
    question = "SELECT count(*), min(time), max(time), sum(received_bytes) FROM requests"
    logs, lake = (done(run(program, "query", "--format", "csv", "--from", place, question)) for place in (scene.logs, scene.lake))
    assert logs == lake, f"the export is not the logs: {logs} {lake}"
    return shards


def served(program: str, cluster: Cluster, folder: Path) -> set[str]:
    """`serve` as the chart starts it: with TLS, asking for tokens; its probes, its Service's name. The names of its metrics."""
    scene = Scene(program, folder)
    done(run(program, "generate", scene.logs, "--duration", "10m"))
    container = next(each for each in scene.containers(cluster.objects(rendered(cluster, ALL), "shop")) if each["name"] == "serve")
    tls, tokens = folder / "etc" / "tls", folder / "etc" / "tokens" / "tokens"
    tls.mkdir(parents=True)
    tokens.parent.mkdir()
    done(run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=logs",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tls / "tls.key"), "-out", str(tls / "tls.crt")))
    token = done(run(program, "serve", "token", "test", "--tokens", str(tokens))).strip()
    command, env = scene.command(container)
    trust = ssl.create_default_context(cafile=str(tls / "tls.crt"))

    def get(path: str, **headers: str) -> tuple[int, str]:
        headers = {name.capitalize(): value for name, value in headers.items()}
        return _get(f"https://{scene.address}{path}", headers, trust)

    with _process(command, env) as process:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[probe]["httpGet"]["scheme"] == "HTTPS"
            until(process, lambda: get(container[probe]["httpGet"]["path"])[0] == 200)
        bearer = f"Bearer {token}"
        assert get("/metrics")[0] == 401, "metrics without a token"
        assert get("/api/v1/sources", authorization=bearer, host="evil.example.net")[0] == 421
        for host in ("logs-albstats-serve", "logs-albstats-serve.shop.svc", "logs.example.com", "logs.example.org"):
            assert get("/api/v1/sources", authorization=bearer, host=host)[0] == 200, host
        until(process, lambda: "albstats_complete_until_timestamp_seconds{" in get("/metrics", authorization=bearer)[1])
        return _names(get("/metrics", authorization=bearer)[1])


def reconciling(program: str, cluster: Cluster, folder: Path) -> set[str]:
    """`reconcile watch` as the chart starts it, as its service account: the server refuses it nothing, and it makes use of every right
    that it has. The names of its metrics."""
    scene = Scene(program, folder)
    cluster.namespace("fleet")
    containers = scene.containers(cluster.objects(rendered(cluster, ALL, namespace="fleet"), "fleet"))
    container = next(each for each in containers if each["name"] == "reconcile")
    command, env = scene.command(container)
    address = f"http://{scene.address}"
    done(cluster.helm("install", "logs", str(CHART), "-n", "fleet", "-f", str(ALL)))
    env["KUBECONFIG"] = str(cluster.as_account("logs-albstats-reconcile", "fleet"))
    rights = {(verb, kind) for verb in WATCH for kind in DECLARING} | {(verb, LEASES) for verb in ("get", "create", "update")}
    cluster.make(*_owner())

    def uses(rights: set) -> bool:
        return {(verb, kind) for verb, kind, _ in cluster.audited()} >= rights

    with aws() as env["AWS_ENDPOINT_URL"]:
        with _process(command, env) as process:
            until(process, lambda: _get(address + container["livenessProbe"]["httpGet"]["path"], {})[0] == 200)
            until(process, lambda: "albstats_reconcile_cycles_total{" in _get(f"{address}/metrics", {})[1])
            until(process, lambda: "albstats_reconcile_logs{" in _get(f"{address}/metrics", {})[1])
            until(process, lambda: uses(rights | {("create", EVENTS)}))
            until(process, lambda: "albstats_reconcile_events_total{" in _get(f"{address}/metrics", {})[1])
            names = _names(_get(f"{address}/metrics", {})[1])
        # Started again, it looks at what it has told.
        with _process(command, env) as process:
            until(process, lambda: uses({("patch", EVENTS)}))
    refused = {(verb, kind, code) for verb, kind, code in cluster.audited() if code in (401, 403)}
    assert not refused, f"refused: {refused}"
    return names


def _owner() -> list[dict]:
    """The ingress of which AWS has the load balancer, and its class."""
    api = "networking.k8s.io/v1"
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    return [
        {"apiVersion": api, "kind": "IngressClass", "metadata": {"name": "alb"}, "spec": {"controller": "ingress.k8s.aws/alb"}},
        {"apiVersion": api, "kind": "Ingress", "metadata": {"namespace": "shop", "name": "web"},
         "spec": {"ingressClassName": "alb", "defaultBackend": backend}},
    ]


def looking(program: str, cluster: Cluster, folder: Path) -> int:
    """`inventory` as the chart starts it, as its service account: it keeps a file where `serve` looks for one, is refused nothing, and
    makes use of every right that it has."""
    scene = Scene(program, folder)
    cluster.namespace("names")
    containers = scene.containers(cluster.objects(rendered(cluster, ALL, namespace="names"), "names"))
    container = next(each for each in containers if each["name"] == "inventory")
    command, env = scene.command(container)
    done(cluster.helm("install", "logs", str(CHART), "-n", "names", "-f", str(ALL)))
    env["KUBECONFIG"] = str(cluster.as_account("logs-albstats-inventory", "names"))
    before = len(cluster.audited())
    with aws() as env["AWS_ENDPOINT_URL"]:
        done(run(*command, env=env))
    asked = cluster.audited()[before:]
    refused = {(verb, kind, code) for verb, kind, code in asked if code in (401, 403)}
    assert not refused, f"refused: {refused}"
    used = {(verb, kind) for verb, kind, _ in asked}
    assert used == {("list", kind) for kind in RUNNING}, f"makes use of {sorted(used)} only"
    kept = json.loads((folder / "data" / ".local" / "share" / "albstats" / "inventory.json").read_text())
    assert kept["load_balancers"], kept
    return len(used)


class _process:
    """A process for as long as the block lasts, and what it says."""

    def __init__(self, command: list[str], env: dict) -> None:
        self.command, self.env = command, env

    def __enter__(self) -> subprocess.Popen:
        self.process = subprocess.Popen(self.command, env=self.env, stderr=subprocess.PIPE, text=True)
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=60)


def _get(address: str, headers: dict, trust: ssl.SSLContext | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), context=trust, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _names(metrics: str) -> set[str]:
    """Names of metrics as they are scraped."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", metrics, re.MULTILINE))
    counters = {name if name.endswith("_total") else f"{name}_total" for name, kind in kinds.items() if kind == "counter"}
    return counters | {name for name, kind in kinds.items() if kind != "counter"}
