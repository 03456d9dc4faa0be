"""Sentences of the report, the model card and the monitoring page, one file a topic."""
