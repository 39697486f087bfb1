"""A producer's burst, carried out once, in few calls, at the quota."""

from __future__ import annotations

from collections import Counter

from integration.harness import Exarch, Install, StartCloud
from integration.producer import UnchangedProducer, Wish, wishes_for
from integration.verdict import assert_each_once, throttled
from world.launch import RunningWorld


def test_a_burst_of_600_entries_over_8_lanes_at_1_call_a_second(start: StartCloud,
                                                                install: Install):
    world = start("--accounts", "4", "--rate", "1", "--burst", "1", "--complete-after", "5")
    one_a_second = {"cloudfront.CreateInvalidation": {"rate": 1, "burst": 1}}
    exarch = install(world.facts, quotas=one_a_second)
    wishes = wishes_for(world.facts, 600)
    producer = UnchangedProducer(world.facts)
    producer.send(wishes[:100])
    producer.send_in_batches(wishes[100:])
    exarch.drain().expect(0)
    calls = world.calls("CreateInvalidation")
    a_lane = Counter(record["distribution"] for record in calls)
    assert_each_once(world.get("invalidations"), wishes)
    # On a machine at rest it is 4 calls a lane and no throttle; script/bench holds it to that.
    assert max(a_lane.values()) <= 10, a_lane
    assert throttled(calls) <= len(calls) // 4
    assert len(world.calls("AssumeRole")) == 4
    status = exarch.status()
    assert status["operations"]["done"] == status["operations"]["total"] == 600
    assert status["calls"]["done"] == len(calls) - throttled(calls)
    assert world.get("state")["queues"]["exarch-tasks"] == {
        "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0"}


def test_entries_sent_while_the_worker_runs(exarch: Exarch, cloud: RunningWorld):
    producer = UnchangedProducer(cloud.facts)
    wishes = wishes_for(cloud.facts, 300)
    producer.send(wishes[:20], per_message=1)
    worker = exarch.start_drain()
    for at in range(20, 300, 40):
        producer.send_in_batches(wishes[at:at + 40], per_message=1)
    worker.wait().expect(0)
    assert_each_once(cloud.get("invalidations"), wishes)


def test_a_server_that_closes_every_connection_is_served_too(start: StartCloud, install: Install):
    world = start("--close")
    exarch = install(world.facts)
    wishes = wishes_for(world.facts, 100)
    UnchangedProducer(world.facts).send_in_batches(wishes)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)


def test_equal_wishes_that_wait_together_are_one_and_later_ones_are_new(exarch: Exarch,
                                                                        cloud: RunningWorld):
    wish = wishes_for(cloud.facts, 1)[0]
    producer = UnchangedProducer(cloud.facts)
    producer.send([wish, wish, wish], per_message=3)
    exarch.drain().expect(0)
    assert [i["paths"] for i in cloud.get("invalidations")[wish.distribution]] == [[wish.path]]
    producer.send([wish])
    exarch.drain().expect(0)
    made = cloud.get("invalidations")[wish.distribution]
    assert [i["paths"] for i in made] == [[wish.path], [wish.path]]
    assert made[0]["reference"] != made[1]["reference"]
    assert exarch.operations() == {"done": 4}


def test_a_wildcard_covers_what_waits_beside_it(exarch: Exarch, cloud: RunningWorld):
    owner = cloud.facts["accounts"][0]
    lane = (owner["account"], owner["distributions"][0])
    covered = [Wish(*lane, path) for path in ("/img/cat.jpg", "/img/*", "/img/small/*", "/css/a")]
    UnchangedProducer(cloud.facts).send(covered, per_message=4)
    exarch.drain().expect(0)
    (made,) = cloud.get("invalidations")[lane[1]]
    assert sorted(made["paths"]) == ["/css/a", "/img/*"]
    assert exarch.operations() == {"done": 4}


def test_more_paths_than_may_be_in_progress_go_in_turns(start: StartCloud, install: Install):
    world = start("--accounts", "1", "--distributions", "1", "--complete-after", "1")
    exarch = install(world.facts)
    owner = world.facts["accounts"][0]
    lane = (owner["account"], owner["distributions"][0])
    wishes = [Wish(*lane, f"/{number}") for number in range(4000)]
    wishes += [Wish(*lane, f"/dir{number}/*") for number in range(20)]
    UnchangedProducer(world.facts).send_in_batches(wishes, per_message=100)
    exarch.drain().expect(0)
    assert_each_once(world.get("invalidations"), wishes)
    outcomes = Counter(record["outcome"] for record in world.calls("CreateInvalidation"))
    assert outcomes["TooManyInvalidationsInProgress"] == 0, outcomes
    assert outcomes["201"] <= 30, outcomes


def test_paths_arrive_as_aws_wants_them(exarch: Exarch, cloud: RunningWorld):
    owner = cloud.facts["accounts"][0]
    lane = (owner["account"], owner["distributions"][0])
    encoded = {"/ü.html": "/%C3%BC.html", "/a b": "/a%20b", "/a%zz": "/a%25zz", "/a#b": "/a%23b",
               "/%7Ekept": "/%7Ekept", "/q?a=b&c=~d+e,f": "/q?a=b&c=~d+e,f",
               "/[x]{y}|\\^`": "/%5Bx%5D%7By%7D%7C%5C%5E%60", "#Tag:1": "#tag:1"}
    UnchangedProducer(cloud.facts).send([Wish(*lane, path) for path in encoded], per_message=8)
    exarch.drain().expect(0)
    made = [path for i in cloud.get("invalidations")[lane[1]] for path in i["paths"]]
    assert sorted(made) == sorted(encoded.values())
