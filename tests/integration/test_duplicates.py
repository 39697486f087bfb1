"""The same thing delivered again, or sent again."""

from __future__ import annotations

import json
import re
from typing import Any

from integration.harness import Exarch
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import assert_each_once
from world.launch import RunningWorld
from world.patience import eventually


def task(wishes: list[Wish], **fields: Any) -> str:
    """The second form, one operation a wish."""
    operations = [{"action": "cloudfront.invalidate", "account": wish.account,
                   "distribution": wish.distribution, "paths": [wish.path]} for wish in wishes]
    return json.dumps({"version": 1, **fields, "operations": operations})


def received(world: RunningWorld) -> int:
    return sum(record.get("messages", 0) for record in world.calls("ReceiveMessage"))


def test_a_message_delivered_again_is_accepted_once(exarch: Exarch, cloud: RunningWorld):
    """No deletion succeeds until every message has come at least twice."""
    wishes = wishes_for(cloud.facts, 30)
    UnchangedProducer(cloud.facts).send_in_batches(wishes, per_message=3)
    cloud.post("faults", {"before": 1.0, "kinds_before": ["error_before"],
                          "operations": ["DeleteMessage", "DeleteMessageBatch"]})
    worker = exarch.start_drain()
    eventually(lambda: received(cloud) == 10)
    cloud.release_messages()
    eventually(lambda: received(cloud) == 20)
    cloud.post("faults", {"before": 0.0})
    worker.wait().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    assert exarch.operations() == {"done": 30}


def test_a_task_sent_again_does_nothing(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 4)
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(task(wishes, id="sale-1"))
    exarch.drain().expect(0)
    producer.send_body(task(wishes, id="sale-1"))
    producer.send_body(task(wishes, id="sale-1"))
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)
    assert exarch.operations() == {"done": 4}


def test_a_task_sent_twice_at_once_does_one_thing(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 4)
    producer = UnchangedProducer(cloud.facts)
    for _ in range(5):
        producer.send_body(task(wishes, id="sale-1"))
    exarch.drain().expect(0)
    assert exarch.operations() == {"done": 4}


def test_a_task_sent_again_with_other_content_is_rejected(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 8)
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(task(wishes[:4], id="sale-1"))
    exarch.drain().expect(0)
    producer.send_body(task(wishes[4:], id="sale-1"))
    finished = exarch.drain().expect(1)
    assert len(set(re.findall(r"\b[0-9a-f]{64}\b", finished.said))) == 2, "both digests are told"
    operations = exarch.operations()
    assert operations.pop("done") == 4
    assert set(operations) == {"rejected"}
    assert_each_once(cloud.get("invalidations"), wishes[:4])


def test_the_same_id_of_another_sender_is_another_task(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 8)
    UnchangedProducer(cloud.facts).send_body(task(wishes[:4], id="sale-1"))
    UnchangedProducer(cloud.facts, keys="controller").send_body(task(wishes[4:], id="sale-1"))
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_tasks_without_an_id_are_never_duplicates(exarch: Exarch, cloud: RunningWorld):
    wish = wishes_for(cloud.facts, 1)
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(task(wish))
    producer.send_body(task(wish))
    exarch.drain().expect(0)
    assert exarch.operations() == {"done": 2}


def test_everything_the_second_form_may_carry(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 4)
    UnchangedProducer(cloud.facts).send_body(task(
        wishes, id="all", requester="shop-team", labels={"campaign": "friday"}, sequence=17,
        not_before="2026-01-01T00:00:00Z", deadline="2099-01-01T00:00:00Z", priority=5,
        **{"x-trace": {"deep": [1]}}))
    exarch.drain().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_an_unknown_field_of_the_second_form_is_named(exarch: Exarch, cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 2)
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(task(wishes[:1], requestor="shop-team"))
    producer.send_body(task(wishes[1:]))
    finished = exarch.drain().expect(1)
    assert "requestor" in finished.said
    assert exarch.operations() == {"done": 1, "rejected": 1}
    assert_each_once(cloud.get("invalidations"), wishes[1:])


def test_what_is_wrong_in_the_second_form_sinks_only_itself(exarch: Exarch, cloud: RunningWorld):
    good = {"action": "cloudfront.invalidate", "account": "111122223333",
            "distribution": "E111122223333A0", "paths": ["/good.html"]}
    bad = [{**good, "action": "cloudfront.destroy"}, {**good, "account": "1"},
           {**good, "path": "/x"}, {**good, "paths": []}, {**good, "paths": "/x"}, 7,
           {**good, "distribution": "a/b"}]
    mixed = {**good, "paths": ["/also-good.html", "no-slash", "/a*b"]}
    UnchangedProducer(cloud.facts).send_body(
        json.dumps({"version": 1, "operations": [good, *bad, mixed]}))
    finished = exarch.drain().expect(1)
    assert "operations[1].action" in finished.said
    wishes = [Wish("111122223333", "E111122223333A0", path)
              for path in ("/good.html", "/also-good.html")]
    assert_each_once(cloud.get("invalidations"), wishes)


def test_what_is_past_its_deadline_expires_and_what_is_too_early_blocks(exarch: Exarch,
                                                                        cloud: RunningWorld):
    wishes = wishes_for(cloud.facts, 3)
    producer = UnchangedProducer(cloud.facts)
    producer.send_body(task(wishes[:1], deadline="2026-01-01T00:00:00Z"))
    producer.send_body(task(wishes[1:2], not_before="2098-12-31T00:00:00Z"))
    producer.send_body(task(wishes[2:]))
    exarch.drain().expect(1)
    assert exarch.operations() == {"expired": 1, "pending": 1, "done": 1}
    assert_each_once(cloud.get("invalidations"), wishes[2:])
