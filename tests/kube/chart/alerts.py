"""The chart's alerts: of metrics that there are, and firing when they should (promtool, if it is there)."""

import json
import re
import shutil
from pathlib import Path

from cluster import HERE, Cluster, done, rendered, run


def rule(cluster: Cluster) -> dict:
    objects = cluster.objects(rendered(cluster, HERE / "values" / "all.yaml"), "shop")
    return next(each for each in objects if each["kind"] == "PrometheusRule")


def of_metrics(cluster: Cluster, names: set[str]) -> int:
    """Every metric of ours in an alert is one that the program has."""
    asked = {name for alert in _alerts(cluster) for name in re.findall(r"\b(albstats_\w+)", alert["expr"])}
    assert asked, "no alert asks for a metric of ours"
    assert asked <= names, f"there is no {sorted(asked - names)}"
    return len(asked)


def firing(cluster: Cluster, folder: Path) -> int:
    """Each alert fires on what it is about, and not on the same cluster without it."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return 0
    folder.mkdir()
    (folder / "rules.json").write_text(json.dumps(rule(cluster)["spec"]))
    done(run(promtool, "check", "rules", str(folder / "rules.json")))
    tests = (HERE / "alerts.yaml").read_text()
    (folder / "alerts.yaml").write_text(tests)
    done(run(promtool, "test", "rules", str(folder / "alerts.yaml")))
    known, tried = {alert["alert"] for alert in _alerts(cluster)}, set(re.findall(r"alertname: (\w+)", tests))
    assert known == tried, f"without a test, or without an alert: {sorted(known ^ tried)}"
    return len(known)


def _alerts(cluster: Cluster) -> list[dict]:
    return [alert for group in rule(cluster)["spec"]["groups"] for alert in group["rules"]]
