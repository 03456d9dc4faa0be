"""Results that are published in one step: complete, by one job at a time, and never over what is not Forestall's."""

from forestall.publishing.disk import writing
from forestall.publishing.job import Job
from forestall.publishing.lock import BusyError, locked
from forestall.publishing.manifest import MANIFEST, Manifest, read_manifest
from forestall.publishing.opening import open_if_given, open_output
from forestall.publishing.output import Output, Publication
from forestall.publishing.ownership import Earlier
from forestall.publishing.published import read_steady, settle
from forestall.publishing.single_file import open_file

__all__ = [
    "MANIFEST",
    "BusyError",
    "Earlier",
    "Job",
    "Manifest",
    "Output",
    "Publication",
    "locked",
    "open_file",
    "open_if_given",
    "open_output",
    "read_manifest",
    "read_steady",
    "settle",
    "writing",
]
