"""The referee itself: a judge that finds nothing wrong proves nothing."""

from __future__ import annotations

import pytest

from integration.producer import Wish
from integration.verdict import assert_each_once, excess, judge

A = Wish("111122223333", "E1", "/a")
B = Wish("111122223333", "E1", "/b")
ELSEWHERE = Wish("444455556666", "E2", "/a")


def made(*batches: list[str]) -> list[dict[str, list[str]]]:
    return [{"paths": batch} for batch in batches]


def test_each_once_is_clean_however_it_was_batched():
    for batches in (made(["/a", "/b"]), made(["/a"], ["/b"])):
        assert judge({"E1": batches, "E2": made(["/a"])}, [A, B, ELSEWHERE]).is_clean


def test_what_was_not_done_is_lost():
    assert judge({"E1": made(["/a"]), "E2": []}, [A, B, ELSEWHERE]).lost == [B, ELSEWHERE]


def test_one_wish_in_two_invalidations_is_twice():
    verdict = judge({"E1": made(["/a", "/b"], ["/a"])}, [A, B])
    assert verdict.twice == [("E1", "/a")]
    with pytest.raises(AssertionError, match="1 twice"):
        assert_each_once({"E1": made(["/a"], ["/a"])}, [A])


def test_a_path_twice_in_one_invalidation_is_twice():
    assert judge({"E1": made(["/a", "/a"])}, [A]).twice == [("E1", "/a")]


def test_equal_wishes_may_be_done_together_or_one_by_one_and_no_oftener():
    for batches in (made(["/a"]), made(["/a"], ["/a"])):
        assert judge({"E1": batches}, [A, A]).is_clean
    assert not judge({"E1": made(["/a"], ["/a"], ["/a"])}, [A, A]).is_clean


def test_what_nobody_wished_is_found():
    assert judge({"E1": made(["/a"]), "E2": made(["/a"])}, [A]).never_wished == [("E2", "/a")]


def test_a_wildcard_settles_what_it_covers_at_its_own_distribution_only():
    wildcard = Wish("111122223333", "E1", "/img/*")
    covered = Wish("111122223333", "E1", "/img/cat.jpg")
    other = Wish("444455556666", "E2", "/img/cat.jpg")
    verdict = judge({"E1": made(["/img/*"])}, [wildcard, covered, other])
    assert verdict.lost == [other]


@pytest.mark.parametrize(("times", "expected"), [
    ([0, 1, 2, 3], 0), ([0, 2, 5], 0), ([5, 2, 0], 0), ([0, 0.75], 0.25),
    ([0, 0, 0], 2), ([0, 9, 9.5, 10], 1), ([100, 100.9, 101.8, 102.7], 0.3)])
def test_the_worst_window_tells_how_many_calls_were_too_many(times: list[float], expected: float):
    assert excess(times, 1, 1) == pytest.approx(expected)
    assert excess(times, 1, 2) == pytest.approx(expected - 1)
    assert excess([at / 20 for at in times], 20, 1) == pytest.approx(expected)


def test_a_pace_that_is_a_tenth_too_fast_is_found_in_the_long_run():
    assert excess([number / 1.1 for number in range(12)], 1, 1) == pytest.approx(1)
    assert excess([number / 1.0 for number in range(1000)], 1, 1) == pytest.approx(0)
