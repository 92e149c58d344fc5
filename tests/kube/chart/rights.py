"""What each part may do in the cluster: exactly what is written here, of everything that the API server knows."""

from cluster import CHART, HERE, Cluster, done

VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
WATCH = ["list", "watch"]
# What the reconciler may read, as "resource.group".
DECLARING = [
    "namespaces.",
    "services.",
    "ingresses.networking.k8s.io",
    "ingressclasses.networking.k8s.io",
    "ingressclassparams.elbv2.k8s.aws",
    "ingressclassparams.eks.amazonaws.com",
    "gateways.gateway.networking.k8s.io",
    "gatewayclasses.gateway.networking.k8s.io",
    "loadbalancerconfigurations.gateway.k8s.aws",
    "loadbalancerconfigurations.gateway.eks.amazonaws.com",
    "loadbalancerconfigurations.eks.amazonaws.com",
]
# What the inventory may look at now and then.
RUNNING = [
    "pods.",
    "nodes.",
    "services.",
    "endpointslices.discovery.k8s.io",
    "targetgroupbindings.elbv2.k8s.aws",
    "targetgroupbindings.eks.amazonaws.com",
]
LEASES = "leases.coordination.k8s.io"
# What it may tell on what declares load balancers, wherever that is.
EVENTS = "events.events.k8s.io"
TELL = ["create", "patch"]
# Kinds of other people's, which an API server does not know until they are installed.
OTHERS = [
    "targetgroupconfigurations.gateway.k8s.aws",
    "httproutes.gateway.networking.k8s.io",
    "widgets.example.com",
]
# Doors beside verbs and kinds.
SUBRESOURCES = ["pods/exec.", "pods/log.", "pods/attach.", "serviceaccounts/token.", "ingresses/status.networking.k8s.io", "nodes/proxy."]


def of_others() -> list[str]:
    """Kinds that the parts read and Kubernetes does not have by itself."""
    return [kind for kind in (*DECLARING, *RUNNING) if kind.endswith((".k8s.aws", ".amazonaws.com", "gateway.networking.k8s.io"))]


def rights(cluster: Cluster) -> int:
    """Asks about each verb of each kind, for each part's account, with and without what can be switched off."""
    cluster.namespace("rights")
    values = HERE / "values" / "all.yaml"
    watch = {(verb, kind) for kind in DECLARING for verb in WATCH}
    look = {("list", kind) for kind in RUNNING}
    tell = {(verb, EVENTS) for verb in TELL}
    count = 0
    for is_on in (True, False):
        switches = ("reconcile.kubernetes.live", "reconcile.kubernetes.lease", "reconcile.events", "inventory.kubernetes.live")
        wish = ",".join(f"{switch}={is_on}".lower() for switch in switches)
        done(cluster.helm("upgrade", "--install", "logs", str(CHART), "-n", "rights", "-f", str(values), "--set", wish))
        for namespace in ("rights", "elsewhere"):
            new = {("create", LEASES)} if namespace == "rights" else set()
            count += _compare(cluster, "logs-albstats-reconcile", namespace, watch | tell | new if is_on else set())
            count += _compare(cluster, "logs-albstats-inventory", namespace, look if is_on else set())
        own = {(verb, LEASES) for verb in ("get", "create", "update")} if is_on else set()
        assert _verbs(cluster, "logs-albstats-reconcile", "rights", LEASES, name="logs-albstats-reconcile") == own
        # The names by which the chart calls the others' accounts, and one that it does not know.
        for nothing in ("logs", "logs-albstats-export", "default"):
            count += _compare(cluster, nothing, "rights", set())
    done(cluster.helm("uninstall", "logs", "-n", "rights"))
    count += _compare(cluster, "logs-albstats-reconcile", "rights", set())
    return count


def _verbs(cluster: Cluster, account: str, namespace: str, kind: str, name: str) -> set:
    """What may be done to one object."""
    return {(verb, kind) for verb in VERBS if _may(cluster, account, namespace, (verb, kind), name)}


def _compare(cluster: Cluster, account: str, namespace: str, expected: set) -> int:
    asked = [(verb, kind) for kind in _kinds(cluster) for verb in VERBS]
    allowed = {each for each in asked if _may(cluster, account, namespace, each)}
    # What anybody may who has logged in, such as asking what they may do.
    allowed -= {each for each in allowed if _may(cluster, "nobody-in-particular", namespace, each)}
    where = f"{account} in {namespace}"
    assert not expected - allowed, f"{where} may not: {sorted(expected - allowed)}"
    assert not allowed - expected, f"{where} may, and should not: {sorted(allowed - expected)}"
    return len(asked)


def _kinds(cluster: Cluster) -> list[str]:
    if not hasattr(cluster, "kinds"):
        known = done(cluster.kubectl("api-resources", "-o", "name")).split()
        # Kinds of the core have no group behind a dot.
        cluster.kinds = sorted({kind if "." in kind else f"{kind}." for kind in known} | {*DECLARING, *RUNNING, *OTHERS, *SUBRESOURCES})
    return cluster.kinds


def _may(cluster: Cluster, account: str, namespace: str, what: tuple[str, str], name: str = "") -> bool:
    verb, kind = what
    resource, group = kind.split(".", 1)
    resource, _, subresource = resource.partition("/")
    attributes = {"verb": verb, "resource": resource, "group": group, "namespace": namespace, "subresource": subresource, "name": name}
    spec = {
        "user": f"system:serviceaccount:rights:{account}",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:rights", "system:authenticated"],
        "resourceAttributes": attributes,
    }
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    return cluster.request("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)["status"]["allowed"]
