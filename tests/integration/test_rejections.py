"""Bad input is normal input: recorded, deleted, and harmless to its neighbours."""

from __future__ import annotations

import json
import re
from typing import Any

from integration.harness import Exarch
from integration.producer import UnchangedProducer, Wish, body_of, wishes_for
from integration.verdict import assert_each_once
from world.launch import RunningWorld

SQS_BODY_BYTES_MAX = 1_048_576
GOOD = {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E111122223333A0",
        "invalidation_path": "/good.html"}
GOOD_WISH = Wish("111122223333", "E111122223333A0", "/good.html")
ENTRY = json.dumps(GOOD)

# Each is one message from which not one operation can be read.
UNREADABLE = {
    "not JSON": "hello",
    "cut off": '{"entries": [' + ENTRY,
    "something after the end": '{"entries": [' + ENTRY + "]} x",
    "a comment": '{"entries": [' + ENTRY + "]} // done",
    "a trailing comma": '{"entries": [' + ENTRY + ",]}",
    "an array": "[" + ENTRY + "]",
    "a string": '"entries"',
    "a number": "42",
    "null": "null",
    "an empty object": "{}",
    "no entries": '{"entries": []}',
    "entries that are an object": '{"entries": ' + ENTRY + "}",
    "entries that are null": '{"entries": null}',
    "too deep": '{"entries": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "too deep in a field that is ignored":
        '{"x": ' + '{"x":' * 20_000 + "1" + "}" * 20_000 + ', "entries": [' + ENTRY + "]}",
    "a key twice": '{"entries": [' + ENTRY + '], "entries": [' + ENTRY + "]}",
    "a key twice in an entry":
        '{"entries": [{"invalidation_path": "/other.html", ' + ENTRY[1:] + "]}",
    "both forms": '{"entries": [' + ENTRY + '], "operations": []}',
    "a lone surrogate": '{"entries": [' + ENTRY.replace("good", "\\ud800") + "]}",
    "a number out of range": '{"entries": [1e999]}',
    "a mebibyte of nothing": '{"entries": []' + " " * (SQS_BODY_BYTES_MAX - 15) + "}",
    "a mebibyte of rubbish": "x" * SQS_BODY_BYTES_MAX,
    "operations of no shape": '{"version": 1, "operations": "all"}',
    "no operations": '{"version": 1, "operations": []}',
    "a version that is not known": '{"version": 2, "operations": [{}]}',
}


def entry(**changes: Any) -> dict[str, Any]:
    """A good entry but for the changes; None leaves a field out."""
    changed = {**GOOD, "invalidation_path": "/bad.html", **changes}
    return {key: value for key, value in changed.items() if value is not None}


BAD_ENTRIES: dict[str, Any] = {
    "a number": 7, "a string": "x", "null": None, "an array": [], "an empty object": {},
    "account of 11 digits": entry(aws_account_id="11112222333"),
    "account of letters": entry(aws_account_id="11112222333x"),
    "account that is a number": entry(aws_account_id=111122223333),
    "no account": entry(aws_account_id=None),
    "distribution with a slash": entry(cloudfront_distribution_id="E1/../E2"),
    "empty distribution": entry(cloudfront_distribution_id=""),
    "no distribution": entry(cloudfront_distribution_id=None),
    "path without a slash": entry(invalidation_path="bad.html"),
    "empty path": entry(invalidation_path=""),
    "wildcard in the middle": entry(invalidation_path="/a*b"),
    "control character": entry(invalidation_path="/a\u0001b"),
    "newline": entry(invalidation_path="/a\nb"),
    "5,000 characters": entry(invalidation_path="/" + "x" * 4999),
    "too long once encoded": entry(invalidation_path="/" + "ü" * 1500),
    "path that is an array": entry(invalidation_path=["/a"]),
    "path that is null": {**GOOD, "invalidation_path": None},
    "tag with a comma": entry(invalidation_path="#a,b"),
}


def queue_is_empty(cloud: RunningWorld) -> bool:
    return set(cloud.get("state")["queues"]["exarch-tasks"].values()) == {"0"}


def test_messages_that_cannot_be_read_are_recorded_and_gone(exarch: Exarch, cloud: RunningWorld):
    producer = UnchangedProducer(cloud.facts)
    wishes = wishes_for(cloud.facts, len(UNREADABLE))
    for body, wish in zip(UNREADABLE.values(), wishes):
        producer.send_body(body)
        producer.send([wish])
    exarch.drain().expect(1)
    assert exarch.operations() == {"done": len(wishes), "rejected": len(UNREADABLE)}
    assert_each_once(cloud.get("invalidations"), wishes)
    assert queue_is_empty(cloud)
    # The exit code speaks of what a run settled, not of history.
    exarch.drain().expect(0)


