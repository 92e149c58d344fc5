"""Policies of buckets and of identities: Allow and Deny, Not…, wildcards and conditions.

Written apart from the evaluator under test and from AWS's documents alone, so that the two can disagree:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """Who wants to do what to which object, and what AWS knows about the request."""

    # `Service:NAME`, or `AWS:` and an account's root; empty for whom an identity's policy is about.
    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def allows(policy: str, request: Request) -> bool:
    """Whether a statement allows it and none denies it."""
    statements = many(json.loads(policy).get("Statement"))
    effects = {statement.get("Effect") for statement in statements if applies(statement, request)}
    return "Allow" in effects and "Deny" not in effects


def malformed(policy: str, bucket: str) -> str | None:
    """Why S3 does not take this policy. A part of its checks, in its own words as far as they are known."""
    try:
        statements = many(json.loads(policy).get("Statement"))
    except (ValueError, AttributeError):
        return "This policy contains invalid Json"
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny"):
            return "Invalid effect"  # invented
        if not {"Principal", "NotPrincipal"} & statement.keys():
            return "Missing required field Principal"
        if not {"Action", "NotAction"} & statement.keys():
            return "Missing required field Action"
        for resource in many(statement.get("Resource")) + many(statement.get("NotResource")):
            name = resource.split(":", 5)[-1].split("/")[0]
            if not resource.startswith("arn:") or (not like(name, bucket) and name != bucket):
                return "Policy has invalid resource"
    return None if statements else "Missing required field Statement"


def applies(statement: Mapping, request: Request) -> bool:
    return (
        (not request.principal or chosen(statement, "Principal", lambda named: is_principal(named, request.principal)))
        and chosen(statement, "Action", lambda named: any_like(named, request.action, folded=True))
        and chosen(statement, "Resource", lambda named: any_like(named, request.resource))
        and all(
            holds(operator, key, many(values), request.context)
            for operator, conditions in statement.get("Condition", {}).items()
            for key, values in conditions.items()
        )
    )


def chosen(statement: Mapping, element: str, fits: Callable[[object], bool]) -> bool:
    """An element, or its opposite."""
    if element in statement:
        return fits(statement[element])
    return f"Not{element}" in statement and not fits(statement[f"Not{element}"])


def is_principal(named: object, principal: str) -> bool:
    # Both mean everybody, services too.
    if named == "*" or (isinstance(named, Mapping) and "*" in many(named.get("AWS"))):
        return True
    kind, _, who = principal.partition(":")
    names = many(named.get(kind)) if isinstance(named, Mapping) else []
    if kind == "AWS":
        account = who.split(":")[4]
        return who in names or account in names
    return who in names


def holds(operator: str, key: str, wanted: list, context: Mapping[str, str]) -> bool:
    """One condition. A key that the request does not have fails what must be equal, and passes what must differ."""
    value = next((value for name, value in context.items() if name.lower() == key.lower()), None)
    if operator == "Null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    exists_or, base = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    differs = "Not" in base
    if value is None:
        return exists_or or differs
    texts = [str(text) for text in wanted]
    if base in ("Bool", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"):
        found = value.lower() in [text.lower() for text in texts]
    elif base in ("StringEquals", "StringNotEquals"):
        found = value in texts
    elif base in ("StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"):
        found = any_like(texts, value)
    else:
        raise NotImplementedError(f"condition operator {operator}")
    return found != differs


def any_like(patterns: object, text: str, *, folded: bool = False) -> bool:
    if folded:
        return any(like(pattern.lower(), text.lower()) for pattern in many(patterns))
    return any(like(pattern, text) for pattern in many(patterns))


def like(pattern: str, text: str) -> bool:
    """`*` is any text, `?` is any letter, and nothing else is special."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text, re.DOTALL) is not None


def many(value: object) -> list:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
