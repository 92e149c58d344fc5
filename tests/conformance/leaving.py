"""Checks of what is left alone: what others own, declared, switched off or opted out, and what is out of reach."""

import json

from fleet import (
    ACCOUNT,
    KINDS,
    MODIFY,
    REGIONS,
    Facts,
    LoadBalancer,
    World,
    delivery,
    ingress_tags,
    modified,
    of_ingresses,
    on,
    policy,
)

BUCKET, REGION = "acme-logs-eu-west-1", REGIONS[0]
ONE_REGION = f'[reconcile.select.main]\nregions = ["{REGION}"]\nclusters = ["*"]\n'
OTHER = "210987654321"


def applied(world: World, facts: Facts, writes: int) -> None:
    """Plans and applies so many writes."""
    facts.ends("plan", 1, world.plan(), f"{writes} to enable")
    facts.ends("apply", 0, world.apply(), f"{writes} written")


def unchanged(facts: Facts, world: World, before: dict, but: dict) -> None:
    """Nothing is different but this: attributes by name of the load balancer."""
    changed = {(name, key): value for name, attributes in but.items() for key, value in attributes.items()}
    facts.same("attributes afterwards", before | changed, world.everything())


def foreign(world: World, facts: Facts) -> None:
    """Logs that go to another bucket, or under another prefix, are left there."""
    fleet = world.make(of_ingresses(3))
    world.open_buckets()
    world.bucket("others", REGION, delivery("others", "theirs"))
    world.set(fleet[0], on("others", "theirs", ["access"]))
    world.set(fleet[1], on(BUCKET, "other/prefix", ["connection"]))
    world.policy(policy())
    before = world.everything()
    planned = world.plan()
    facts.ends(
        "plan", 1, planned, "7 to enable", "foreign: goes to s3://others/theirs", f"goes to s3://{BUCKET}/other/prefix"
    )
    facts.ends("apply", 0, world.apply(), "7 written")
    rest = {
        fleet[0].name: on(BUCKET, "eks", ["connection", "health-check"]),
        fleet[1].name: on(BUCKET, "eks", ["access", "health-check"]),
        fleet[2].name: on(BUCKET, "eks"),
    }
    unchanged(facts, world, before, rest)
    world.policy(policy('foreign = "adopt"'))
    facts.ends("adopt, with a history of minutes", 0, world.plan(), "taken over once the history is an hour old")


def manual(world: World, facts: Facts) -> None:
    """Logs that somebody switched off stay off, whoever had switched them on; with repair, only our own come back."""
    fleet = world.make(of_ingresses(3))
    world.open_buckets()
    world.set(
        fleet[0], {"access_logs.s3.enabled": "false", "access_logs.s3.bucket": BUCKET, "access_logs.s3.prefix": "eks"}
    )
    world.policy(policy())
    applied(world, facts, 8)
    world.set(fleet[1], {"connection_logs.s3.enabled": "false"})
    before = world.everything()
    facts.ends("plan afterwards", 0, world.plan(), "switched off by hand (false, bucket kept)", "2 left alone")
    world.policy(policy('manual_disable = "repair"'))
    facts.ends("plan with repair", 1, world.plan(), "1 to enable", "switched off by hand")
    facts.ends("apply with repair", 0, world.apply(), "1 written")
    unchanged(facts, world, before, {fleet[1].name: {"connection_logs.s3.enabled": "true"}})
    (world.folder / "state.json").unlink()
    world.set(fleet[1], {"connection_logs.s3.enabled": "false"})
    facts.ends("plan with repair and a lost history", 0, world.plan(), "2 left alone")


