"""The commands in Python, one file each: what is scheduled, and what a data scientist calls."""
