"""Whether a reply has every member that the service's model, as botocore ships it, requires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def lacking_members(client: Any, operation: str, reply: dict[str, Any]) -> list[str]:
    """The paths of the members that the operation's reply should have and has not."""
    model = client.meta.service_model.operation_model(operation)
    return list(_lacking(model.output_shape, reply, operation))


def _lacking(shape: Any, value: Any, at: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from (f"{at}.{name}" for name in shape.required_members if name not in value)
        for name, member in shape.members.items():
            if name in value:
                yield from _lacking(member, value[name], f"{at}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _lacking(shape.member, item, f"{at}[{index}]")
