"""A mock of AWS on the loopback interface that is as strict as AWS about logs, and can be told to misbehave.

    python strict_moto.py PORT

moto in one process, changed by `strict_logs`, behind a gate that writes down every call. What the gate can be told, by
requests to the same port:

    POST /strict/throttle?action=A&n=3[&code=ThrottlingException]   the next 3 calls of A are throttled
    POST /strict/deny?action=A                                      calls of A are denied
    POST /strict/drop?action=A                                      calls of A are not answered: the connection breaks
    POST /strict/lose?action=A                                      calls of A are done, and not answered
    POST /strict/delay?action=A&seconds=S                           calls of A are done at once and answered later
    POST /strict/vanish?arn=ARN                                     it is listed, and gone when it is asked for
    POST /strict/rights?principal=P, with a policy                  who may do what it allows and nothing else
    POST /strict/allow                                              no call is treated in any of these ways any more
    POST /strict/page?size=N                                        pages of load balancers hold N at most
    POST /strict/requests?elb=app/NAME/ID&n=N                       so many requests CloudWatch counts
    POST /strict/reset                                              everything is as at the start
    GET  /strict/calls[?action=A]                                   every call so far, as JSON

An action is an IAM action with wildcards, such as `elasticloadbalancing:Describe*`. `n`, and `region=`, `account=` and
`principal=` (an access key) restrict what is told to the first calls, or to those of somebody, somewhere.
"""

import io
import json
import socket
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

import cbor
import strict_logs  # noqa: F401  (changes moto)
from moto.elbv2.models import elbv2_backends
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from policies import Request, allows, like
from werkzeug.serving import make_server

CLOUDWATCH = "/service/GraniteServiceVersion20100801/operation/"
S3_PARTS = {
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "acl": "BucketAcl",
}


@dataclass
class Call:
    """A request, as AWS sees it."""

    at: float
    service: str
    action: str
    region: str
    account: str
    principal: str
    parameters: dict[str, str]
    # What came back; none while it is under way, and 0 when nobody was answered.
    status: int | None = None


@dataclass
class Rule:
    """How calls are treated: throttled, denied, dropped, lost or delayed."""

    verb: str
    action: str
    left: float = float("inf")
    code: str = "Throttling"
    seconds: float = 0.0
    where: dict[str, str] = field(default_factory=dict)

    def is_for(self, call: Call) -> bool:
        named = like(self.action.lower(), call.action.lower())
        return self.left > 0 and named and all(getattr(call, key) == value for key, value in self.where.items())


