"""Removing customers from what Forestall has written: data folders, scores and runs."""

from forestall.forgetting.forget_in_file import check_file, forget_in_file, interactions_in_file
from forestall.forgetting.forget_in_folder import Forgotten, forget_in_folder, interactions_in_folder
from forestall.forgetting.kinds_of_folders import kind_of_folder

__all__ = [
    "Forgotten",
    "check_file",
    "forget_in_file",
    "forget_in_folder",
    "interactions_in_file",
    "interactions_in_folder",
    "kind_of_folder",
]
