"""A fleet of load balancers in the strict mock, what a policy must make of it, and the program in front of it."""

import json
import os
import subprocess
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from program import Program
from stores import KEYS, environment

ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1")
KINDS = {"access": "access_logs", "connection": "connection_logs", "health-check": "health_check_logs"}
NINE = {f"{logs}.s3.{part}" for logs in KINDS.values() for part in ("enabled", "bucket", "prefix")}
# Who is not the program under test.
HANDS = "hands"
MODIFY = "elasticloadbalancing:ModifyLoadBalancerAttributes"
READS = ("Describe", "Get", "List", "Head")
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@dataclass
class LoadBalancer:
    """One of the fleet."""

    name: str
    region: str
    tags: dict[str, str]
    kind: str = "application"
    # Why nothing of it may change.
    left_alone: str = ""
    arn: str = ""

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def elb(self) -> str:
        return self.arn.partition(":loadbalancer/")[2]

    @property
    def cluster(self) -> str | None:
        return self.tags.get("elbv2.k8s.aws/cluster")


@dataclass
class Answer:
    """How the program ended, and what it printed."""

    code: int
    out: str
    err: str

    def says(self, *words: str) -> dict[str, bool]:
        """Which of these words it says anywhere."""
        both = " ".join((self.out + self.err).split())
        return {each: " ".join(each.split()) in both for each in words}


@dataclass
class Facts:
    """What a check expects and what it finds, by what it is about."""

    expected: dict = field(default_factory=dict)
    found: dict = field(default_factory=dict)

    def same(self, what: str, expected: object, found: object) -> None:
        if isinstance(expected, dict) and isinstance(found, dict) and expected != found:
            keys = {key for key in expected | found if expected.get(key) != found.get(key)}
            expected, found = ({key: value for key, value in of.items() if key in keys} for of in (expected, found))
        self.expected[what,], self.found[what,] = expected, found

    def holds(self, what: str, found: object) -> None:
        self.same(what, True, bool(found))

    def ends(self, what: str, code: int, answer: Answer, *words: str) -> None:
        """An exit code, and words that must be among what is printed. Shows what was printed if they are not."""
        missing = [word for word, said in answer.says(*words).items() if not said]
        right = code == answer.code and not missing
        told = f"exit {answer.code}, without {missing}: {answer.out} {answer.err}"
        self.same(f"{what}: exit {code}, says {list(words)}", "so", "so" if right else told)


