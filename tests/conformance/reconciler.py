"""`albstats reconcile` in front of a strict mock of AWS: what it plans, writes, leaves alone and says.

Every check has a mock without memory, its own fleet, and an expectation that is computed here. `CHECKS=plan,kills
tests/conformance/run reconciler` makes only these.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from blocking import bad_policies, bad_settings, iam, partial_rights, random_policies, refused_by_elb, rights
from contending import adoption, flips, kills, lost_answers, watching
from delivering import end_to_end, silence
from fleet import (
    KINDS,
    MODIFY,
    NINE,
    REGIONS,
    Facts,
    LoadBalancer,
    World,
    ingress_tags,
    modified,
    of_ingresses,
    on,
    policy,
)
from leaving import (
    accounts,
    foreign,
    kubernetes,
    manual,
    opt_outs,
    region_lost,
    removal,
    templates,
    three_a_day,
    vended,
)
from program import Program, Result
from tools import HERE, LOOPBACK, Server, first_line, free_port, need_packages, say


def plan_and_apply(world: World, facts: Facts) -> None:
    """A fleet of sixty: exactly what was planned is written, and then nothing."""
    fleet = world.make(sixty())
    prepare(world, fleet)
    world.tell("page", size=25)
    world.open_buckets()
    world.policy(policy(SANDBOX, prefix="eks/{cluster}"))
    before = world.everything()
    wanted = {each.name: expected_of(each) for each in fleet}
    writes = Counter(
        (
            each.arn,
            kind,
            json.dumps({"enable": {"bucket": f"acme-logs-{each.region}", "prefix": f"eks/{each.cluster}"}}),
        )
        for each in fleet
        for kind in KINDS
        if not each.left_alone
    )

    planned = world.plan()
    facts.ends("plan", 1, planned, f"{writes.total()} to enable", "next  albstats reconcile apply plan.json")
    facts.same("plan: calls that are no reading", [], [call["action"] for call in world.writes()])
    facts.same("plan: attributes afterwards", before, world.everything())
    facts.same("plan: writes in its file", writes, world.planned())
    pages = [call for call in world.calls("elasticloadbalancing:DescribeLoadBalancers") if call["region"] == REGIONS[0]]
    facts.same("plan: pages of the first region", 2, len(pages))

    applied = world.apply()
    total = writes.total()
    said = f"{total} written · {total} read back as on · {total} test objects seen"
    facts.ends("apply", 0, applied, said)
    after = {(name, key): value for (name, key), value in before.items()}
    for name, changed in wanted.items():
        after |= {(name, key): value for key, value in changed.items()}
    facts.same("apply: attributes afterwards", after, world.everything())
    facts.same("apply: calls that write", {MODIFY}, {call["action"] for call in world.writes()})
    sent = [(call["parameters"]["LoadBalancerArn"], frozenset(modified(call))) for call in world.calls(MODIFY)]
    each_kind = [frozenset(f"{KINDS[kind]}.s3.{part}" for part in ("enabled", "bucket", "prefix")) for kind in KINDS]
    facts.same("apply: keys that were ever sent", sorted(NINE), sorted({key for _, keys in sent for key in keys}))
    expected = Counter((each.arn, keys) for each in fleet if not each.left_alone for keys in each_kind)
    facts.same("apply: requests, one a log, of one kind", expected, Counter(sent))
    facts.same("apply: refusals of what it writes", set(), {call["status"] for call in world.calls(MODIFY)} - {200})

    asked = len(world.calls(MODIFY))
    again = world.plan()
    facts.ends("second plan", 0, again, f"{total} enabled")
    facts.same("second plan: writes in its file", Counter(), world.planned())
    facts.same("second plan: requests that write", 0, len(world.calls(MODIFY)) - asked)
    facts.ends("second apply", 0, world.apply())
    facts.same("second apply: requests that write", 0, len(world.calls(MODIFY)) - asked)


SANDBOX = '\n[[reconcile.exclude]]\nnames = ["k8s-sandbox-*"]\n'


def sixty() -> list[LoadBalancer]:
    """Ingresses, groups, gateways and services of three clusters, and what nobody's cluster made."""
    fleet = []
    for number in range(56):
        region, cluster = REGIONS[number >= 36], ("blue", "green", "grey")[number % 3]
        name, team = f"app{number:02}", f"team-{number % 5}"
        match number % 4:
            case 0 | 1:
                tags = ingress_tags(cluster, team, name)
            case 2:
                tags = ingress_tags(cluster, team, name) | {"ingress.k8s.aws/stack": f"group{number}"}
            case _:
                tags = {
                    "elbv2.k8s.aws/cluster": cluster,
                    "gateway.k8s.aws.alb/stack": f"{team}/{name}",
                    "gateway.k8s.aws.alb/resource": "LoadBalancer",
                }
        fleet.append(LoadBalancer(f"k8s-{team.replace('-', '')}-{name}-0a1b2c", region, tags | {"team": team}))
    for number in range(4):
        fleet.append(LoadBalancer(f"by-hand-{number}", REGIONS[number % 2], {"team": "x"}, left_alone="of no cluster"))
    for number in range(6):
        tags = {"elbv2.k8s.aws/cluster": "blue", "service.k8s.aws/stack": f"net/svc{number}"}
        made = LoadBalancer(
            f"k8s-net-svc{number}-0a1b2c", REGIONS[number % 2], tags, "network", "a Network Load Balancer"
        )
        fleet.append(made)
    return fleet


