"""What the chart makes of values: it is accepted by the API server, by the strictest rules for pods, or refused for a reason."""

import json

from cluster import CHART, HERE, Cluster, done, pod_of, rendered, values_files

ALL = HERE / "values" / "all.yaml"
# Values that are wrong, and words of what must be said about them.
REFUSED = [
    ("image.repository=", "where is the image"),
    ("image.repository=UPPER/case", "/image/repository"),
    ("image.digest=sha256:12", "/image/digest"),
    ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
    ("region=Ireland", "/region"),
    ("listenAddress=127.0.0.1", "/listenAddress"),
    ("serve.enable=true", "/serve"),
    ("serve.replicas=2", "/serve"),
    ("serve.tokens.secret=", "serve.tokens: off the loopback interface"),
    ("serve.tokens.file=albstats_secret", "/serve/tokens/file"),
    ("serve.service.port=0", "/serve/service/port"),
    ("serve.service.port=http", "/serve/service/port"),
    ("serve.persistence.size=many", "/serve/persistence/size"),
    ("serve.ingress.host=", "serve.ingress.host"),
    ("serve.threads=0", "/serve/threads"),
    ("serve.hosts={https://logs.example.com}", "/serve/hosts/0"),
    ("serve.env[0].name=HOME", "/serve/env/0/name"),
    ("serve.serviceAccount.roleArn=albstats", "/serve/serviceAccount/roleArn"),
    ("serve.serviceAccount.create=false,serve.serviceAccount.name=", "serve.serviceAccount.name"),
    ("config=", "config: serve has no sources"),
    ("config=,serve.enabled=false", "config: reconcile has no policy"),
    ("reconcile.kubernetes.live=false", "/reconcile/kubernetes"),
    ("reconcile.kubernetes.live=maybe", "/reconcile/kubernetes/live"),
    ("reconcile.kubernetes.live=false,reconcile.kubernetes.lease=false", "/reconcile"),
    ("reconcile.events=often", "/reconcile/events"),
    ("reconcile.kubernetes.cluster=a=b", "/reconcile/kubernetes/cluster"),
    ("serve.persistence.enabled=false", "inventory: it is kept on the volume of serve"),
    ("inventory.schedule=often", "/inventory/schedule"),
    ("export.to=/lake", "/export/to"),
    ("export.to=", "export.from and export.to"),
    ("export.from=null", "export.from and export.to"),
    ("export.shards=0", "/export/shards"),
    ("export.shards=1.5", "/export/shards"),
    ("export.redact={names}", "/export/redact/0"),
    ("export.slot=week", "/export/slot"),
    ("export.schedule=nightly", "/export/schedule"),
    ("serviceMonitor.token.secret=", "serviceMonitor.token.secret"),
    ("serviceMonitor.interval=often", "/serviceMonitor/interval"),
    ("prometheusRule.late=30m", "/prometheusRule/late"),
    ("networkPolicies.enabled=true", "networkPolicies"),
]


def lint(cluster: Cluster) -> int:
    """No values file and not the defaults have anything that helm would rather not see."""
    done(cluster.helm("lint", "--strict", str(CHART)))
    for values in values_files():
        done(cluster.helm("lint", "--strict", str(CHART), "-f", str(values)))
    return 1 + len(values_files())


def refusals(cluster: Cluster) -> int:
    """Each wrong value is refused, and what is said names it."""
    for wrong, words in REFUSED:
        result = cluster.helm("template", "logs", str(CHART), "-f", str(ALL), "--set", wrong)
        assert result.returncode != 0, f"--set {wrong} was accepted"
        assert words in result.stderr, f"--set {wrong}: no '{words}' in: {result.stderr}"
    return len(REFUSED)


def accepted(cluster: Cluster) -> int:
    """The API server takes every object, and knows every field of it."""
    count = 0
    for values in values_files():
        manifest = rendered(cluster, values)
        objects = cluster.objects(manifest, "shop")
        assert len(objects) == manifest.count("\nkind: "), f"{values.name}: {len(objects)} objects"
        count += len(objects)
    assert "kind:" not in done(cluster.helm("template", "logs", str(CHART))), "the defaults make something"
    return count


