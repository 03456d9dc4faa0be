"""What the data report says of rows that seem to be sorted by their outcome."""

from __future__ import annotations

from forestall.data_report.finding import Finding
from forestall.evaluation.questions.row_order import RowOrder


def order_finding(order: RowOrder, meaning: str) -> Finding:
    """Return the finding on rows that seem to be sorted by the outcome; `meaning` says what is predicted."""
    beyond = " beyond the time" if order.has_clock else ""
    return Finding(
        "leaks",
        "warning",
        f"The order of the rows alone has an AUC of {order.auc:.2f} ({order.auc_low:.2f} to {order.auc_high:.2f}) for "
        f"{meaning}{beyond}.",
        "The rows seem to be sorted by the outcome. No feature reads their order, but a number or key that was given "
        "in this order would tell the answer. Have them exported in the order in which they were opened, and keep no "
        "such column.",
    )