def prepare(world: World, fleet: list[LoadBalancer]) -> None:
    """Some are to be left alone, each for another reason."""
    elsewhere, off, tagged = fleet[3], fleet[7], fleet[11]
    world.bucket("others", elsewhere.region)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::others/*"}
    world.put_policy("others", elsewhere.region, statement)
    world.set(elsewhere, on("others", "theirs"))
    elsewhere.left_alone = "goes elsewhere"
    world.set(off, on("others", "") | {f"{logs}.s3.enabled": "false" for logs in KINDS.values()})
    off.left_alone = "switched off by hand"
    tag = [{"Key": "albstats.io/logs", "Value": "disabled"}]
    world.hands("elbv2", tagged.region).add_tags(ResourceArns=[tagged.arn], Tags=tag)
    tagged.left_alone = "opted out"
    # What is no log must stay as it is, whatever it is.
    world.set(fleet[0], {"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "4000"})
    sandbox = LoadBalancer("k8s-sandbox-try-0a1b2c", REGIONS[0], ingress_tags("blue", "sandbox", "try"))
    sandbox.left_alone = "excluded"
    world.make([sandbox])


def expected_of(load_balancer: LoadBalancer) -> dict[str, str]:
    if load_balancer.left_alone:
        return {}
    return on(f"acme-logs-{load_balancer.region}", f"eks/{load_balancer.cluster}")


def moved(world: World, facts: Facts) -> None:
    """A plan is not written if somebody has changed something since."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.policy(policy())
    world.plan()
    world.set(fleet[0], {"connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "acme-logs-eu-west-1"})
    before = world.everything()
    facts.ends(
        "apply", 2, world.apply(), "the world moved since the plan was made; nothing was written", "was changed since"
    )
    facts.same("attributes afterwards", before, world.everything())
    facts.same("requests that write", 0, len(world.calls(MODIFY)))


def distrust(world: World, facts: Facts) -> None:
    """A history that cannot be kept or read, and a plan that was tampered with, end it before anything is sent."""
    fleet = world.make(of_ingresses(2))
    world.open_buckets()
    world.policy(policy())
    before = world.everything()
    planned = world.plan()
    facts.ends("plan", 1, planned, "6 to enable")
    path = world.folder / "plan.json"
    good = path.read_text()
    for what, bad in {
        "another bucket": good.replace("acme-logs-eu-west-1", "acme-logs-us-east-1"),
        "another prefix": good.replace('"eks"', '"x"'),
        "another load balancer": good.replace(fleet[0].arn, fleet[0].arn + "0"),
        "what was there before": good.replace('"enabled": false', '"enabled": true'),
        "half a file": good[: len(good) // 2],
        "another version": good.replace('"version": 1', '"version": 2'),
        "nothing": "",
    }.items():
        facts.holds(f"a plan with {what} is another", bad != good)
        path.write_text(bad)
        answer = world.apply()
        facts.ends(f"a plan with {what}", 2, answer, "hint: " if "version" not in what else "version")
    path.write_text(good)
    state = world.folder / "state.json"
    for what, text in {"no JSON": "{", "another version": '{"version": 99}', "another shape": '{"version": 1}'}.items():
        state.write_text(text)
        facts.ends(f"a history with {what}: plan", 2, world.plan(), "cannot read")
        path.write_text(good)
        facts.ends(f"a history with {what}: apply", 2, world.apply(), "cannot read")
    state.unlink()
    # Nothing can be made below a file.
    (world.folder / "file").write_text("")
    command = ("reconcile", "apply", "plan.json")
    answer = world.run(*command, state="file/state.json")
    facts.ends("a history that cannot be kept", 2, answer, "file/state.json" if "state.json" in answer.err else "file")
    facts.same("requests that write", 0, len(world.calls(MODIFY)))
    facts.same("attributes afterwards", before, world.everything())
    facts.ends("the plan as it was", 0, world.apply(), "6 written")
    facts.ends("the plan once more", 2, world.apply(), "the world moved since the plan was made; nothing was written")


def vanishing(world: World, facts: Facts) -> None:
    """Load balancers that go between two calls are no hindrance to the others."""
    fleet = world.make(of_ingresses(30))
    world.open_buckets()
    world.policy(policy('kinds = ["access"]'))
    for each in (fleet[3], fleet[29]):
        world.tell("vanish", arn=each.arn)
    asked = len(world.calls())
    facts.ends("plan", 1, world.plan(), "28 to enable")
    sizes = [sum(key.startswith("ResourceArns") for key in call["parameters"]) for call in world.calls(since=asked)]
    facts.holds("never more than twenty in a request for tags", max(sizes) <= 20)
    # It goes between plan and apply.
    client = world.hands("elbv2")
    client.delete_load_balancer(LoadBalancerArn=fleet[5].arn)
    before = len(world.calls(MODIFY))
    facts.ends("apply", 2, world.apply(), "the world moved", "was not seen: it is gone")
    facts.same("requests that write", 0, len(world.calls(MODIFY)) - before)
    facts.ends("plan again", 1, world.plan(), "27 to enable")
    facts.ends("apply again", 0, world.apply(), "27 written")


def throttling(world: World, facts: Facts) -> None:
    """Whoever asks too often is told so with two codes; all is written in the end, once."""
    fleet = world.make(of_ingresses(3))
    world.open_buckets()
    world.policy(policy())
    for code in ("Throttling", "ThrottlingException"):
        world.tell("throttle", action="elasticloadbalancing:Describe*", n=3, code=code)
    facts.ends("plan", 1, world.plan(), "9 to enable")
    for code in ("Throttling", "ThrottlingException"):
        world.tell("throttle", action=MODIFY, n=2, code=code)
        world.tell("throttle", action="elasticloadbalancing:Describe*", n=2, code=code)
    facts.ends("apply", 0, world.apply(), "9 written")
    good = [call for call in world.calls(MODIFY) if call["status"] == 200]
    facts.same("writes that were done", 9, len(good))
    facts.same("writes that were throttled", 4, len(world.calls(MODIFY)) - len(good))
    for each in fleet:
        facts.holds(f"{each.name} is on", on("acme-logs-eu-west-1", "eks").items() <= world.attributes(each).items())
    # Throttled for good: it gives up, says so, and goes on the next time.
    more = world.make([LoadBalancer("k8s-shop-late-0a", REGIONS[0], ingress_tags("blue", "shop", "late"))])[-1]
    world.plan()
    world.tell("throttle", action=MODIFY)
    facts.ends(
        "apply that is throttled for good",
        3,
        world.apply(),
        "refused: AWS is throttling requests: Rate exceeded",
    )
    world.tell("allow")
    facts.ends("plan afterwards", 1, world.plan(), "1 throttled", "2 to enable", "at once by reconcile plan --retry")
    facts.ends("plan --retry", 1, world.plan("--retry"), "3 to enable")
    facts.ends("apply afterwards", 0, world.apply(), "3 written")
    facts.holds(f"{more.name} is on", on("acme-logs-eu-west-1", "eks").items() <= world.attributes(more).items())


Check = Callable[[World, Facts], None]
CHECKS: dict[str, Check] = {
    "plan": plan_and_apply,
    "moved": moved,
    "distrust": distrust,
    "vanishing": vanishing,
    "throttling": throttling,
    "bad-policies": bad_policies,
    "bad-settings": bad_settings,
    "random-policies": random_policies,
    "refused": refused_by_elb,
    "iam": iam,
    "rights": rights,
    "partial-rights": partial_rights,
    "foreign": foreign,
    "manual": manual,
    "opt-outs": opt_outs,
    "vended": vended,
    "kubernetes": kubernetes,
    "removal": removal,
    "three-a-day": three_a_day,
    "templates": templates,
    "region": region_lost,
    "accounts": accounts,
    "watch": watching,
    "flips": flips,
    "adoption": adoption,
    "lost-answers": lost_answers,
    "kills": kills,
    "end-to-end": end_to_end,
    "silence": silence,
}


def strict(program: Program, scratch: Path) -> list[Result]:
    """Every check, or those that CHECKS names."""
    need_packages("moto[cloudwatch,ec2,elbv2,logs,s3,server,sts]==5.2.5", "boto3==1.44.5")
    import moto

    named = [name for name in os.environ.get("CHECKS", "").split(",") if name] or list(CHECKS)
    port = free_port()
    endpoint = f"http://{LOOPBACK}:{port}"
    results = []
    command = [sys.executable, str(HERE / "strict_moto.py"), str(port)]
    with Server(command, scratch / "log") as server:
        server.until(f"{endpoint}/strict/calls", 60)
        for name in named:
            facts, begin = Facts(), time.monotonic()
            try:
                CHECKS[name](World(program, endpoint, scratch / name), facts)
            except Exception as error:  # What is expected and not reached is a difference.
                facts.same("the check ends", "so", f"{type(error).__name__}: {first_line(str(error))}")
                say(repr(error))
            say(f"{name}: {time.monotonic() - begin:.0f} s")
            about = (CHECKS[name].__doc__ or "").split("\n")[0]
            results.append(Result(moto.__version__, f"{name}: {about}", facts.expected, facts.found))
    return results