def restricted(cluster: Cluster) -> int:
    """Pods are admitted where only the strictest of Kubernetes' own profiles is."""
    cluster.namespace("strict", {"pod-security.kubernetes.io/enforce": "restricted"})
    count = 0
    for values in values_files():
        for pod in filter(None, map(pod_of, cluster.objects(rendered(cluster, values), "shop"))):
            # No priority class is there; who may be a pod does not depend on it.
            spec = {name: value for name, value in pod["spec"].items() if name not in ("priorityClassName", "priority")}
            refused = _refused(cluster, {**pod, "spec": spec})
            assert not refused, f"{values.name}: {refused}"
            loose = {**pod, "spec": {**spec, "securityContext": {}}}
            assert "violates PodSecurity" in _refused(cluster, loose), "the profile is not enforced"
            count += 1
    return count


def _refused(cluster: Cluster, pod: dict) -> str:
    result = cluster.kubectl("create", "--dry-run=server", "-n", "strict", "-f", "-", stdin=json.dumps(pod))
    return result.stderr.strip() if result.returncode else ""


def life(cluster: Cluster) -> int:
    """A release is installed, changed, taken back and removed, and leaves nothing behind."""
    cluster.namespace("life")
    flags = ["-n", "life", "-f", str(ALL)]
    done(cluster.helm("install", "logs", str(CHART), *flags))
    first = _of_release(cluster)
    assert _shards(cluster) == 4
    config = 'config=[reconcile]\nbucket = "other"\n'
    done(cluster.helm("upgrade", "logs", str(CHART), *flags, "--set", "export.shards=8", "--set", config))
    assert _shards(cluster) == 8
    assert _annotation(cluster) != first["annotation"], "pods go on with the configuration of before"
    done(cluster.helm("upgrade", "logs", str(CHART), *flags, "--set", "reconcile.enabled=false"))
    without = _of_release(cluster)["names"]
    assert without < first["names"], without
    # The history outlives what wrote it: without it, what was written counts as somebody else's.
    assert {name for name in without if "reconcile" in name} <= CLAIMS, without
    done(cluster.helm("rollback", "logs", "1", "-n", "life"))
    assert _shards(cluster) == 4
    assert _of_release(cluster) == first, "rolled back, and something is not as it was"
    done(cluster.helm("uninstall", "logs", "-n", "life"))
    assert _of_release(cluster)["names"] == CLAIMS, "something else was left behind, or what is kept was not"
    done(cluster.helm("install", "logs", str(CHART), *flags))
    assert _of_release(cluster) == first, "installed again, and something is not as it was"
    done(cluster.helm("uninstall", "logs", "-n", "life"))
    return len(first["names"])


def _shards(cluster: Cluster) -> int:
    job = cluster.request("/apis/batch/v1/namespaces/life/cronjobs/logs-albstats-export")
    return job["spec"]["jobTemplate"]["spec"]["completions"]


def _annotation(cluster: Cluster) -> str:
    path = "/apis/apps/v1/namespaces/life/deployments/logs-albstats-reconcile"
    return cluster.request(path)["spec"]["template"]["metadata"]["annotations"]["albstats.io/config-sha256"]


CLAIMS = {"persistentvolumeclaim/logs-albstats-serve", "persistentvolumeclaim/logs-albstats-reconcile"}
KINDS = (
    "statefulsets,deployments,cronjobs,services,ingresses,configmaps,secrets,serviceaccounts,persistentvolumeclaims,"
    "networkpolicies,roles,rolebindings,clusterroles,clusterrolebindings,servicemonitors,prometheusrules"
)


def _of_release(cluster: Cluster) -> dict:
    """What is there of the release: names of objects, and which configuration pods read."""
    found = cluster.kubectl("get", KINDS, "-n", "life", "-l", "app.kubernetes.io/instance=logs", "-o", "name")
    names = set(done(found).split())
    has_reconcile = any(name.startswith("deployment") for name in names)
    return {"names": names, "annotation": _annotation(cluster) if has_reconcile else None}
