"""Time: moments, the facts known at a moment, labels and splits."""

from forestall.moments.label_definition import Label
from forestall.moments.labels import label_events, label_moments, until_label
from forestall.moments.moments import default_moments, moments_at, utc
from forestall.moments.records_end import end_of_records
from forestall.moments.sampling import training_moments
from forestall.moments.splits import split_by_customer, split_by_time
from forestall.moments.timeline import Timeline

__all__ = [
    "Label",
    "Timeline",
    "default_moments",
    "end_of_records",
    "label_events",
    "label_moments",
    "moments_at",
    "split_by_customer",
    "split_by_time",
    "training_moments",
    "until_label",
    "utc",
]
