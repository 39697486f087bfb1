"""A workload in virtual time, as a person asks for it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

from integration.harness import Exarch
from integration.producer import wishes_for
from world.launch import RunningWorld


def test_a_simulation_of_a_file_agrees_with_its_plan(exarch: Exarch, cloud: RunningWorld):
    tasks = exarch.directory / "tasks.jsonl"
    tasks.write_text("".join(json.dumps({"entries": [wish.entry(), wish.entry()]}) + "\n"
                             for wish in wishes_for(cloud.facts, 40)))
    plan = json.loads(exarch.run("plan", "tasks.jsonl", "--output", "json").expect(0).stdout)
    finished = exarch.run("simulate", "tasks.jsonl", "--output", "json").expect(0)
    simulated = json.loads(finished.stdout)
    assert not cloud.calls()
    for key in ["operations", "items", "calls", "last_call_after_seconds", "cost_usd"]:
        assert simulated["as_configured"][key] == plan["total"][key], key
    planned = {account["account"]: account["calls"] for account in plan["accounts"]}
    assert {each["account"]: each["calls"] for each in simulated["accounts"]} == planned


def test_a_made_up_sale_is_told_and_drawn(exarch: Exarch):
    finished = exarch.run("simulate", "--accounts", "12", "--operations", "1e4", "--arrival",
                          "burst 2m", "--actual-rate", "0.5", "--chart", "sale.svg").expect(0)
    assert "10,000" in finished.stdout
    assert "twice that" in finished.stdout
    assert "and 2 accounts more" in finished.stdout
    root = ElementTree.parse(exarch.directory / "sale.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    again = exarch.run("simulate", "--accounts", "12", "--operations", "1e4", "--arrival",
                       "burst 2m", "--actual-rate", "0.5").expect(0)
    assert again.stdout == finished.stdout


def test_what_expires_is_told_by_the_exit_code(exarch: Exarch):
    exarch.run("simulate", "--accounts", "1", "--operations", "1e4", "--distributions", "5000",
               "--actual-rate", "0.01").expect(1)


def test_a_chart_that_cannot_be_written_is_told_before_the_work(exarch: Exarch):
    complaint = exarch.run("simulate", "--accounts", "1000", "--operations", "1e8", "--chart",
                           "nowhere/sale.svg").expect(2).complaint()
    assert "--chart" in complaint
    assert "nowhere/sale.svg" in complaint
