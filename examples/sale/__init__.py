"""The sale that script/demo shows; tour.py is where it begins."""
