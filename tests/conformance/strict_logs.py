"""moto's ELBv2 with AWS's manners about logs: keys, defaults, refusals and test objects. Importing this changes moto.

What AWS says is quoted from its documents and from reports of it; texts marked as invented say what AWS refuses in
words of ours. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""

import datetime
import re

from moto.elbv2 import models as elbv2
from moto.logs.models import DeliverySource, LogsBackend
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from policies import Request, allows, malformed

# What the object is called that is written when a kind is switched on, and how its text begins. The first name and text
# are known from reports, the second name from AWS's documents; the other texts are invented.
KINDS = {
    "access_logs": ("ELBAccessLogTestFile", "Enable AccessLog for ELB"),
    "connection_logs": ("ELBConnectionLogTestFile", "Enable ConnectionLog for ELB"),
    "health_check_logs": ("ELBHealthCheckLogTestFile", "Enable HealthCheckLog for ELB"),
}
KEYS = {kind: [f"{kind}.s3.{part}" for part in ("enabled", "bucket", "prefix")] for kind in KINDS}
NINE = {key for keys in KEYS.values() for key in keys}
SERVICE = "Service:logdelivery.elasticloadbalancing.amazonaws.com"
# Some of those that the same page calls legacy.
LEGACY = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "eu-central-1": "054676820928",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-north-1": "897822967062",
    "ap-southeast-2": "783225319266",
    "ap-northeast-1": "582318560864",
    "sa-east-1": "507241528517",
}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
DEFAULTS = {
    "application": {key: "false" if key.endswith("enabled") else "" for key in sorted(NINE)}
    | {
        "client_keep_alive.seconds": "3600",
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "60",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
        "zonal_shift.config.enabled": "false",
    },
    "network": {
        "access_logs.s3.enabled": "false",
        "access_logs.s3.bucket": "",
        "access_logs.s3.prefix": "",
        "deletion_protection.enabled": "false",
        "load_balancing.cross_zone.enabled": "false",
    },
}
DENIED = "Access Denied for bucket: {}. Please check S3bucket permission"
ELSEWHERE = "S3Bucket: {} is not located in the same region with ELB: {}"
ENCRYPTED = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
EMPTY = "The value of '{}' cannot be empty"


def refuse(message: str, code: str = "ValidationError") -> None:
    raise elbv2.RESTError(code, message)


def create_load_balancer(self: elbv2.ELBv2Backend, *args: object, **options: object) -> object:
    """With AWS's defaults, and an ARN that tells the type."""
    made = create(self, *args, **options)
    made.attrs = dict(DEFAULTS.get(made.type, {}))
    if made.type == "network":
        tags = self.tagging_service.get_tag_dict_for_resource(made.arn)
        del self.load_balancers[made.arn]
        self.tagging_service.delete_all_tags_for_resource(made.arn)
        made.arn = made.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
        self.load_balancers[made.arn] = made
        self.tagging_service.tag_resource(made.arn, [{"Key": key, "Value": value} for key, value in tags.items()])
    return made


def modify_load_balancer_attributes(self: elbv2.ELBv2Backend, arn: str, attributes: dict[str, str]) -> dict[str, str]:
    """All or nothing; what is switched on is tried first."""
    load_balancer = self.load_balancers.get(arn)
    if load_balancer is None:
        raise elbv2.LoadBalancerNotFoundError
    if not 0 < len(attributes) <= 20:
        refuse("Member must have length less than or equal to 20")
    for key in attributes:
        if key not in load_balancer.attrs:
            refuse(f"Key {key} not valid", "InvalidConfigurationRequest")  # invented
    wanted = load_balancer.attrs | attributes
    test_objects = []
    for kind, keys in KEYS.items():
        if attributes.keys() & set(keys):
            test_objects += checked(self, load_balancer, kind, [wanted[key] for key in keys], attributes)
    for bucket, key, text in test_objects:
        account, partition = s3_backends.bucket_accounts[bucket][::-1]
        s3_backends[account][partition].put_object(bucket, key, text.encode())
    load_balancer.attrs.update(attributes)
    return load_balancer.attrs


def checked(backend: elbv2.ELBv2Backend, load_balancer: object, kind: str, values: list, sent: dict) -> list[tuple]:
    """Refuses as AWS does, or says which object to write."""
    enabled, bucket, prefix = values
    enabled_key, bucket_key, prefix_key = KEYS[kind]
    if enabled not in ("true", "false"):
        refuse(f"The value of '{enabled_key}' must be true or false")  # invented
    if not bucket and (bucket_key in sent or enabled == "true"):
        refuse(EMPTY.format(bucket_key))
    if prefix.startswith("/") or prefix.endswith("/"):
        refuse(f"The value of '{prefix_key}' cannot start or end with '/'")
    if not re.fullmatch(r"[A-Za-z0-9._/-]*", prefix):
        refuse(f"The value of '{prefix_key}' can only contain letters, numbers, . - _ /")  # invented in part
    if "AWSLogs" in prefix:
        refuse(f"The value of '{prefix_key}' cannot contain 'AWSLogs'")  # invented
    if enabled != "true":
        return []
    denied = DENIED.format(bucket)
    found = bucket_of(bucket)
    if found is None:
        refuse(denied, "InvalidConfigurationRequest")
    if found.region_name != backend.region_name:
        refuse(ELSEWHERE.format(bucket, load_balancer.name), "InvalidConfigurationRequest")
    test_object, text = KINDS[kind]
    folder = f"{prefix}/" if prefix else ""
    key = f"{folder}AWSLogs/{backend.account_id}/{test_object}"
    if encryption(found) != "AES256" or not may_be_written(found, key, backend, load_balancer):
        refuse(denied, "InvalidConfigurationRequest")
    name = load_balancer.arn.partition(":loadbalancer/")[2]
    return [(bucket, key, f"{text}: {name} at {datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S.%f}Z")]