class Gate:
    """A WSGI application in front of moto's."""

    def __init__(self, behind: Callable) -> None:
        self.behind = behind
        self.lock = threading.Lock()
        self.start_again()

    def start_again(self) -> None:
        self.calls: list[Call] = []
        self.rules: list[Rule] = []
        self.requests: dict[str, int] = {}
        self.vanished: set[str] = set()
        self.rights: dict[str, str] = {}
        self.page = 400

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        body = b""
        if environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(body)
        path = environ["PATH_INFO"]
        if path.startswith("/strict/"):
            answer = json.dumps(self.told(path.removeprefix("/strict/"), environ, body.decode())).encode()
            start_response("200 OK", [("Content-Type", "application/json")])
            return [answer]
        if path.startswith("/moto-api") or not environ.get("HTTP_AUTHORIZATION"):
            return self.behind(environ, start_response)
        call = understood(environ, body)
        with self.lock:
            self.calls.append(call)
            rules = self.chosen(call)
        return self.treated(call, rules, environ, body, start_response)

    def chosen(self, call: Call) -> list[Rule]:
        """The rules for a call: those that delay it, and the first that keeps it from being done."""
        rules = [rule for rule in self.rules if rule.is_for(call)]
        first = next((rule for rule in rules if rule.verb != "delay"), None)
        rules = [rule for rule in rules if rule.verb == "delay" or rule is first]
        for rule in rules:
            rule.left -= 1
        return rules

    def told(self, verb: str, environ: dict, body: str) -> object:
        asked = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
        with self.lock:
            match verb:
                case "calls":
                    named = asked.get("action", "*").lower()
                    return [asdict(call) for call in self.calls if like(named, call.action.lower())]
                case "throttle" | "deny" | "drop" | "lose" | "delay":
                    where = {key: asked[key] for key in ("region", "account", "principal") if key in asked}
                    left, seconds = float(asked.get("n", "inf")), float(asked.get("seconds", "0"))
                    rule = Rule(verb, asked["action"], left, asked.get("code", "Throttling"), seconds, where)
                    self.rules.append(rule)
                case "vanish":
                    self.vanished.add(asked["arn"])
                case "rights":
                    self.rights[asked["principal"]] = body
                case "allow":
                    self.rules.clear()
                    self.rights.clear()
                case "page":
                    self.page = int(asked["size"])
                case "requests":
                    self.requests[asked["elb"]] = int(asked["n"])
                case "reset":
                    reset_moto()
                    self.start_again()
                case _:
                    raise ValueError(verb)
        return {}

    def treated(
        self, call: Call, rules: list[Rule], environ: dict, body: bytes, start_response: Callable
    ) -> Iterable[bytes]:
        def noted(status: str, headers: list, exc_info: object = None) -> Callable:
            call.status = int(status.split()[0])
            return start_response(status, headers, exc_info)

        for rule in rules:
            match rule.verb:
                case "drop" | "lose":
                    if rule.verb == "lose":
                        self.answered(call, environ, body, lambda *_: None)
                    call.status = 0
                    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                    raise ConnectionAbortedError
                case "throttle":
                    return refused(call, rule.code, "Rate exceeded", 503 if call.service == "s3" else 400, noted)
                case "deny":
                    return refused(call, "AccessDenied", denied(call), 403, noted)
        if call.principal in self.rights and not allows(self.rights[call.principal], as_asked_for(call)):
            return refused(call, "AccessDenied", denied(call), 403, noted)
        answer = self.answered(call, environ, body, noted)
        if environ["REQUEST_METHOD"] == "HEAD":
            answer = []
        late = max((rule.seconds for rule in rules if rule.verb == "delay"), default=0)
        if not late:
            return answer
        answer = list(answer)
        time.sleep(late)
        return answer

    def answered(self, call: Call, environ: dict, body: bytes, start_response: Callable) -> Iterable[bytes]:
        if call.action == "cloudwatch:GetMetricData" and "cbor" in environ.get("CONTENT_TYPE", ""):
            return self.metrics(body, start_response)
        if call.service == "s3":
            problem = wrong_about_bucket(call, environ)
            if problem:
                code, status, headers = problem
                return refused(call, code, code, status, start_response, headers)
        if self.vanished & set(call.parameters.values()):
            text = "The specified load balancer does not exist."
            return refused(call, "LoadBalancerNotFound", text, 400, start_response)
        if call.action == "elasticloadbalancing:DescribeLoadBalancers":
            size = int(call.parameters.get("PageSize", "400"))
            if not 1 <= size <= 400:
                text = "Member must have value less than or equal to 400"  # invented
                return refused(call, "ValidationError", text, 400, start_response)
            with_page(environ, call.parameters | {"PageSize": str(min(size, self.page))})
        return self.behind(environ, start_response)

    def metrics(self, body: bytes, start_response: Callable) -> Iterable[bytes]:
        """Sums of requests, as if all had come half an hour ago. moto does not speak this protocol."""
        asked = cbor.loads(body)
        results = []
        since, until = asked["StartTime"].seconds, asked["EndTime"].seconds
        for query in asked["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            elb = next((each["Value"] for each in metric["Dimensions"] if each["Name"] == "LoadBalancer"), "")
            counted = self.requests.get(elb, 0) if metric["MetricName"] == "RequestCount" else 0
            period = query["MetricStat"]["Period"]
            came = (time.time() - 1800) // period * period
            series = ([cbor.Time(came)], [float(counted)]) if counted and since <= came < until else ([], [])
            result = {"Id": query["Id"], "Label": elb, "StatusCode": "Complete"}
            results.append(result | dict(zip(("Timestamps", "Values"), series, strict=True)))
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        start_response("200 OK", headers)
        return [cbor.dumps({"MetricDataResults": results, "Messages": []})]


def understood(environ: dict, body: bytes) -> Call:
    """What a request asks for, and as whom."""
    scope = environ["HTTP_AUTHORIZATION"].partition("Credential=")[2].split(",")[0].split("/")
    principal, region, service = (scope[0], scope[2], scope[3]) if len(scope) == 5 else ("", "", "")
    parameters: dict[str, str] = {}
    path = environ["PATH_INFO"]
    if path.startswith(CLOUDWATCH):
        service, operation = "cloudwatch", path.removeprefix(CLOUDWATCH)
    elif environ.get("HTTP_X_AMZ_TARGET"):
        operation = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
    elif service == "s3":
        operation, parameters = s3_operation(environ)
    else:
        parameters = dict(urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        operation = parameters.pop("Action", "")
    service = "cloudwatch" if service == "monitoring" else service
    account = get_account_id_from(principal)
    return Call(time.time(), service, f"{service}:{operation}", region, account, principal, parameters)


def s3_operation(environ: dict) -> tuple[str, dict[str, str]]:
    """The IAM action of a request to S3."""
    asked = dict(urllib.parse.parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    verb = {"HEAD": "Get", "GET": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}[environ["REQUEST_METHOD"]]
    part = next((S3_PARTS[name] for name in asked if name in S3_PARTS and not key), None)
    named = {"Bucket": bucket, "Key": key} | asked
    if part:
        return f"{verb}{part}", named
    if key or "delete" in asked:
        return f"{verb}Object", named
    if not bucket:
        return "ListAllMyBuckets", named
    return {"Get": "ListBucket", "Put": "CreateBucket", "Delete": "DeleteBucket"}[verb], named


def as_asked_for(call: Call) -> Request:
    """The question that IAM answers about a call."""
    if call.service == "s3":
        bucket, key = call.parameters["Bucket"], call.parameters["Key"]
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
        return Request("", call.action, resource, {"s3:prefix": call.parameters.get("prefix", "")})
    arn, context = call.parameters.get("LoadBalancerArn"), {"aws:RequestedRegion": call.region}
    if arn:
        tags = elbv2_backends[call.account][call.region].tagging_service.get_tag_dict_for_resource(arn)
        context |= {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    # What only describes has no resource.
    return Request("", call.action, "*" if ":Describe" in call.action else arn or "*", context)


def wrong_about_bucket(call: Call, environ: dict) -> tuple[str, int, list] | None:
    """Who asks in another region than the bucket's is sent there; who expects another owner is refused."""
    partition_and_owner = s3_backends.bucket_accounts.get(call.parameters["Bucket"])
    if partition_and_owner is None:
        return None
    partition, owner = partition_and_owner
    expected = environ.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER")
    if expected and expected != owner:
        return "AccessDenied", 403, []
    region = s3_backends[owner][partition].buckets[call.parameters["Bucket"]].region_name
    if region != call.region and call.action not in ("s3:GetBucketLocation", "s3:CreateBucket"):
        return "PermanentRedirect", 301, [("x-amz-bucket-region", region)]
    return None


def where_it_is(call: Call) -> list:
    """Who may not ask about a bucket learns its region all the same."""
    partition_and_owner = s3_backends.bucket_accounts.get(call.parameters["Bucket"])
    if partition_and_owner is None:
        return []
    partition, owner = partition_and_owner
    return [("x-amz-bucket-region", s3_backends[owner][partition].buckets[call.parameters["Bucket"]].region_name)]


def with_page(environ: dict, parameters: dict[str, str]) -> None:
    body = urllib.parse.urlencode({"Action": "DescribeLoadBalancers"} | parameters).encode()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def denied(call: Call) -> str:
    """IAM's words."""
    resource = call.parameters.get("LoadBalancerArn", "*")
    who = f"User: arn:aws:iam::{call.account}:user/{call.principal}"
    because = f"because no identity-based policy allows the {call.action} action"
    return f"{who} is not authorized to perform: {call.action} on resource: {resource} {because}"


def refused(
    call: Call, code: str, text: str, status: int, start_response: Callable, headers: Iterable = ()
) -> Iterable[bytes]:
    """An error in the service's protocol."""
    if call.service == "s3":
        kind, body = "application/xml", f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
        if status == 403:
            headers = [*headers, *where_it_is(call)]
    elif call.service == "logs":
        code = "AccessDeniedException" if code == "AccessDenied" else code
        kind, body = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": text})
    elif call.service == "cloudwatch":
        kind, body = "application/cbor", cbor.dumps({"__type": f"com.amazonaws.cloudwatch#{code}", "message": text})
        headers = [*headers, ("smithy-protocol", "rpc-v2-cbor")]
    else:
        said = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
        kind, body = "text/xml", f"<ErrorResponse>{said}<RequestId>strict</RequestId></ErrorResponse>"
    start_response(f"{status} Refused", [("Content-Type", kind), *headers])
    return [body if isinstance(body, bytes) else body.encode()]


def reset_moto() -> None:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def main() -> None:
    port = int(sys.argv[1])
    gate = Gate(DomainDispatcherApplication(create_backend_app))
    make_server("127.0.0.1", port, gate, threaded=True, request_handler=MotoRequestHandler).serve_forever()


if __name__ == "__main__":
    main()
