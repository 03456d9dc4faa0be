"""Reports that people read: one page that opens offline, the model card, and their charts and sentences."""

from forestall.reporting.report import Context, write_report

__all__ = ["Context", "write_report"]
