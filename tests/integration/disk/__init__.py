"""Disks that are not as they should be, under the real program."""
