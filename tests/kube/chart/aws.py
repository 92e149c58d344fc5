"""A small AWS on the loopback interface: EKS's agent and STS hand out keys, ELBv2 has one load balancer that logs nothing, and everything
else is denied. It notes by which keys it was asked."""

import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EXPIRES = "2099-01-01T00:00:00Z"
ROLE = "arn:aws:iam::111122223333:role/albstats"
TOKEN = "a-token-of-the-service-account"
NAME = "k8s-shop-0123456789"
ARN = f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/{NAME}/0123456789abcdef"
ANSWERS = {
    "AssumeRoleWithWebIdentity": f"""<Credentials><AccessKeyId>KEYBYIRSA</AccessKeyId><SecretAccessKey>none</SecretAccessKey>
        <SessionToken>none</SessionToken><Expiration>{EXPIRES}</Expiration></Credentials>""",
    "DescribeLoadBalancers": f"""<LoadBalancers><member><LoadBalancerArn>{ARN}</LoadBalancerArn><LoadBalancerName>{NAME}</LoadBalancerName>
        <Type>application</Type><State><Code>active</Code></State></member></LoadBalancers>""",
    "DescribeTags": f"""<TagDescriptions><member><ResourceArn>{ARN}</ResourceArn><Tags><member><Key>elbv2.k8s.aws/cluster</Key>
        <Value>prod</Value></member><member><Key>ingress.k8s.aws/stack</Key><Value>shop/web</Value></member></Tags></member></TagDescriptions>""",
    "DescribeTargetGroups": "<TargetGroups></TargetGroups>",
    "DescribeLoadBalancerAttributes": "<Attributes><member><Key>access_logs.s3.enabled</Key><Value>false</Value></member></Attributes>",
}


@contextmanager
def aws() -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), AWS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class AWS(BaseHTTPRequestHandler):
    keys: set[str] = set()

    def do_GET(self) -> None:
        if self.path == "/v1/credentials":
            is_known = self.headers["Authorization"] == TOKEN
            keys = {"AccessKeyId": "KEYBYPODIDENTITY", "SecretAccessKey": "none", "Token": "none", "Expiration": EXPIRES}
            self._answer(200 if is_known else 401, json.dumps(keys) if is_known else "{}")
        else:
            self._note()
            self._denied()

    def do_POST(self) -> None:
        body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace"))
        action = body.get("Action", [""])[0]
        if action == "AssumeRoleWithWebIdentity":
            is_allowed = body["WebIdentityToken"] == [TOKEN] and body["RoleArn"] == [ROLE]
        else:
            is_allowed = action in ANSWERS
            self._note()
        if is_allowed:
            self._answer(200, f"<{action}Response><{action}Result>{ANSWERS[action]}</{action}Result></{action}Response>")
        else:
            self._denied()

    def _note(self) -> None:
        found = re.search(r"Credential=(\w+)/", self.headers["Authorization"] or "")
        self.keys.add(found[1] if found else "nobody")

    def _denied(self) -> None:
        self._answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if body.startswith("{") else "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""
