"""What a template comes to for given parameters, by the rules of CloudFormation.

moto skips the types it does not know; what it would have been told of them is read here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from world.sandbox import REPOSITORY

TEMPLATES = REPOSITORY / "deploy" / "cloudformation"
ACCOUNT = "999900001111"
REGION = "eu-west-1"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT,
          "AWS::StackName": "stack"}
NOTHING = object()
# `${Name}` and `${Resource.Attribute}`; what has braces alone stays.
VARIABLE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` is `{Ref: x}`."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short_form)


def load(path: Path) -> dict[str, Any]:
    return dict(yaml.load(path.read_text(), Loader))  # noqa: S506 - a SafeLoader with more tags


class Rendered:
    """A template with every parameter given or by default; `resources` are those it creates."""

    def __init__(self, name: str, **given: str) -> None:
        self.template = load(TEMPLATES / name)
        declared = self.template["Parameters"]
        assert set(given) <= set(declared), f"{name} has no parameter {set(given) - set(declared)}"
        self.parameters = {key: self._typed(told, str(given.get(key, told.get("Default"))))
                           for key, told in declared.items()}
        self.resources = {name: self.value(told["Properties"])
                          for name, told in self.template["Resources"].items()
                          if self.holds(told.get("Condition"))}

    @staticmethod
    def _typed(told: dict[str, Any], text: str) -> Any:
        return text.split(",") if told["Type"] == "CommaDelimitedList" else text

    def types(self) -> dict[str, str]:
        return {name: self.template["Resources"][name]["Type"] for name in self.resources}

    def of_type(self, kind: str) -> dict[str, Any]:
        return {name: self.resources[name] for name, found in self.types().items() if found == kind}

    def holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        return bool(self.value(self.template["Conditions"][condition]))

    def value(self, told: Any) -> Any:
        if isinstance(told, list):
            return [found for found in map(self.value, told) if found is not NOTHING]
        if not isinstance(told, dict):
            return told
        if len(told) == 1:
            [(name, argument)] = told.items()
            function = getattr(self, "_" + name.removeprefix("Fn::").lower(), None)
            if name == "Ref" or (name.startswith("Fn::") and function):
                return function(argument)
        found = {key: self.value(inner) for key, inner in told.items()}
        return {key: inner for key, inner in found.items() if inner is not NOTHING}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        properties = self.template["Resources"][name]["Properties"]
        kind = self.template["Resources"][name]["Type"]
        if kind == "AWS::SQS::Queue":
            queue = self.value(properties["QueueName"])
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"
        return self._physical_name(name)

    def _physical_name(self, name: str) -> str:
        properties = self.template["Resources"][name]["Properties"]
        [key] = [key for key in ("QueueName", "RoleName", "FunctionName", "TableName", "Name",
                                 "LogGroupName", "ManagedPolicyName") if key in properties]
        return str(self.value(properties[key]))

    def _getatt(self, path: list[str]) -> str:
        name, attribute = path
        physical = self._physical_name(name)
        if attribute == "QueueName":
            return physical
        assert attribute == "Arn", path
        kind = self.template["Resources"][name]["Type"]
        return {"AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical}",
                "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{physical}",
                "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical}",
                "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{physical}",
                "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{physical}",
                }[kind]

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def fill(found: re.Match[str]) -> str:
            name = found.group(1)
            if name in own:
                return str(self.value(own[name]))
            return str(self._getatt(name.split(".")) if "." in name else self._ref(name))
        return VARIABLE.sub(fill, text)

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.value(then if self.holds(condition) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        first, second = map(self.value, argument)
        return bool(first == second)

    def _not(self, argument: list[Any]) -> bool:
        return not self.value(argument[0])

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(self.value(argument[1]))

    def _split(self, argument: list[Any]) -> list[str]:
        return str(self.value(argument[1])).split(str(argument[0]))

    def _select(self, argument: list[Any]) -> Any:
        return self.value(argument[1])[int(argument[0])]

    def _findinmap(self, argument: list[Any]) -> Any:
        name, first, second = map(self.value, argument)
        return self.template["Mappings"][name][first][second]
