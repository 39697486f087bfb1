"""The table that compares the plain recipe with exarch, and how it is redrawn in place."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from sale.referee import Tallies, Tally, total

COLUMNS_MAX = 100
ACCOUNT_COLUMNS = 12
SECONDS_COLUMNS = 9


def is_live() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    has_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[1m{text}\033[0m" if has_colour else text


def say(text: str) -> None:
    print(f"\n{bold(text)}", flush=True)


def columns() -> int:
    return min(shutil.get_terminal_size().columns, COLUMNS_MAX) if is_live() else COLUMNS_MAX


def fit(line: str) -> str:
    """As much of the line as is seen without wrapping."""
    return line if len(line) <= columns() else line[:columns() - 1] + "…"


def _side(purged: str, calls: object, refused: object, cost: str, seconds: str) -> str:
    text = f"{purged:>9}{calls:>7}{refused:>9}{cost:>8}{seconds:>{SECONDS_COLUMNS}}"
    has_room = columns() >= ACCOUNT_COLUMNS + 2 * len(text) + 2
    return text if has_room else text[:-SECONDS_COLUMNS]


def _cells(tally: Tally) -> str:
    return _side(f"{tally.done}/{tally.wished}", tally.calls, tally.throttled,
                 f"${tally.dollars:.2f}", f"{tally.seconds:.1f}" if tally.is_complete else "…")


def _line(account: str, left: str, right: str) -> str:
    return fit(f"{account:{ACCOUNT_COLUMNS}}{left} |{right}")


def titles_at(recipe: str, exarch: str) -> tuple[str, str]:
    return f"plain recipe, simulated: {recipe}", f"exarch: {exarch}"


def render(recipe: Tallies, exarch: Tallies, titles: Sequence[str]) -> list[str]:
    """98 columns, or 80 without SECONDS, which are told of what is done: an account a line."""
    headings = _side("PURGED", "CALLS", "REFUSED", "COST", "SECONDS")
    lines = [bold(_line("", *(f"{title:^{len(headings)}}" for title in titles))),
             bold(_line("ACCOUNT", headings, headings))]
    lines += [_line(account, _cells(tally), _cells(exarch[account]))
              for account, tally in recipe.items()]
    return [*lines, bold(_line("all", _cells(total(recipe)), _cells(total(exarch))))]


class Screen:
    """Draws over what it drew before; where there is no terminal, tells a line now and then."""

    def __init__(self, told_every_seconds: float) -> None:
        self._drawn = 0
        self._every = told_every_seconds
        self._told_at = 0.0

    def draw(self, lines: Sequence[str]) -> None:
        if not is_live():
            return
        up = f"\033[{self._drawn}A" if self._drawn else ""
        print(up + "".join(f"\033[2K{line}\n" for line in lines), end="", flush=True)
        self._drawn = len(lines)

    def tell(self, seconds: float, what: str) -> None:
        if is_live() or seconds - self._told_at < self._every:
            return
        self._told_at = seconds
        print(f"  {seconds:4.0f} s: {what}", flush=True)
