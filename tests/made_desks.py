"""Made exports of help desks, as tables by the name of their file."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import polars as pl

FIRST = datetime(2025, 3, 3, 8, 0)
N = 300


def draw_of(seed: int) -> random.Random:
    return random.Random(seed)


def frame_of(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Give rows as a CSV file's reader does: text, empty cells null."""
    text = [
        {name: None if value in (None, "") else str(value) for name, value in row.items()} for row in rows
    ]
    return pl.DataFrame(text, schema=dict.fromkeys(rows[0], pl.String))


def starts_of(draw: random.Random, n: int = N) -> list[datetime]:
    return sorted(FIRST + timedelta(minutes=draw.randrange(120 * 24 * 60)) for _ in range(n))


def zendesk() -> dict[str, pl.DataFrame]:
    """Tickets of Zendesk, ISO times; `Offered` and `Unoffered` are states of the survey."""
    draw, rows = draw_of(1), []
    for number, created in enumerate(starts_of(draw)):
        solved = created + timedelta(hours=draw.randrange(1, 90))
        is_open = draw.random() < 0.1
        score = (
            draw.choice(["Good", "Good", "Good", "Bad", "Offered", "Unoffered"])
            if not is_open
            else "Unoffered"
        )
        rows.append(
            {
                "ID": 4000 + number,
                "Requester": f"Person {draw.randrange(150)}",
                "Requester id": 70_000 + draw.randrange(150),
                "Subject": f"My parcel number {number} has not come yet",
                "Tags": "parcel late",
                "Status": "Open" if is_open else draw.choice(["Solved", "Closed", "Closed"]),
                "Via": draw.choice(["Mail", "Web form", "Chat"]),
                "Priority": draw.choice(["Low", "Normal", "High"]),
                "Group": draw.choice(["Support", "Billing"]),
                "Assignee": f"Agent {draw.randrange(9)}",
                "Created at": created.strftime("%Y-%m-%d %H:%M:%S"),
                "Updated at": (solved + timedelta(days=4)).strftime("%Y-%m-%d %H:%M:%S"),
                "Assigned at": (created + timedelta(minutes=9)).strftime("%Y-%m-%d %H:%M:%S"),
                "Solved at": "" if is_open else solved.strftime("%Y-%m-%d %H:%M:%S"),
                "Reopens": draw.choice([0, 0, 0, 1]),
                "Replies": draw.randrange(9),
                "First reply time in minutes": draw.randrange(2, 300),
                "Satisfaction Score": score,
                "Satisfaction Comment": f"It took {draw.randrange(99)} days, not good"
                if score == "Bad"
                else "",
            }
        )
    return {"tickets": frame_of(rows)}


def servicenow() -> dict[str, pl.DataFrame]:
    """Incidents of ServiceNow, `dd-MM-yyyy`."""
    draw, rows = draw_of(2), []
    form = "%d-%m-%Y %H:%M:%S"
    for number, opened in enumerate(starts_of(draw)):
        resolved = opened + timedelta(hours=draw.randrange(1, 60))
        closed = resolved + timedelta(days=5)
        is_open = draw.random() < 0.15
        rows.append(
            {
                "number": f"INC{10_000 + number}",
                "opened_at": opened.strftime(form),
                "sys_updated_on": (closed + timedelta(hours=1)).strftime(form),
                "caller_id": f"u{draw.randrange(120)}",
                "contact_type": draw.choice(["Phone", "Email", "Self-service"]),
                "category": draw.choice(["Network", "Hardware", "Software"]),
                "short_description": f"Laptop {number} does not start any more",
                "assignment_group": draw.choice(["Desk", "Field", "Network"]),
                "assigned_to": f"t{draw.randrange(12)}",
                "state": "In Progress" if is_open else "Closed",
                "reassignment_count": draw.randrange(4),
                "reopen_count": draw.choice([0, 0, 1]),
                "made_sla": draw.choice(["true", "false"]),
                "due_date": (opened + timedelta(days=2)).strftime(form),
                "resolved_at": "" if is_open else resolved.strftime(form),
                "closed_at": "" if is_open else closed.strftime(form),
                "close_code": "" if is_open else draw.choice(["Solved (Permanently)", "Not Solved"]),
                "close_notes": "" if is_open else f"Replaced the part {number} and told the user",
            }
        )
    return {"incident": frame_of(rows)}


def freshdesk() -> dict[str, pl.DataFrame]:
    """Tickets of Freshdesk with words for the survey's result and durations in hours."""
    draw, rows = draw_of(3), []
    form = "%Y-%m-%d %H:%M:%S"
    for number, created in enumerate(starts_of(draw)):
        resolved = created + timedelta(hours=draw.randrange(1, 60))
        rows.append(
            {
                "Ticket ID": 900 + number,
                "Subject": f"Question about the invoice of month {number}",
                "Status": draw.choice(["Closed", "Closed", "Resolved"]),
                "Priority": draw.choice(["Low", "Medium", "High", "Urgent"]),
                "Source": draw.choice(["Email", "Phone", "Portal"]),
                "Type": draw.choice(["Question", "Incident"]),
                "Agent": draw.choice(["Ann", "Bo", "Cy"]),
                "Group": draw.choice(["Sales", "Service"]),
                "Created time": created.strftime(form),
                "Due by Time": (created + timedelta(days=3)).strftime(form),
                "Resolved time": resolved.strftime(form),
                "Closed time": (resolved + timedelta(days=2)).strftime(form),
                "Last update time": (resolved + timedelta(days=9)).strftime(form),
                "Initial response time": (created + timedelta(minutes=draw.randrange(5, 50))).strftime(form),
                "Agent interactions": draw.randrange(9),
                "Resolution status": draw.choice(["Within SLA", "SLA Violated"]),
                "Survey results": draw.choice(["Extremely Happy", "Happy", "Unhappy", "Neutral", "", "", ""]),
                "Contact ID": 5000 + draw.randrange(90),
            }
        )
    return {"freshdesk_tickets": frame_of(rows)}


def jira() -> dict[str, pl.DataFrame]:
    """Issues of Jira Service Management, `04/Aug/25 9:05 AM`."""
    draw, rows = draw_of(4), []
    form = "%d/%b/%y %I:%M %p"
    for number, created in enumerate(starts_of(draw)):
        resolved = created + timedelta(hours=draw.randrange(1, 99))
        rows.append(
            {
                "Summary": f"Access to drive {number} is gone since today",
                "Issue key": f"SD-{number}",
                "Issue id": 30_000 + number,
                "Issue Type": draw.choice(["Incident", "Service Request"]),
                "Status": draw.choice(["Resolved", "Closed"]),
                "Priority": draw.choice(["Low", "High"]),
                "Resolution": draw.choice(["Done", "Won't Do"]),
                "Assignee": draw.choice(["ann", "bo", "cy"]),
                "Reporter": f"r{draw.randrange(80)}",
                "Created": created.strftime(form),
                "Updated": (resolved + timedelta(days=6)).strftime(form),
                "Resolved": resolved.strftime(form),
                "Satisfaction rating": draw.choice(["1", "2", "3", "4", "5", "5", "4", "", "", ""]),
            }
        )
    return {"jira": frame_of(rows)}