def opt_outs(world: World, facts: Facts) -> None:
    """Tags and exclusions keep logs off, before and after they were switched on."""
    fleet = world.make(of_ingresses(5))
    world.open_buckets()
    client = world.hands("elbv2", REGION)
    for each, value in zip(fleet, ("disabled", "no", "enabled"), strict=False):
        client.add_tags(ResourceArns=[each.arn], Tags=[{"Key": "albstats.io/logs", "Value": value}])
    exclude = f'\n[[reconcile.exclude]]\nnames = ["{fleet[3].name}"]\n'
    world.policy(policy(exclude))
    before = world.everything()
    said = ("opted out by tag albstats.io/logs=disabled", "opted out by tag albstats.io/logs=no")
    facts.ends("plan", 1, world.plan(), "6 to enable", *said, f"excluded by name {fleet[3].name}")
    facts.ends("apply", 0, world.apply(), "6 written")
    unchanged(facts, world, before, {each.name: on(BUCKET, "eks") for each in (fleet[2], fleet[4])})
    client.add_tags(ResourceArns=[fleet[4].arn], Tags=[{"Key": "albstats.io/logs", "Value": "disabled"}])
    world.set(fleet[4], {"access_logs.s3.enabled": "false"})
    world.policy(policy('manual_disable = "repair"' + exclude))
    before = world.everything()
    facts.ends("plan after another opted out", 0, world.plan())
    unchanged(facts, world, before, {})


def vended(world: World, facts: Facts) -> None:
    """Logs that CloudWatch delivers are not paid for twice."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    logs = world.hands("logs", REGION)
    where = {"destinationResourceArn": f"arn:aws:s3:::{BUCKET}"}
    destination = logs.put_delivery_destination(name="there", deliveryDestinationConfiguration=where)
    destination = destination["deliveryDestination"]["arn"]
    logs.put_delivery_source(name="delivered", resourceArn=fleet[0].arn, logType="ALB_ACCESS_LOGS")
    logs.create_delivery(deliverySourceName="delivered", deliveryDestinationArn=destination)
    # A source that nothing is delivered from.
    logs.put_delivery_source(name="idle", resourceArn=fleet[1].arn, logType="ALB_CONNECTION_LOGS")
    world.policy(policy())
    before = world.everything()
    facts.ends("plan", 1, world.plan(), "5 to enable", "CloudWatch vended logs: would pay twice")
    facts.ends("apply", 0, world.apply(), "5 written")
    on_here = {fleet[0].name: on(BUCKET, "eks", ["connection", "health-check"]), fleet[1].name: on(BUCKET, "eks")}
    unchanged(facts, world, before, on_here)


def kubernetes(world: World, facts: Facts) -> None:
    """What Ingresses declare is their controller's business, on or off; without a look at them nothing is written."""
    fleet = world.make(of_ingresses(5))
    world.open_buckets()
    attributes = "alb.ingress.kubernetes.io/load-balancer-attributes"
    annotations = [
        {attributes: "access_logs.s3.enabled=false"},
        {attributes: f"connection_logs.s3.enabled=true,connection_logs.s3.bucket={BUCKET}"},
        {"albstats.io/logs": "disabled"},
        {attributes: "idle_timeout.timeout_seconds=30"},
        {},
    ]
    listed = {"apiVersion": "v1", "kind": "List", "items": [INGRESS_CLASS, *map(ingress, fleet, annotations)]}
    (world.folder / "cluster.json").write_text(json.dumps(listed))
    text = policy(select=ONE_REGION).replace("assume-undeclared", "required")
    world.policy(text)
    before = world.everything()
    said = ("15 waiting for Kubernetes", "Kubernetes was not read")
    facts.ends("plan without a look", 0, world.plan(), *said)
    given = ("--kubernetes", "blue=cluster.json")
    said = ("declared off by", "declared by", "opted out by")
    facts.ends("plan", 1, world.plan(*given), "10 to enable", *said)
    facts.ends("apply", 0, world.apply(*given), "10 written")
    written = {
        fleet[0].name: on(BUCKET, "eks", ["connection", "health-check"]),
        fleet[1].name: on(BUCKET, "eks", ["access", "health-check"]),
        fleet[3].name: on(BUCKET, "eks"),
        fleet[4].name: on(BUCKET, "eks"),
    }
    unchanged(facts, world, before, written)
    facts.ends("second plan", 0, world.plan(*given))