class World:
    """The mock, its hands, and a folder for the program's policy, plan and history."""

    def __init__(self, program: Program, endpoint: str, folder: Path) -> None:
        self.program = program
        self.endpoint = endpoint
        self.folder = folder
        folder.mkdir(parents=True)
        self.fleet: list[LoadBalancer] = []
        self.tell("reset")

    # The mock.

    def tell(self, verb: str, body: str = "", **asked: object) -> None:
        if "action" in asked and "account" not in asked:
            # The program alone is treated so.
            asked["principal"] = KEYS["AWS_ACCESS_KEY_ID"]
        url = f"{self.endpoint}/strict/{verb}?{urllib.parse.urlencode(asked)}"
        urllib.request.urlopen(urllib.request.Request(url, body.encode(), method="POST"), timeout=30).close()

    def calls(self, action: str = "*", principal: str = KEYS["AWS_ACCESS_KEY_ID"], since: int = 0) -> list[dict]:
        """What somebody has asked, in order."""
        url = f"{self.endpoint}/strict/calls?action={urllib.parse.quote(action)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return [call for call in json.load(answer) if call["principal"] == principal][since:]

    def writes(self) -> list[dict]:
        """Calls of the program that are no reading."""
        return [call for call in self.calls() if not call["action"].split(":")[1].startswith(READS)]

    def hands(self, service: str, region: str = REGIONS[0], account: str = ACCOUNT) -> object:
        import boto3

        keys = {"aws_access_key_id": HANDS, "aws_secret_access_key": HANDS}
        if account != ACCOUNT:
            role = f"arn:aws:iam::{account}:role/hands"
            credentials = self.hands("sts").assume_role(RoleArn=role, RoleSessionName=HANDS)["Credentials"]
            keys = {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
        return boto3.client(service, endpoint_url=self.endpoint, region_name=region, **keys)

    # The fleet.

    def make(self, fleet: Iterable[LoadBalancer], account: str = ACCOUNT) -> list[LoadBalancer]:
        subnets: dict[str, list[str]] = {}
        for each in fleet:
            if each.region not in subnets:
                found = self.hands("ec2", each.region, account).describe_subnets()["Subnets"]
                subnets[each.region] = [subnet["SubnetId"] for subnet in found[:2]]
            tags = [{"Key": key, "Value": value} for key, value in each.tags.items()]
            options = {"Name": each.name, "Type": each.kind, "Subnets": subnets[each.region]}
            if tags:
                options["Tags"] = tags
            made = self.hands("elbv2", each.region, account).create_load_balancer(**options)
            each.arn = made["LoadBalancers"][0]["LoadBalancerArn"]
            self.fleet.append(each)
        return self.fleet

    def set(self, load_balancer: LoadBalancer, attributes: dict[str, str]) -> None:
        """Somebody changes attributes by hand."""
        listed = [{"Key": key, "Value": value} for key, value in attributes.items()]
        client = self.hands("elbv2", load_balancer.region, load_balancer.account)
        client.modify_load_balancer_attributes(LoadBalancerArn=load_balancer.arn, Attributes=listed)

    def attributes(self, load_balancer: LoadBalancer) -> dict[str, str]:
        client = self.hands("elbv2", load_balancer.region, load_balancer.account)
        listed = client.describe_load_balancer_attributes(LoadBalancerArn=load_balancer.arn)["Attributes"]
        return {each["Key"]: each["Value"] for each in listed}

    def everything(self) -> dict[tuple, str]:
        """All attributes of all load balancers."""
        all_of = {each.name: self.attributes(each) for each in self.fleet}
        return {(name, key): value for name, found in all_of.items() for key, value in found.items()}

    def bucket(self, name: str, region: str, *statements: dict) -> None:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self.hands("s3", region).create_bucket(Bucket=name, **where)
        if statements:
            self.put_policy(name, region, *statements)

    def put_policy(self, name: str, region: str, *statements: dict) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.hands("s3", region).put_bucket_policy(Bucket=name, Policy=policy)

    def open_buckets(self, prefix: str = "*") -> None:
        for region in REGIONS:
            self.bucket(f"acme-logs-{region}", region, delivery(f"acme-logs-{region}", prefix))

    # The program.

    def policy(self, text: str) -> None:
        (self.folder / "albstats.toml").write_text(text)

    def command(self, *args: str, state: str = "state.json") -> list[str]:
        kept = ["--state", str(self.folder / state)]
        reconcile = args[0] == "reconcile" and args[1] in ("plan", "apply", "watch", "forget")
        return [self.program.path, *args, *(kept if reconcile else [])]

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's, who has an AWS and a home."""
        others = ("AWS_", "ALBSTATS_", "XDG_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return clean | environment(self.endpoint, self.folder) | {"HOME": str(self.folder)}

    def run(self, *args: str, state: str = "state.json", seconds: int = 400) -> Answer:
        done = subprocess.run(
            self.command(*args, state=state),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def plan(self, *more: str) -> Answer:
        return self.run("reconcile", "plan", "-o", "plan.json", "--all", *more)

    def apply(self, *more: str) -> Answer:
        return self.run("reconcile", "apply", "plan.json", *more)

    def planned(self) -> Counter:
        """The writes of the plan file: ARN, kind, and what is to be."""
        writes = json.loads((self.folder / "plan.json").read_text())["writes"]
        return Counter((each["load_balancer"], each["kind"], json.dumps(each["change"])) for each in writes)

    def history(self) -> dict:
        return json.loads((self.folder / "state.json").read_text())


def delivery(bucket: str, prefix: str = "*", account: str = ACCOUNT, **more: object) -> dict:
    """The statement of AWS's documentation; `*` for any prefix."""
    folder = f"{prefix}/" if prefix else ""
    resource = f"arn:aws:s3:::{bucket}/{folder}AWSLogs/{account}/*"
    statement = {"Effect": "Allow", "Principal": {"Service": DELIVERY}, "Action": "s3:PutObject", "Resource": resource}
    return statement | more


def on(bucket: str, prefix: str, kinds: Iterable[str] = KINDS) -> dict[str, str]:
    """What the attributes are when logs of these kinds go there."""
    wanted = {"enabled": "true", "bucket": bucket, "prefix": prefix}
    return {f"{KINDS[kind]}.s3.{part}": value for kind in kinds for part, value in wanted.items()}


def modified(call: dict) -> dict[str, str]:
    """The attributes that a call sends."""
    sent, number = {}, 1
    while f"Attributes.member.{number}.Key" in call["parameters"]:
        name = f"Attributes.member.{number}"
        sent[call["parameters"][f"{name}.Key"]] = call["parameters"].get(f"{name}.Value", "")
        number += 1
    return sent


def ingress_tags(cluster: str, namespace: str, ingress: str) -> dict[str, str]:
    """As the AWS Load Balancer Controller makes them."""
    return {
        "elbv2.k8s.aws/cluster": cluster,
        "ingress.k8s.aws/stack": f"{namespace}/{ingress}",
        "ingress.k8s.aws/resource": "LoadBalancer",
    }


def of_ingresses(count: int, region: str = REGIONS[0], cluster: str = "blue") -> list[LoadBalancer]:
    """A small fleet."""
    names = [f"app{number}" for number in range(count)]
    return [LoadBalancer(f"k8s-shop-{name}-0a", region, ingress_tags(cluster, "shop", name)) for name in names]


def policy(more: str = "", select: str = "", *, bucket: str = "acme-logs-{region}", prefix: str = "eks") -> str:
    """Of both regions and every cluster, at the fastest pace that is allowed."""
    select = select or f'[reconcile.select.main]\nregions = {json.dumps(REGIONS)}\nclusters = ["*"]\n'
    pace = "describe_per_second = 10\nmodify_per_second = 3\n"
    head = f'[reconcile]\nbucket = "{bucket}"\nprefix = "{prefix}"\nkubernetes = "assume-undeclared"\n'
    return f"{head}{pace}{more}\n{select}"