def may_be_written(bucket: FakeBucket, key: str, backend: elbv2.ELBv2Backend, load_balancer: object) -> bool:
    """Whether the policy lets one of the delivery's principals put the test object.

    What the test object's request says of its source is not documented; here it says what deliveries say.
    """
    if not bucket.policy:
        return False
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    context = {
        "aws:SecureTransport": "true",
        "aws:SourceAccount": backend.account_id,
        "aws:SourceArn": load_balancer.arn,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    principals = [SERVICE]
    if backend.region_name in LEGACY:
        principals.append(f"AWS:arn:{bucket.partition}:iam::{LEGACY[backend.region_name]}:root")
    resource = f"arn:{bucket.partition}:s3:::{bucket.name}/{key}"
    for who in principals:
        context["aws:PrincipalIsAWSService"] = "true" if who == SERVICE else "false"
        if allows(policy, Request(who, "s3:PutObject", resource, context)):
            return True
    return False


def bucket_of(name: str) -> FakeBucket | None:
    """A bucket of whatever account."""
    if name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[name]
    return s3_backends[account][partition].buckets.get(name)


def encryption(bucket: FakeBucket) -> str:
    rule = (bucket.encryption or ENCRYPTED)["Rule"]
    rule = rule[0] if isinstance(rule, list) else rule
    return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def describe_load_balancers(self: elbv2.ELBv2Backend, arns: list | None, names: list | None) -> list:
    """One that is not there makes the whole request fail."""
    everything = list(self.load_balancers.values())
    for each in everything:
        each.activate()
    if not arns and not names:
        return everything
    found = [each for each in everything if each.arn in (arns or []) or each.name in (names or [])]
    if len(found) < len(set(arns or [])) + len(set(names or [])):
        raise elbv2.LoadBalancerNotFoundError
    return found


def describe_tags(self: elbv2.ELBv2Backend, arns: list[str]) -> dict[str, dict[str, str]]:
    """Of twenty at most, all of them there."""
    if len(arns) > 20:
        refuse("The number of resource ARNs must not exceed 20")  # invented
    for arn in arns:
        self._get_resource_by_arn(arn)
    return describe_tags_of(self, arns)


def put_delivery_source(self: LogsBackend, name: str, resource_arn: str, log_type: str, tags: dict) -> DeliverySource:
    """moto does not know load balancers as sources."""
    if resource_arn.split(":")[2] != "elasticloadbalancing":
        return put_source(self, name, resource_arn, log_type, tags)
    source = DeliverySource(self.account_id, self.region_name, name, resource_arn, log_type, tags)
    self.delivery_sources[name] = source
    return source


def get_bucket_encryption(self: S3Backend, bucket_name: str) -> dict:
    """S3 has encrypted since 2023, whatever nobody said."""
    return self.get_bucket(bucket_name).encryption or ENCRYPTED


def put_bucket_policy(self: S3Backend, bucket_name: str, policy: bytes) -> None:
    """Only what is a policy, and of this bucket."""
    why = malformed(policy.decode() if isinstance(policy, bytes) else policy, bucket_name)
    if why:
        raise S3ClientError("MalformedPolicy", why)
    put_policy(self, bucket_name, policy)


def get_permission(_bucket: FakeBucket, _action: str, _resource: str) -> object:
    """moto takes a statement for everybody for one about its caller, whatever its condition."""
    from moto.iam.access_control import PermissionResult

    return PermissionResult.NEUTRAL


create = elbv2.ELBv2Backend.create_load_balancer
describe_tags_of = elbv2.ELBv2Backend.describe_tags
put_source = LogsBackend.put_delivery_source
put_policy = S3Backend.put_bucket_policy
CHANGED = {
    elbv2.ELBv2Backend: (
        create_load_balancer,
        modify_load_balancer_attributes,
        describe_load_balancers,
        describe_tags,
    ),
    LogsBackend: (put_delivery_source,),
    S3Backend: (get_bucket_encryption, put_bucket_policy),
    FakeBucket: (get_permission,),
}
for owner, functions in CHANGED.items():
    for function in functions:
        if not hasattr(owner, function.__name__):
            raise AttributeError(f"this moto has no {owner.__name__}.{function.__name__}")
        setattr(owner, function.__name__, function)
