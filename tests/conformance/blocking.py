"""Checks of what stands in the way of logs: buckets, their policies, and the rights of whoever writes."""

import json
import os
import random
from collections import Counter

from fleet import ACCOUNT, DELIVERY, MODIFY, REGIONS, Facts, LoadBalancer, World, delivery, of_ingresses, on, policy
from stores import KEYS
from tools import say

BUCKET, REGION = "acme-logs-eu-west-1", REGIONS[0]
ONE_REGION = f'[reconcile.select.main]\nregions = ["{REGION}"]\nclusters = ["*"]\n'
PLACE = ("bucket", "policy", f"s3://{BUCKET}/eks", "--account", ACCOUNT, "--region", REGION)
NOT_ENCRYPTED = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
EVERYTHING = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
DENIES = {"Sid": "OnlyKms", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": EVERYTHING}
POLICIES, SEED = int(os.environ.get("POLICIES", "150")), int(os.environ.get("SEED", "20261125"))
IS_SERVICE = '"Bool": {"aws:PrincipalIsAWSService": "false"}'
BAD = {
    "none": [],
    "of another account": [delivery(BUCKET, "eks", "999999999999")],
    "of another prefix": [delivery(BUCKET, "other")],
    "of another service": [delivery(BUCKET, "eks", Principal={"Service": "delivery.logs.amazonaws.com"})],
    "of another region's account": [delivery(BUCKET, "eks", Principal={"AWS": "arn:aws:iam::127311923021:root"})],
    "to read": [delivery(BUCKET, "eks", Action="s3:GetObject")],
    "with an impossible condition": [
        delivery(BUCKET, "eks", Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})
    ],
    "with a Deny": [delivery(BUCKET, "eks"), DENIES | {"Condition": NOT_ENCRYPTED}],
    "with a Deny of everybody else": [
        delivery(BUCKET, "eks"),
        {"Sid": "Others", "Effect": "Deny", "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
        | {"Action": "s3:*", "Resource": EVERYTHING},
    ],
}
GOOD = {
    "of the documentation": [delivery(BUCKET, "eks")],
    "of the region's own account": [delivery(BUCKET, "eks", Principal={"AWS": "arn:aws:iam::156460612806:root"})],
    "of the account alone": [delivery(BUCKET, "eks", Principal={"AWS": "156460612806"})],
    "with wildcards": [delivery(BUCKET, "e*", Action="s3:Put*")],
    "with a list": [delivery(BUCKET, "eks", Principal={"Service": ["ec2.amazonaws.com", DELIVERY]})],
    "with a Deny of what is not encrypted on the way": [
        delivery(BUCKET, "eks"),
        DENIES | {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ],
}


def bad_policies(world: World, facts: Facts) -> None:
    """A policy that does not let logs in blocks with a fix, and what the fix prints lets them in."""
    probe = LoadBalancer("probe", REGION, {})
    fleet = world.make([*of_ingresses(2), probe])
    world.bucket(BUCKET, REGION)
    world.policy(policy(select=ONE_REGION))
    world.fleet.remove(probe)
    before = world.everything()
    for name, statements in BAD.items():
        if statements:
            world.put_policy(BUCKET, REGION, *statements)
        facts.same(f"policy {name}: ELB takes it", False, elb_takes(world, probe))
        fix = (f"albstats {' '.join(PLACE)}",)
        if "Deny" in name:
            # A statement has one Condition at most.
            condition = IS_SERVICE if "Condition" in statements[1] else f'"Condition": {{{IS_SERVICE}}}'
            fix = (statements[1]["Sid"], condition)
        facts.ends(f"policy {name}: plan", 0, world.plan(), "6 blocked", "fix:", *fix)
        if "Deny" in name:
            # As the fix says.
            except_services = statements[1].get("Condition", {}) | json.loads(f"{{{IS_SERVICE}}}")
            world.put_policy(BUCKET, REGION, statements[0], statements[1] | {"Condition": except_services})
            facts.ends(f"policy {name}, mended as the fix says: plan", 1, world.plan(), "6 to enable")
            facts.same(f"policy {name}, mended: ELB takes it", True, elb_takes(world, probe))
    facts.same("attributes afterwards", before, world.everything())
    facts.same("requests that write", 0, len(world.calls(MODIFY)))

    world.hands("s3", REGION).delete_bucket_policy(Bucket=BUCKET)
    check = world.run("bucket", "check", *PLACE[2:])
    facts.ends("bucket check", 1, check, DELIVERY)
    printed = world.run(*PLACE)
    facts.ends("bucket policy", 0, printed)
    world.hands("s3", REGION).put_bucket_policy(Bucket=BUCKET, Policy=policy_in(printed.out))
    facts.ends("mended: bucket check", 0, world.run("bucket", "check", *PLACE[2:]))
    facts.ends("mended: plan", 1, world.plan(), "6 to enable")
    facts.ends("mended: apply", 0, world.apply(), "6 written · 6 read back as on · 6 test objects seen")
    for each in fleet:
        facts.holds(f"{each.name} is on", on(BUCKET, "eks").items() <= world.attributes(each).items())


def random_policies(world: World, facts: Facts) -> None:
    """What is said of policies made by chance is what ELB does with them; what cannot be known may be either."""
    (probe,) = world.make([LoadBalancer("probe", REGION, {})])
    world.bucket(BUCKET, REGION)
    chance, verdicts = random.Random(SEED), Counter()
    for number in range(POLICIES):
        statements = [by_chance(chance, number) for number in range(chance.randint(1, 3))]
        world.put_policy(BUCKET, REGION, *statements)
        answer = world.run("bucket", "check", *PLACE[2:])
        taken, says = elb_takes(world, probe), {0: True, 1: False, 3: None}.get(answer.code, answer.err)
        verdicts[says] += 1
        if says not in (taken, None):
            facts.same(f"policy {number}: {json.dumps(statements)}", taken, f"{says}: {answer.out}")
    say(f"policies: {verdicts[True]} good, {verdicts[False]} bad, {verdicts[None]} cannot be judged")
    for verdict in (True, False):
        facts.holds(f"many policies are said to be {'good' if verdict else 'bad'}", verdicts[verdict] > POLICIES / 10)
    facts.holds("few cannot be judged", verdicts[None] < POLICIES / 2)


def by_chance(chance: random.Random, number: int) -> dict:
    """A statement that may be about deliveries."""
    statement = {"Sid": f"S{number}", "Effect": chance.choice(["Allow", "Allow", "Deny"])}
    principals = [
        "*",
        {"AWS": "*"},
        {"Service": DELIVERY},
        {"Service": DELIVERY},
        {"Service": ["s3.amazonaws.com", DELIVERY]},
        {"Service": "delivery.logs.amazonaws.com"},
        {"AWS": "arn:aws:iam::156460612806:root"},
        {"AWS": ["156460612806", ACCOUNT]},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    ]
    statement[chance.choice(["Principal"] * 9 + ["NotPrincipal"])] = chance.choice(principals)
    actions = ["s3:PutObject", "s3:PutObject", "s3:putobject", "s3:Put*", "s3:*", "*", "s3:GetObject", "s3:PutObject?"]
    statement[chance.choice(["Action"] * 5 + ["NotAction"])] = chance.choice(actions)
    here = f"arn:aws:s3:::{BUCKET}"
    folders = ["/*", "/eks/*", f"/eks/AWSLogs/{ACCOUNT}/*", f"/*/{ACCOUNT}/*", "/eks/AWSLogs/*/*", "/ek?/AWSLogs/1*"]
    others = ["", "/other/*", "/eks/awslogs/*", "/eks/AWSLogs/999999999999/*", "/AWSLogs/*"]
    resources = [f"{here}{folder}" for folder in chance.choice([folders, folders, others])]
    statement[chance.choice(["Resource"] * 9 + ["NotResource"])] = chance.sample(resources, chance.randint(1, 2))
    conditions = [
        {"Bool": {"aws:SecureTransport": chance.choice(["true", "false", False])}},
        {"StringEquals": {"aws:SourceAccount": chance.choice([ACCOUNT, [ACCOUNT, "9" * 12], "9" * 12])}},
        {"StringNotEquals": {"aws:SourceAccount": chance.choice([ACCOUNT, "9" * 12])}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{chance.choice([REGION, '*', REGIONS[1]])}:*:*"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"Null": {"s3:x-amz-server-side-encryption": chance.choice(["true", "false"])}},
        {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
        {"BoolIfExists": {"aws:PrincipalIsAWSService": chance.choice(["true", "false"])}},
    ]
    if chance.random() < 0.4:
        statement["Condition"] = chance.choice(conditions)
    return statement


def elb_takes(world: World, probe: LoadBalancer) -> bool:
    """Whether the mock lets logs be switched on; leaves them as they were."""
    from botocore.exceptions import ClientError

    before = {key: value for key, value in world.attributes(probe).items() if key.startswith("access_logs")}
    try:
        world.set(probe, on(BUCKET, "eks", ["access"]))
    except ClientError:
        return False
    world.set(probe, {"access_logs.s3.enabled": "false", "access_logs.s3.prefix": before["access_logs.s3.prefix"]})
    return True


def rights(world: World, facts: Facts) -> None:
    """With what `iam policy` prints, everything can be done that it says, and nothing else."""
    fleet = world.make([*of_ingresses(2), LoadBalancer("by-hand", REGION, {})])
    world.bucket(BUCKET, REGION, delivery(BUCKET, "eks"))
    select = f'[reconcile.select.main]\nregions = ["{REGION}"]\nnames = ["k8s-*", "by-*"]\n'
    world.policy(policy(select=select) + f'\n[sources.logs]\nfrom = ["s3://{BUCKET}/eks"]\nregion = "{REGION}"\n')
    where = ("--bucket", BUCKET, "--prefix", "eks", "--region", REGION, "--account", ACCOUNT)

    def given(*purposes: str) -> None:
        statements = []
        for purpose in purposes:
            printed = world.run("iam", "policy", purpose, *where)
            facts.ends(f"iam policy {purpose}", 0, printed)
            statements += json.loads(printed.out)["Statement"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        world.tell("rights", document, principal=KEYS["AWS_ACCESS_KEY_ID"])

    given("reconcile-plan")
    planned = world.plan()
    facts.ends("to plan: plan", 1, planned, "9 to enable")
    facts.same("to plan: notices", "", planned.err)
    facts.ends("to plan: bucket check", 0, world.run("bucket", "check", *PLACE[2:]))
    facts.ends("to plan: apply", 3, world.apply(), f"access denied: {MODIFY}")
    facts.same("to plan: requests that were done", 0, done(world))
    given("reconcile-apply")
    facts.ends("to apply: plan --retry", 1, world.plan("--retry"), "9 to enable")
    # What no cluster made is none of its business.
    facts.ends("to apply: apply", 3, world.apply(), "6 written, 3 not", f"access denied: {MODIFY}")
    facts.same("to apply: requests that were done", 6, done(world))
    for each in fleet:
        is_on = on(BUCKET, "eks").items() <= world.attributes(each).items()
        facts.same(f"{each.name} is on", each.cluster is not None, is_on)
    facts.ends("to apply: plan afterwards", 0, world.plan(), "6 enabled", "3 blocked")
    given("reconcile-plan", "read")
    verified = world.run("objects", "--verify", "--from", "logs", "--since", "1h")
    facts.ends("to read: objects --verify", 1, verified, "OFF", "idle")
    facts.same("to read: what could not be asked", False, "unknown" in verified.out)
    given("inventory")
    facts.ends("to see what there is: inventory", 0, world.run("inventory", "--region", REGION))
    denied = {call["action"] for call in world.calls() if call["status"] == 403} - {MODIFY}
    # The head of a bucket is asked for, which is the right to list all of it; its region is told all the same.
    facts.same("what was asked and not allowed", {"s3:ListBucket"}, denied)


def partial_rights(world: World, facts: Facts) -> None:
    """A load balancer that may not be written keeps none off that may."""
    fleet = world.make([*of_ingresses(2), *(LoadBalancer(f"by-hand-{number}", REGION, {}) for number in range(3))])
    world.bucket(BUCKET, REGION, delivery(BUCKET, "eks"))
    world.policy(policy(select=f'[reconcile.select.main]\nregions = ["{REGION}"]\nnames = ["*"]\n'))
    where = ("--bucket", BUCKET, "--prefix", "eks", "--region", REGION, "--account", ACCOUNT)
    printed = world.run("iam", "policy", "reconcile-apply", *where)
    world.tell("rights", printed.out, principal=KEYS["AWS_ACCESS_KEY_ID"])
    facts.ends("plan", 1, world.plan(), "15 to enable")
    facts.ends("apply", 3, world.apply(), f"access denied: {MODIFY}")
    for each in fleet:
        is_on = on(BUCKET, "eks").items() <= world.attributes(each).items()
        facts.same(f"{each.name} is on", each.cluster is not None, is_on)
    facts.ends("plan afterwards", 0, world.plan(), "6 enabled", "9 blocked")


def done(world: World) -> int:
    return sum(call["status"] == 200 for call in world.calls(MODIFY))


def policy_in(printed: str) -> str:
    """The document, without what may be said around it."""
    return json.dumps(json.loads(printed[printed.index("{") : printed.rindex("}") + 1]))


def bad_settings(world: World, facts: Facts) -> None:
    """Good policies of every shape are good; one that is not there, elsewhere or has a key of its own blocks."""
    probe = world.make([*of_ingresses(1), LoadBalancer("probe", REGION, {})])[-1]
    world.policy(policy(select=ONE_REGION))
    facts.ends("no bucket: plan", 0, world.plan(), "3 blocked", f"s3://{BUCKET}", "fix:")
    world.bucket(BUCKET, REGION)
    for name, statements in GOOD.items():
        world.put_policy(BUCKET, REGION, *statements)
        facts.ends(f"policy {name}: plan", 1, world.plan(), "3 to enable")
        facts.same(f"policy {name}: ELB takes it", True, elb_takes(world, probe))
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/logs"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": key}]}
    world.hands("s3", REGION).put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)
    facts.ends("with a key of its own: plan", 0, world.plan(), "3 blocked", "aws:kms", "SSE-S3", "fix:")
    world.bucket("acme-elsewhere", REGIONS[1], delivery("acme-elsewhere", "eks"))
    world.policy(policy(select=ONE_REGION, bucket="acme-elsewhere"))
    facts.ends("in another region: plan", 0, world.plan(), "3 blocked", REGIONS[1], "fix:")
    world.bucket("acme-owned", REGION, delivery("acme-owned", "eks"))
    world.policy(policy('bucket_owner = "999999999999"', select=ONE_REGION, bucket="acme-owned"))
    facts.ends("of another owner: plan", 0, world.plan(), "3 blocked", "fix:")
    facts.same("requests that write", 0, len(world.calls(MODIFY)))
    world.policy(policy(f'bucket_owner = "{ACCOUNT}"', select=ONE_REGION, bucket="acme-owned"))
    facts.ends("of the right owner: plan", 1, world.plan(), "3 to enable")


def refused_by_elb(world: World, facts: Facts) -> None:
    """Where a bucket may not be looked at, one load balancer tries; what ELB refuses it, no other tries."""
    fleet = world.make(of_ingresses(4))
    world.bucket(BUCKET, REGION)
    world.policy(policy(select=ONE_REGION))
    world.tell("deny", action="s3:Get*")
    world.tell("deny", action="s3:ListBucket")
    before = world.everything()
    facts.ends("plan", 1, world.plan(), "12 to enable", "canary, written first")
    words = "Access Denied for bucket: acme-logs-eu-west-1. Please check S3bucket permission"
    facts.ends("apply", 3, world.apply(), words, "another log was refused there just now", "albstats bucket policy")
    facts.same("requests that write", 1, len(world.calls(MODIFY)))
    facts.same("attributes afterwards", before, world.everything())
    facts.ends("plan afterwards", 0, world.plan(), "12 blocked", words)
    facts.same("requests that write, still", 1, len(world.calls(MODIFY)))
    world.put_policy(BUCKET, REGION, delivery(BUCKET, "eks"))
    facts.ends("mended, plan --retry", 1, world.plan("--retry"), "12 to enable")
    facts.ends("mended, apply", 0, world.apply(), "12 written", "12 could not be looked for")
    for each in fleet:
        facts.holds(f"{each.name} is on", on(BUCKET, "eks").items() <= world.attributes(each).items())


def iam(world: World, facts: Facts) -> None:
    """Whoever may only read is told what is missing, and tries ten load balancers at most."""
    world.make(of_ingresses(12))
    world.open_buckets()
    world.policy(policy('kinds = ["access"]', select=ONE_REGION))
    world.plan()
    world.tell("deny", action=MODIFY)
    words = f"access denied: {MODIFY}"
    facts.ends("apply", 3, world.apply(), words, "albstats iam policy reconcile-apply prints what must be allowed")
    facts.same("requests that write", 10, len(world.calls(MODIFY)))
    facts.ends("plan afterwards", 1, world.plan(), "10 blocked", "2 to enable", words)
    world.tell("allow")
    for action in ("DescribeTags", "DescribeLoadBalancers", "DescribeLoadBalancerAttributes"):
        world.tell("deny", action=f"elasticloadbalancing:{action}")
        answer = world.plan()
        words = f"access denied: elasticloadbalancing:{action}"
        facts.ends(f"without {action}: plan", 2, answer, words, "hint: albstats iam policy reconcile-plan")
        world.tell("allow")
    for action in ("logs:DescribeDeliverySources", "s3:ListBucket"):
        world.tell("deny", action=action)
        facts.ends(f"without {action}: plan --retry", 1, world.plan("--retry"), "to enable")
        world.tell("allow")
    facts.ends("what may be read and written: plan --retry", 1, world.plan("--retry"), "12 to enable")
    facts.ends("apply in the end", 0, world.apply(), "12 written")
