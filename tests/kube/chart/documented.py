"""What docs/deploy.md shows: values that the chart and the API server take, a configuration that the program takes, Terraform that is none of
another layout than its own."""

import re
import shutil
from pathlib import Path

from cluster import CHART, Cluster, done, rendered, run

DOCUMENT = CHART.parents[2] / "docs" / "deploy.md"


def shown(program: str, cluster: Cluster, folder: Path) -> int:
    folder.mkdir()
    blocks = re.findall(r"^```(yaml|hcl)\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    count = 0
    for language, text in blocks:
        if language == "yaml" and text.startswith("# values.yaml"):
            values = folder / "values.yaml"
            values.write_text(text)
            objects = cluster.objects(rendered(cluster, values), "shop")
            config = next(each for each in objects if each["kind"] == "ConfigMap")["data"]["albstats.toml"]
            (folder / "albstats.toml").write_text(config)
            result = run(program, "config", "show", "--config", str(folder / "albstats.toml"))
            assert "warning" not in result.stderr, result.stderr
            done(result)
            count += 1
        if language == "hcl" and shutil.which("terraform"):
            (folder / "main.tf").write_text(text)
            done(run("terraform", "fmt", "-check", "-diff", str(folder / "main.tf")))
            count += 1
    return count
