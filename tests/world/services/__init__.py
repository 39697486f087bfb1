"""The services of the stand-in, one file each, and what they share."""
