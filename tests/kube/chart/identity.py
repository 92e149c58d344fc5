"""Who a pod is to AWS: the program takes credentials where EKS's webhooks tell it to, by Pod Identity and by IRSA."""

import os
from pathlib import Path

from aws import AWS, ROLE, TOKEN, aws
from cluster import run


def taken(program: str, folder: Path) -> int:
    """Requests are signed by the key that was handed out for the token of the service account."""
    folder.mkdir()
    token = folder / "token"
    token.write_text(TOKEN)
    commands = [["query", "--from", "s3://bucket/logs", "SELECT 1"], ["inventory", "-o", str(folder / "inventory.json")]]
    with aws() as address:
        ways = {
            "KEYBYPODIDENTITY": {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
            },
            "KEYBYIRSA": {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_STS_REGIONAL_ENDPOINTS": "regional"},
        }
        for key, variables in ways.items():
            for command in commands:
                AWS.keys.clear()
                env = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": address, **variables}
                said = run(program, *command, env=env).stderr
                assert AWS.keys == {key}, f"{command[0]} with {', '.join(variables)}: signed by {AWS.keys or 'nobody'}: {said}"
    return len(ways) * len(commands)
