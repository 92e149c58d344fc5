"""The API server of these tests, and the two programs that talk to it: kubectl and helm."""

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
KUBE = HERE.parent
CHART = KUBE.parent.parent / "deploy" / "chart" / "albstats"
# Kinds that the chart makes and Kubernetes does not know by itself: module, version, files.
CRDS = {
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": [
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    ],
}


def run(*command: str, stdin: str | None = None, env: dict | None = None) -> subprocess.CompletedProcess:
    """Runs a command to its end; how it ended is for whoever asks."""
    return subprocess.run(command, input=stdin, env=env, capture_output=True, text=True, check=False, timeout=300)


def done(result: subprocess.CompletedProcess) -> str:
    """What a command printed that must have worked."""
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(result.args[:4])} …: {result.stderr.strip()[-2000:]}")
    return result.stdout


class Cluster:
    """An API server in a folder, for as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools = Path(done(run(str(KUBE / "tools" / "build"))).strip())
        # Helm's own files stay in the folder, too.
        self.env = {**os.environ, "KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}

    def __enter__(self) -> "Cluster":
        done(run(str(KUBE / "up"), str(self.folder), f"--audit-policy-file={self._audit_policy()}", "--audit-log-path=audit.jsonl"))
        return self

    def __exit__(self, *_: object) -> None:
        done(run(str(KUBE / "down"), str(self.folder)))

    def _audit_policy(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        policy = self.folder / "audit.json"
        rules = [{"level": "Metadata", "userGroups": ["system:serviceaccounts"], "omitStages": ["RequestReceived"]}]
        policy.write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules}))
        return policy

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess:
        return run(str(self.tools / "kubectl"), *arguments, stdin=stdin, env=self.env)

    def helm(self, *arguments: str) -> subprocess.CompletedProcess:
        return run(str(self.tools / "helm"), *arguments, env=self.env)

    def objects(self, manifest: str, namespace: str) -> list[dict]:
        """The objects of a manifest as the server would store them; it says which fields it does not know."""
        flags = ["--server-side", "--dry-run=server", "--validate=strict", "-o", "json", "-n", namespace, "-f", "-"]
        answer = json.loads(done(self.kubectl("apply", *flags, stdin=manifest)))
        return answer["items"] if answer["kind"] == "List" else [answer]

    def make(self, *objects: dict) -> None:
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        done(self.kubectl("apply", "--server-side", "-f", "-", stdin=manifest))

    def namespace(self, name: str, labels: dict | None = None) -> None:
        self.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}})

    def as_account(self, name: str, namespace: str) -> Path:
        """A kubeconfig of a service account."""
        token = done(self.kubectl("create", "token", name, "-n", namespace)).strip()
        path = self.folder / f"{name}.kubeconfig"
        path.write_text((self.folder / "kubeconfig").read_text().replace("admin-token", token))
        return path

    def audited(self) -> list[tuple[str, str, int]]:
        """What service accounts asked for: verb, kind, and the status of the answer. Only of requests that are over or go on."""
        asked = []
        for line in (self.folder / "audit.jsonl").read_text().splitlines():
            event = json.loads(line)
            if thing := event.get("objectRef"):
                kind = f"{thing['resource']}.{thing.get('apiGroup', '')}"
                asked.append((event["verb"], kind, event.get("responseStatus", {}).get("code", 0)))
        return asked

    def request(self, path: str, body: dict | None = None) -> dict:
        """Asks the API as admin, for what is asked hundreds of times; posts a body."""
        address = f"https://127.0.0.1:{(self.folder / 'ports').read_text().split()[2]}{path}"
        headers = {"Authorization": "Bearer admin-token", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        trust = ssl.create_default_context(cafile=str(self.folder / "certificates" / "apiserver.crt"))
        with urllib.request.urlopen(urllib.request.Request(address, data, headers), context=trust, timeout=30) as answer:
            return json.load(answer)

    def install_kinds(self, *others: str) -> None:
        """Kinds of the Prometheus operator, as its module has them, and others that may hold anything."""
        self.make(*map(kind, others))
        for module, files in CRDS.items():
            folder = Path(json.loads(done(run("go", "mod", "download", "-json", module)))["Dir"])
            for file in files:
                done(self.kubectl("apply", "--server-side", "-f", str(folder / file)))
        done(self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"))


def kind(resource: str) -> dict:
    """A definition of a kind that other people's have, such as `gateways.gateway.networking.k8s.io`, with any fields."""
    plural, group = resource.split(".", 1)
    word = plural.removesuffix("es") if plural.endswith("sses") else plural.removesuffix("s")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": name, "served": True, "storage": name == "v1", "schema": schema} for name in ("v1", "v1beta1")]
    scope = "Cluster" if "class" in plural else "Namespaced"
    names = {"plural": plural, "singular": word, "kind": word.capitalize()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": resource, "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
        "spec": {"group": group, "scope": scope, "names": names, "versions": versions},
    }


def values_files() -> list[Path]:
    return sorted((HERE / "values").glob("*.yaml"))


def rendered(cluster: Cluster, values: Path, *flags: str, namespace: str = "shop") -> str:
    return done(cluster.helm("template", "logs", str(CHART), "-n", namespace, "-f", str(values), *flags))


def pod_of(thing: dict) -> dict | None:
    """A pod as a controller makes it of an object, if it makes any."""
    if thing["kind"] not in ("StatefulSet", "Deployment", "CronJob"):
        return None
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    template = spec["template"]
    metadata = {"name": "pod", "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