def test_bad_entries_sink_no_neighbour(exarch: Exarch, cloud: RunningWorld):
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(json.dumps({"entries": [GOOD, *BAD_ENTRIES.values()]}))
    exarch.drain().expect(1)
    assert exarch.operations() == {"done": 1, "rejected": len(BAD_ENTRIES)}
    assert_each_once(cloud.get("invalidations"), [GOOD_WISH])
    assert queue_is_empty(cloud)


def test_the_first_form_ignores_fields_it_does_not_know(exarch: Exarch, cloud: RunningWorld):
    padding = "x" * (SQS_BODY_BYTES_MAX - 400)
    body = json.dumps({"source": "cms", "entries": [{**GOOD, "note": {"by": ["a", 1, None]}}],
                       "padding": padding})
    UnchangedProducer(cloud.facts).send_body(body)
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), [GOOD_WISH])


def test_a_rejection_tells_why_and_shows_no_secret(exarch: Exarch, cloud: RunningWorld):
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    UnchangedProducer(cloud.facts).send_body(
        json.dumps({"entries": "x", "AWS_SECRET_ACCESS_KEY": secret}))
    finished = exarch.drain().expect(1)
    assert "entries" in finished.said
    assert secret not in finished.said
    ledger = b"".join(path.read_bytes() for path in exarch.directory.glob("exarch.db*"))
    assert secret.encode() not in ledger


def test_the_log_tells_of_what_did_not_succeed(exarch: Exarch, cloud: RunningWorld):
    """A line for each message and each call, for whoever watches a service and not the ledger."""
    gone = [Wish(GOOD_WISH.account, "EGONE", f"/{number}") for number in range(3)]
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(body_of(gone))
    producer.send_body(json.dumps({"entries": [GOOD, 7, 8]}))
    log = exarch.drain().expect(1).stderr
    assert re.search(r"warn.* message \S+ of \S+: rejected: entries\[1\]: has to be an object; "
                     r"and 1 more of its parts", log), log
    assert re.search(r"warn.* 111122223333 EGONE: 3 operations failed: .*NoSuchDistribution",
                     log), log


def test_of_an_account_that_is_not_listed_it_is_kept_what_was_wished(exarch: Exarch,
                                                                     cloud: RunningWorld):
    exarch.configure(targets={"only_listed": True, "accounts": {"111122223333": {}}})
    paths = [Wish("777788889999", "E2EXAMPLE7", path) for path in ("/a", "/b")]
    UnchangedProducer(cloud.facts).send_body(body_of([GOOD_WISH, *paths]))
    exarch.drain().expect(1)
    assert exarch.operations() == {"done": 1, "rejected": 2}
    listed = exarch.run("--output", "json", "audit", "list", "--account", "777788889999").expect(0)
    ended = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {(each["state"], each["account"], each["resource"], each["excerpt"])
            for each in ended} == {
        ("rejected", "777788889999", "E2EXAMPLE7", path) for path in ("/a", "/b")}
    [account] = [each for each in exarch.status()["accounts"]
                 if each["account"] == "777788889999"]
    assert account["rejected"] == 2


def test_a_distribution_that_does_not_exist_fails_alone(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 20)
    gone = [Wish(wishes[0].account, "EGONE", f"/{number}") for number in range(5)]
    producer = UnchangedProducer(cloud.facts)
    producer.send_in_batches(gone[:3] + wishes + gone[3:])
    finished = exarch.drain().expect(1)
    assert "EGONE" in finished.said
    assert exarch.operations() == {"done": 20, "failed": 5}
    assert_each_once(cloud.get("invalidations"), wishes)


def test_a_path_that_only_aws_refuses_is_found_among_its_neighbours(exarch: Exarch,
                                                                   cloud: RunningWorld):
    """AWS may have rules that nobody wrote down; the call is split until the culprit is alone."""
    cloud.post("settings", {"refused_text": "culprit"})
    lane = wishes_for(cloud.facts, 1)[0]
    wishes = [Wish(lane.account, lane.distribution, f"/{number}") for number in range(64)]
    culprit = Wish(lane.account, lane.distribution, "/culprit")
    UnchangedProducer(cloud.facts).send_body(body_of([*wishes[:20], culprit, *wishes[20:]]))
    finished = exarch.drain().expect(1)
    assert "/culprit" in finished.said
    assert exarch.operations() == {"done": 64, "failed": 1}
    assert_each_once(cloud.get("invalidations"), wishes)
    assert len(cloud.calls("CreateInvalidation")) <= 2 * 7 + 1
