"""The questions that an evaluation answers, one file each."""
