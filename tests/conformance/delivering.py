"""Checks of what comes after: log objects under the prefix that was configured, and what is said of them."""

import gzip
import json
import re
import time

from fleet import ACCOUNT, REGIONS, Facts, LoadBalancer, World, of_ingresses, on, policy

BUCKET, REGION = "acme-logs-eu-west-1", REGIONS[0]
GROUP = re.compile(rb"targetgroup/[^ \"/]+/[0-9a-f]+")


def end_to_end(world: World, facts: Facts) -> None:
    """Logs that come under the configured prefix are found, and named by namespace and service."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.policy(policy())
    facts.ends("plan", 1, world.plan(), "6 to enable")
    facts.ends("apply", 0, world.apply(), "6 written")
    groups = target_groups(world, fleet)
    put, requests = put_logs(world, fleet, groups)
    facts.holds("objects were put", put > 10)
    facts.ends("plan when logs arrive", 0, world.plan(), "6 delivering")
    source = f"s3://{BUCKET}/eks"
    window = ["--since", "2h", "--format", "json"]
    sql = "SELECT elb, target_group_arn, count(*) AS n FROM requests GROUP BY 1, 2"
    asked = world.run("query", "--from", source, *window, sql)
    facts.ends("query", 0, asked)
    rows = json.loads(asked.out or "[]")
    facts.same("query: load balancers", {each.elb for each in fleet}, {row["elb"] for row in rows})
    facts.same("query: target groups", set(groups), {row["target_group_arn"] for row in rows} - {None, "-"})
    facts.same("query: requests", requests, sum(row["n"] for row in rows))
    facts.ends("inventory", 0, world.run("inventory", "--region", REGION), "")
    report = world.run("report", "latency", "--from", source, "--since", "2h")
    facts.ends("report latency", 0, report)
    for each in fleet:
        namespace, _, name = each.tags["ingress.k8s.aws/stack"].partition("/")
        facts.same(f"report: groups of {namespace}/svc-{name}", 2, report.out.count(f" {namespace}/svc-{name} "))


def target_groups(world: World, fleet: list[LoadBalancer]) -> list[str]:
    """Two for each load balancer, with the controller's names and tags, and listeners that join them."""
    made = []
    client = world.hands("elbv2", REGION)
    vpc = world.hands("ec2", REGION).describe_vpcs()["Vpcs"][0]["VpcId"]
    for each in fleet:
        namespace, _, name = each.tags["ingress.k8s.aws/stack"].partition("/")
        service = f"svc-{name}"
        short = re.sub("[^A-Za-z0-9]", "", service)[:8]
        for port in (80, 8080):
            resource = {"ingress.k8s.aws/resource": f"{namespace}/{name}-{service}:{port}"}
            tags = [{"Key": key, "Value": value} for key, value in (each.tags | resource).items()]
            options = {"Protocol": "HTTP", "Port": port, "VpcId": vpc, "TargetType": "ip", "Tags": tags}
            group = client.create_target_group(Name=f"k8s-{namespace[:8]}-{short}-{port:010x}", **options)
            arn = group["TargetGroups"][0]["TargetGroupArn"]
            action = [{"Type": "forward", "TargetGroupArn": arn}]
            client.create_listener(LoadBalancerArn=each.arn, Protocol="HTTP", Port=port, DefaultActions=action)
            made.append(arn)
    return made


def put_logs(world: World, fleet: list[LoadBalancer], groups: list[str]) -> tuple[int, int]:
    """Puts generated logs of the last hour where AWS would put them, under the names of this fleet.

    Answers how many objects there are, and how many requests.
    """
    start = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() // 300 * 300 - 3600))
    options = ["--rps", "2", "--duration", "55m", "--start", start, "--odd-share", "0"]
    options += ["--load-balancers", str(len(fleet)), "--account", ACCOUNT, "--region", REGION]
    folder = world.folder / "logs"
    world.run("generate", str(folder), *options)
    objects = {path.relative_to(folder).as_posix(): gzip.decompress(path.read_bytes()) for path in folder.rglob("*.gz")}
    named = sorted({match for key in objects for match in re.findall(r"app\.[^_]+?\.[0-9a-f]+(?=_)", key)})
    elbs = dict(zip(named, fleet, strict=True))
    # Each generated target group becomes one of the two of its load balancer.
    found = sorted({group for lines in objects.values() for group in GROUP.findall(lines)})
    where = {
        group: elb for elb in named for key, lines in objects.items() if elb in key for group in GROUP.findall(lines)
    }
    renamed = {}
    for number, group in enumerate(found):
        index = named.index(where[group]) * 2 + number % 2
        renamed[group] = groups[index].split(":")[5].encode()
    client, requests = world.hands("s3", REGION), 0
    for key, lines in objects.items():
        (elb,) = (name for name in named if name in key)
        lines = GROUP.sub(lambda match: renamed[match[0]], lines)
        lines = lines.replace(elb.replace(".", "/").encode(), elbs[elb].elb.encode())
        key = key.replace(elb, elbs[elb].elb.replace("/", "."))
        client.put_object(Bucket=BUCKET, Key=f"eks/{key}", Body=gzip.compress(lines))
        is_access = not key.rpartition("/")[2].startswith(("conn_log_", "health_check_log_"))
        requests += lines.count(b"\n") * is_access
    return len(objects), requests


def silence(world: World, facts: Facts) -> None:
    """Fresh, idle, silent and off are told apart by what CloudWatch counts."""
    fresh, idle, silent, off = world.make(of_ingresses(4))
    world.open_buckets()
    world.policy(policy() + f'\n[sources.logs]\nfrom = ["s3://{BUCKET}/eks"]\nregion = "{REGION}"\n')
    for each in (fresh, idle, silent):
        world.set(each, on(BUCKET, "eks"))
    put_logs(world, [fresh], [fresh.arn.replace("loadbalancer/app/fresh", "targetgroup/one")] * 2)
    for each in (fresh, silent, off):
        world.tell("requests", elb=each.elb, n=41)
    planned = world.plan()
    facts.ends("plan", 1, planned, "3 delivering", "silent", "CloudWatch counts 41 requests", "3 to enable")
    words = ("fresh", "idle", "SILENT", "OFF")
    verify = world.run("objects", "--verify", "--from", "logs", "--since", "1h")
    facts.ends("objects --verify", 1, verify, *words)
    for each, word in zip((fresh, idle, silent, off), words, strict=True):
        line = next((line for line in verify.out.splitlines() if each.name in line), "")
        facts.holds(f"objects --verify: {each.name} is {word}", word in line)
