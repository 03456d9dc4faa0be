"""The sentences of the report and the model card."""