INGRESS_CLASS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "alb"},
    "spec": {"controller": "ingress.k8s.aws/alb"},
}


def ingress(load_balancer: LoadBalancer, annotations: dict[str, str]) -> dict:
    namespace, _, name = load_balancer.tags["ingress.k8s.aws/stack"].partition("/")
    host = f"{load_balancer.name}-1.{load_balancer.region}.elb.amazonaws.com"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name, "annotations": annotations},
        "spec": {"ingressClassName": "alb"},
        "status": {"loadBalancer": {"ingress": [{"hostname": host}]}},
    }


def removal(world: World, facts: Facts) -> None:
    """What is not selected any more is switched off by one key alone, if it is wanted and still ours."""
    fleet = world.make(of_ingresses(4))
    world.open_buckets()
    world.bucket("others", REGION, delivery("others", "theirs"))
    world.set(fleet[3], on("others", "theirs"))
    world.policy(policy())
    applied(world, facts, 9)
    world.set(fleet[1], {"access_logs.s3.prefix": "moved"})
    names = json.dumps([each.name for each in fleet if each is not fleet[2]])
    exclude = f"\n[[reconcile.exclude]]\nnames = {names}\n"
    world.policy(policy(exclude))
    before, asked = world.everything(), len(world.calls(MODIFY))
    facts.ends("retained: plan", 0, world.plan())
    world.policy(policy('on_removal = "disable"' + exclude))
    facts.ends("plan", 1, world.plan(), "5 to disable")
    facts.ends("apply", 0, world.apply(), "5 written")
    sent = [modified(call) for call in world.calls(MODIFY)[asked:]]
    facts.same("keys of each request", [1] * 5, [len(each) for each in sent])
    facts.same("values", {"false"}, {value for each in sent for value in each.values()})
    off = {f"{logs}.s3.enabled": "false" for logs in KINDS.values()}
    kept = {key: value for key, value in off.items() if not key.startswith("access")}
    unchanged(facts, world, before, {fleet[0].name: off, fleet[1].name: kept})
    facts.ends("second plan", 0, world.plan())
    world.policy(policy('on_removal = "disable"'))
    answer = world.plan()
    facts.ends("selected again: plan", answer.code, answer)
    facts.holds("selected again: no refusal", answer.code in (0, 1))


def three_a_day(world: World, facts: Facts) -> None:
    """However often the policy changes, a log is written three times in a day and not once more."""
    (one,) = world.make(of_ingresses(1))
    world.open_buckets()
    here, away = (
        policy('kinds = ["access"]'),
        f'on_removal = "disable"\n[[reconcile.exclude]]\nnames = ["{one.name}"]\n',
    )
    away = policy(f'kinds = ["access"]\n{away}')
    for number, text in enumerate((here, away, here)):
        world.policy(text)
        facts.ends(f"plan {number}", 1, world.plan())
        facts.ends(f"apply {number}", 0, world.apply(), "1 written")
    world.policy(away)
    facts.ends("plan 3", 0, world.plan(), "1 throttled", "written three times in a day; again from")
    facts.same("requests that write", 3, len(world.calls(MODIFY)))
    facts.holds("it stays on", on(BUCKET, "eks", ["access"]).items() <= world.attributes(one).items())


def templates(world: World, facts: Facts) -> None:
    """Names, tags and clusters select together, and bucket and prefix are filled in for each."""
    fleet = world.make([*of_ingresses(4), *of_ingresses_of("green", 2)])
    for number, each in enumerate(fleet):
        tags = [{"Key": "team", "Value": f"t{number % 2}"}]
        world.hands("elbv2", REGION).add_tags(ResourceArns=[each.arn], Tags=tags)
    world.bucket(BUCKET, REGION, delivery(BUCKET, "*"), delivery(BUCKET, ""))
    # None of these conditions alone selects what all of them do.
    select = f'regions = ["{REGION}"]\nnames = ["k8s-*"]\nclusters = ["b*"]\ntags = {{ team = "t1" }}\n'
    for prefix in ("x/{account}/{region}/{cluster}/{name}", ""):
        before = world.everything()
        world.policy(policy("", f"[reconcile.select.main]\n{select}", prefix=prefix))
        if not prefix:
            # What went under the other prefix is ours, and may be moved.
            facts.ends("moved: plan", 1, world.plan(), "6 to enable")
            facts.ends("moved: apply", 0, world.apply(), "6 written")
        else:
            applied(world, facts, 6)
        filled = {each.name: f"x/{ACCOUNT}/{REGION}/blue/{each.name}" if prefix else "" for each in fleet}
        unchanged(facts, world, before, {each.name: on(BUCKET, filled[each.name]) for each in (fleet[1], fleet[3])})


