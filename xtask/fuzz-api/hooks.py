"""Requests that schemathesis takes for valid or for invalid, and that are not."""

import re
from datetime import datetime, timedelta, timezone

import schemathesis

# The most values in all conditions of a list together (MAX_VALUES in shared/src/query).
MOST_VALUES = 90
# The most rows that a page by number may be behind (MAX_OFFSET there).
MOST_PASSED = 100_000


@schemathesis.hook
def filter_case(context, case):
    return not (
        is_mistaken(case)
        or has_too_many_values(case)
        or is_beyond_the_schema(case)
        or ends_at_a_wrong_time(case)
        or is_told_of_item_by_item(case)
    )


def is_mistaken(case):
    """The coverage phase cannot make up headers whose pattern asks for more than letters and digits. It sends an empty
    one or `0` and calls it valid."""
    if not case.meta.generation.mode.is_positive:
        return False
    parameters = [(parameter.name, parameter.definition.get("schema", {})) for parameter in case.operation.headers]
    patterns = {name: schema["pattern"] for name, schema in parameters if "pattern" in schema}
    return any(name in case.headers and not re.search(patterns[name], case.headers[name]) for name in patterns)


def has_too_many_values(case):
    """JSON Schema cannot say how many values all conditions of a list may have together."""
    no_values = ("page", "limit", "sort", "count", "fields")
    values = [value for name, value in (case.query or {}).items() if name not in no_values]
    return sum(len(value) if isinstance(value, list) else 1 for value in values) > MOST_VALUES


def is_beyond_the_schema(case):
    """JSON Schema cannot say what a genuine cursor is, how alternatives are written, how far pages by number go, or that
    snippets go with a search."""
    query = case.query or {}
    if not case.meta.generation.mode.is_positive or "sort" not in [p.name for p in case.operation.query]:
        return False
    if any(name in ("after", "before") or name.split("[")[0] == "or" for name in query):
        return True
    if str(query.get("snippets", "false")).lower() == "true" and "q" not in query:
        return True
    try:
        return (int(query.get("page", 1)) - 1) * int(query.get("limit", 20)) > MOST_PASSED
    except (TypeError, ValueError):
        return False


def ends_at_a_wrong_time(case):
    """JSON Schema does not know what time it is: an API key ends in the future, at most two years ahead."""
    body = case.body if isinstance(case.body, dict) else {}
    if not case.meta.generation.mode.is_positive or "expires_at" not in body:
        return False
    try:
        ends = datetime.fromisoformat(body["expires_at"].upper())
    except (AttributeError, ValueError):
        return True
    if ends.tzinfo is None:
        return True
    now = datetime.now(timezone.utc)
    return not now + timedelta(days=1) < ends < now + timedelta(days=730)


def is_told_of_item_by_item(case):
    """JSON Schema cannot say that of many items no two have the same id. And where each item stands for itself, the answer is
    200 and says of a wrong one what is wrong."""
    body = case.body if isinstance(case.body, dict) else {}
    items = body.get("items")
    if not case.operation.path.endswith("/bulk") or not isinstance(items, list):
        return False
    if not case.meta.generation.mode.is_positive:
        return body.get("atomic") is False
    ids = [str(item["id"]).lower() for item in items if isinstance(item, dict) and "id" in item]
    return len(ids) > len(set(ids))
