"""CloudFront's rules for the items of an invalidation batch, as strict as they are documented."""

from __future__ import annotations

import re

PATH_CHARACTERS_MAX = 4000
TAG_CHARACTERS_MAX = 256
BATCH_PATHS_MAX = 3000
INVALID_PATHS = ("InvalidArgument",
                 "Your request contains one or more invalid invalidation paths.")

# Unreserved, reserved and percent-encoded characters of RFC 3986, less the unsafe ones of
# RFC 1738 that aws-facts lists; the wildcard may only be the last character.
_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()+,;=:@/?]|%[0-9A-Fa-f]{2})*\*?")
_TAG = re.compile(r"#[!-)+\--~]+")  # ASCII 33 to 126 without "*" and ","


def is_wildcard(path: str) -> bool:
    return path.endswith("*")


def is_valid(path: str) -> bool:
    if path.startswith("#"):
        return len(path) <= TAG_CHARACTERS_MAX + 1 and _TAG.fullmatch(path) is not None
    return len(path) <= PATH_CHARACTERS_MAX and _PATH.fullmatch(path) is not None


def covers(pattern: str, path: str) -> bool:
    """Whether invalidating `pattern` invalidates `path` too."""
    if is_wildcard(pattern):
        return path.startswith(pattern[:-1])
    return pattern == path
