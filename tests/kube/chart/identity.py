"""Who a pod is to AWS: the program takes credentials where EKS's webhooks tell it to, by Pod Identity and by IRSA."""

import json
import os
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cluster import run

EXPIRES = "2099-01-01T00:00:00Z"
ROLE = "arn:aws:iam::111122223333:role/albstats"
TOKEN = "a-token-of-the-service-account"
STS = f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>KEYBYIRSA</AccessKeyId><SecretAccessKey>none</SecretAccessKey><SessionToken>none</SessionToken><Expiration>{EXPIRES}</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


def taken(program: str, folder: Path) -> int:
    """Requests are signed by the key that was handed out for the token of the service account."""
    folder.mkdir()
    token = folder / "token"
    token.write_text(TOKEN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), AWS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    ways = {
        "KEYBYPODIDENTITY": {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        },
        "KEYBYIRSA": {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_STS_REGIONAL_ENDPOINTS": "regional"},
    }
    commands = [["query", "--from", "s3://bucket/logs", "SELECT 1"], ["inventory", "-o", str(folder / "inventory.json")]]
    for key, variables in ways.items():
        for command in commands:
            AWS.keys.clear()
            env = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": address, **variables}
            said = run(program, *command, env=env).stderr
            assert AWS.keys == {key}, f"{command[0]} with {', '.join(variables)}: signed by {AWS.keys or 'nobody'}: {said}"
    server.shutdown()
    return len(ways) * len(commands)


class AWS(BaseHTTPRequestHandler):
    """EKS's agent, STS, and services that deny everything and note by which key they were asked."""

    keys: set[str] = set()

    def do_GET(self) -> None:
        if self.path == "/v1/credentials":
            is_known = self.headers["Authorization"] == TOKEN
            keys = {"AccessKeyId": "KEYBYPODIDENTITY", "SecretAccessKey": "none", "Token": "none", "Expiration": EXPIRES}
            self._answer(200 if is_known else 401, json.dumps(keys) if is_known else "{}")
        else:
            self._denied()

    def do_POST(self) -> None:
        body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if body.get("Action") == ["AssumeRoleWithWebIdentity"]:
            is_known = body["WebIdentityToken"] == [TOKEN] and body["RoleArn"] == [ROLE]
            self._answer(200 if is_known else 400, STS if is_known else "<Error/>")
        else:
            self._denied()

    def _denied(self) -> None:
        found = re.search(r"Credential=(\w+)/", self.headers["Authorization"] or "")
        self.keys.add(found[1] if found else "nobody")
        self._answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if body.startswith("{") else "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""