def of_ingresses_of(cluster: str, count: int) -> list[LoadBalancer]:
    made = of_ingresses(count, cluster=cluster)
    for each in made:
        each.name = each.name.replace("shop", cluster)
    return made


def region_lost(world: World, facts: Facts) -> None:
    """A region that denies or does not answer does not stop the other."""
    fleet = world.make([*of_ingresses(2), LoadBalancer("k8s-far-0a", REGIONS[1], ingress_tags("blue", "far", "far"))])
    world.open_buckets()
    world.policy(policy())
    before = world.everything()
    world.tell("deny", action="elasticloadbalancing:*", region=REGIONS[1])
    planned = world.plan()
    facts.ends("denied: plan", 3, planned, "6 to enable", f"main, {REGIONS[1]}", "access denied")
    facts.ends("denied: apply", 3, world.apply(), "6 written", f"main, {REGIONS[1]}")
    unchanged(facts, world, before, {each.name: on(BUCKET, "eks") for each in fleet[:2]})
    world.tell("allow")
    world.tell("drop", action="elasticloadbalancing:*", region=REGIONS[1])
    facts.ends("unanswered: plan", 3, world.plan(), "6 enabled", f"main, {REGIONS[1]}", "cannot reach AWS")
    facts.holds("unanswered: nobody is taken for gone", len(world.history()["logs"]) == 6)
    world.tell("allow")
    facts.ends("back: plan", 1, world.plan(), "3 to enable")
    facts.ends("back: apply", 0, world.apply(), "3 written")


def accounts(world: World, facts: Facts) -> None:
    """Two accounts, one by its role: each writes to the same bucket under its own number."""
    (mine,) = world.make(of_ingresses(1))
    theirs = LoadBalancer("k8s-theirs-0a", REGION, ingress_tags("blue", "shop", "theirs"))
    world.make([theirs], OTHER)
    world.bucket(BUCKET, REGION, delivery(BUCKET, "eks"))
    role = f"arn:aws:iam::{OTHER}:role/albstats"
    select = f'{ONE_REGION}[reconcile.select.other]\nregions = ["{REGION}"]\nrole_arn = "{role}"\nnames = ["k8s-*"]\n'
    world.policy(policy(select=select))
    before = world.everything()
    facts.ends("plan while one account is missing in the policy", 1, world.plan(), "3 to enable", "3 blocked", OTHER)
    facts.ends("apply", 0, world.apply(), "3 written")
    unchanged(facts, world, before, {mine.name: on(BUCKET, "eks")})
    world.put_policy(BUCKET, REGION, delivery(BUCKET, "eks"), delivery(BUCKET, "eks", OTHER))
    facts.ends("plan with both", 1, world.plan(), "3 to enable", "3 enabled")
    facts.ends("apply with both", 0, world.apply(), "3 written")
    unchanged(facts, world, before, {each.name: on(BUCKET, "eks") for each in (mine, theirs)})
    keys = [each["Key"] for each in world.hands("s3", REGION).list_objects_v2(Bucket=BUCKET)["Contents"]]
    folders = {key.split("/")[2] for key in keys}
    facts.same("accounts among the objects", {ACCOUNT, OTHER}, folders)
    world.tell("deny", action="elasticloadbalancing:*", account=OTHER)
    facts.ends("one account denies: plan", 3, world.plan(), "3 enabled", "other")
