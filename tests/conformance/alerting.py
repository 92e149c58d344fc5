"""`albstats serve` among the programs that look at it and listen to it: `promtool` reads its metrics, Prometheus scrapes them and evaluates a
rule, an Alertmanager is told what fires and what no longer does, and so is a webhook.
"""

import gzip
import json
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import run

from program import Program, Result
from tools import LOOPBACK, Server, free_port, need_program, until

ACCOUNT, REGION = "123456789012", "eu-west-1"
INTERVAL = timedelta(minutes=5)
DEADLINE = 90.0


def prometheus(program: Program, scratch: Path) -> list[Result]:
    """Debian's Prometheus, promtool and Alertmanager."""
    promtool = need_program("promtool", "prometheus")
    prometheus = need_program("prometheus", "prometheus")
    alertmanager = need_program("prometheus-alertmanager", "prometheus-alertmanager")
    version = run([prometheus, "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    ports = {name: free_port() for name in ["serve", "prometheus", "alertmanager", "cluster"]}
    urls = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    hook = Hook()
    end = floor(datetime.now(timezone.utc)) - 2 * INTERVAL
    for number in range(3):
        put(scratch, end - number * INTERVAL, failing=True)
    configure(scratch, urls, ports, hook.url)
    receives = [
        alertmanager,
        f"--config.file={scratch / 'alertmanager.yml'}",
        f"--web.listen-address={LOOPBACK}:{ports['alertmanager']}",
        f"--cluster.listen-address={LOOPBACK}:{ports['cluster']}",
        f"--storage.path={scratch / 'alertmanager'}",
    ]
    scrapes = [
        prometheus,
        f"--config.file={scratch / 'prometheus.yml'}",
        f"--web.listen-address={LOOPBACK}:{ports['prometheus']}",
        f"--storage.tsdb.path={scratch / 'prometheus'}",
    ]
    serves = [program.path, "--config", str(scratch / "albstats.toml"), "serve"]
    home = {"HOME": str(scratch), "XDG_STATE_HOME": str(scratch / "state")}
    with (
        hook,
        Server(receives, scratch / "alertmanager.log") as receiver,
        Server(serves, scratch / "serve.log", home) as server,
        Server(scrapes, scratch / "prometheus.log") as scraper,
    ):
        receiver.until(urls["alertmanager"] + "/-/ready", 60)
        server.until(urls["serve"] + "/readyz", 60)
        scraper.until(urls["prometheus"] + "/-/ready", 60)
        found: dict[str, object] = {}
        until(lambda: alerts(urls["alertmanager"], "active") == ["mine"], DEADLINE)
        found["Alertmanager: firing"] = alerts(urls["alertmanager"], "active")
        # Counted are requests since the server began.
        put(scratch, floor(datetime.now(timezone.utc)), failing=False, at=datetime.now(timezone.utc))
        put(scratch, end + INTERVAL, failing=False)
        until(lambda: alerts(urls["alertmanager"], "active") == [], DEADLINE)
        found["Alertmanager: resolved"] = alerts(urls["alertmanager"], "active")
        found["webhook"] = [told["state"] for told in hook.told]
        text = urllib.request.urlopen(urls["serve"] + "/metrics", timeout=10).read()
        checked = run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        found["promtool check metrics"] = (checked.returncode, checked.stderr.decode())
        asked = "/api/v1/query?query=albstats_requests_total"
        until(lambda: bool(ask(urls["prometheus"], asked)["data"]["result"]), DEADLINE)
        series = ask(urls["prometheus"], asked)["data"]["result"]
        found["Prometheus: requests"] = [int(one["value"][1]) for one in series]
        until(lambda: "Served" in rules(urls["prometheus"]), DEADLINE)
        found["Prometheus: a rule"] = rules(urls["prometheus"])
    expected = {
        "Alertmanager: firing": ["mine"],
        "Alertmanager: resolved": [],
        "webhook": ["firing", "resolved"],
        "promtool check metrics": (0, ""),
        "Prometheus: requests": [20],
        "Prometheus: a rule": ["Served"],
    }
    return [Result(version, "metrics and alerts of `serve`", expected, found)]


def configure(scratch: Path, urls: dict[str, str], ports: dict[str, int], hook: str) -> None:
    (scratch / "albstats.toml").write_text(
        f"""
[sources.prod]
from = ["{scratch / 'logs'}"]
live = "{scratch / 'live'}"
[serve]
listen = {ports['serve']}
poll = "1s"
[[alert]]
name = "mine"
report = "errors"
fail_if = ["elb_5xx_rate > 10%"]
window = "5m"
every = "10s"
late = "1h"
[notify.pager]
alertmanager = "{urls['alertmanager']}"
[notify.hook]
webhook = "{hook}"
"""
    )
    (scratch / "alertmanager.yml").write_text("route:\n  receiver: none\nreceivers:\n- name: none\n")
    (scratch / "rules.yml").write_text(
        "groups:\n- name: a\n  interval: 1s\n  rules:\n  - alert: Served\n"
        '    expr: sum(albstats_requests_total{status_class="2xx"}) > 10\n'
    )
    (scratch / "prometheus.yml").write_text(
        "global:\n  scrape_interval: 1s\nrule_files: [rules.yml]\nscrape_configs:\n- job_name: albstats\n"
        f"  static_configs:\n  - targets: ['{LOOPBACK}:{ports['serve']}']\n"
    )


def floor(time_of_day: datetime) -> datetime:
    return time_of_day - timedelta(minutes=time_of_day.minute % 5, seconds=time_of_day.second, microseconds=time_of_day.microsecond)


def put(scratch: Path, end: datetime, failing: bool, at: datetime | None = None) -> None:
    """An object of the interval that ends then, with twenty requests."""
    status = "502 -" if failing else "200 200"
    took = "0.001 -1 -1" if failing else "0.001 0.002 0.000"
    moment = at or end - timedelta(seconds=30)
    line = (
        f"https {moment:%Y-%m-%dT%H:%M:%S}.000000Z app/shop/50dc6c495c0c9188 203.0.113.9:4711 10.0.0.1:80 {took} {status} 100 200 "
        f'"GET https://shop.example.com:443/ HTTP/2.0" "curl/8" TLS_AES_128_GCM_SHA256 TLSv1.3 '
        f'arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" '
        f'"shop.example.com" "session-reused" 0 {moment:%Y-%m-%dT%H:%M:%S}.000000Z "forward" "-" "-" "10.0.0.1:80" "-" "-" "-" TID_1\n'
    )
    name = f"{ACCOUNT}_elasticloadbalancing_{REGION}_app.shop.50dc6c495c0c9188_{end:%Y%m%dT%H%MZ}_203.0.113.4_r{failing:d}.log.gz"
    folder = scratch / f"logs/AWSLogs/{ACCOUNT}/elasticloadbalancing/{REGION}/{end:%Y/%m/%d}"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / ".unfinished"
    unfinished.write_bytes(gzip.compress((line * 20).encode()))
    unfinished.rename(folder / name)


def ask(url: str, path: str) -> dict:
    return json.load(urllib.request.urlopen(url + path, timeout=10))


def alerts(url: str, state: str) -> list[str]:
    return [one["labels"]["alertname"] for one in ask(url, "/api/v2/alerts") if one["status"]["state"] == state]


def rules(url: str) -> list[str]:
    return [one["labels"]["alertname"] for one in ask(url, "/api/v1/alerts")["data"]["alerts"] if one["state"] == "firing"]


class Hook:
    """A webhook that keeps what it is told."""

    def __init__(self) -> None:
        told: list[dict] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.told = told
        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.url = f"http://{LOOPBACK}:{self.server.server_port}/hook"

    def __enter__(self) -> "Hook":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.server.shutdown()
