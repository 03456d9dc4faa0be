"""Small made-up exports in the shapes of well-known systems, as text cells: nothing in them is real."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import polars as pl

FIRST = datetime(2025, 3, 3, 8, 0)
N = 300


def _draw(seed: int) -> random.Random:
    return random.Random(seed)


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Give rows as a CSV file's reader does: text, empty cells null."""
    text = [
        {name: None if value in (None, "") else str(value) for name, value in row.items()} for row in rows
    ]
    return pl.DataFrame(text, schema=dict.fromkeys(rows[0], pl.String))


def _starts(draw: random.Random, n: int = N) -> list[datetime]:
    return sorted(FIRST + timedelta(minutes=draw.randrange(120 * 24 * 60)) for _ in range(n))


def zendesk() -> dict[str, pl.DataFrame]:
    """Tickets of Zendesk, ISO times; `Offered` and `Unoffered` are states of the survey."""
    draw, rows = _draw(1), []
    for number, created in enumerate(_starts(draw)):
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
    return {"tickets": _frame(rows)}


def servicenow() -> dict[str, pl.DataFrame]:
    """Incidents of ServiceNow, `dd-MM-yyyy`."""
    draw, rows = _draw(2), []
    form = "%d-%m-%Y %H:%M:%S"
    for number, opened in enumerate(_starts(draw)):
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
    return {"incident": _frame(rows)}


def freshdesk() -> dict[str, pl.DataFrame]:
    """Tickets of Freshdesk with words for the survey's result and durations in hours."""
    draw, rows = _draw(3), []
    form = "%Y-%m-%d %H:%M:%S"
    for number, created in enumerate(_starts(draw)):
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
    return {"freshdesk_tickets": _frame(rows)}


def jira() -> dict[str, pl.DataFrame]:
    """Issues of Jira Service Management, `04/Aug/25 9:05 AM`."""
    draw, rows = _draw(4), []
    form = "%d/%b/%y %I:%M %p"
    for number, created in enumerate(_starts(draw)):
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
    return {"jira": _frame(rows)}


def shop() -> dict[str, pl.DataFrame]:
    """Five files of a web shop: orders, items, customers, reviews and products."""
    draw = _draw(5)
    form = "%Y-%m-%d %H:%M:%S"
    orders, items, customers, reviews = [], [], [], []
    products = [
        {"product_id": f"p{i:04x}", "product_category_name": draw.choice(["toys", "books", "garden"]),
         "product_weight_g": draw.randrange(100, 9000)} for i in range(40)
    ]  # fmt: skip
    for number, bought in enumerate(_starts(draw)):
        order, customer = f"o{number:05x}", f"c{number:05x}"
        delivered = bought + timedelta(days=draw.randrange(2, 20))
        orders.append(
            {
                "order_id": order,
                "customer_id": customer,
                "order_status": "delivered",
                "order_purchase_timestamp": bought.strftime(form),
                "order_approved_at": (bought + timedelta(hours=1)).strftime(form),
                "order_delivered_carrier_date": (bought + timedelta(days=1)).strftime(form),
                "order_delivered_customer_date": delivered.strftime(form),
                "order_estimated_delivery_date": (bought + timedelta(days=14)).strftime("%Y-%m-%d 00:00:00"),
            }
        )
        customers.append(
            {"customer_id": customer, "customer_unique_id": f"u{draw.randrange(200):05x}",
             "customer_state": draw.choice(["SP", "RJ"])}
        )  # fmt: skip
        for line in range(draw.choice([1, 1, 2])):
            items.append(
                {"order_id": order, "order_item_id": line + 1, "product_id": draw.choice(products)["product_id"],
                 "seller_id": f"s{draw.randrange(20):04x}", "price": round(5 + 90 * draw.random(), 2)}
            )  # fmt: skip
        if draw.random() < 0.8:
            score = draw.choice([1, 2, 3, 4, 5, 5, 5])
            answered = delivered + timedelta(days=2, minutes=draw.randrange(900))
            reviews.append(
                {"review_id": f"r{number:05x}", "order_id": order, "review_score": score,
                 "review_comment_message": f"it came after {draw.randrange(99)} days" if score < 3 else "",
                 "review_creation_date": (delivered + timedelta(days=1)).strftime("%Y-%m-%d 00:00:00"),
                 "review_answer_timestamp": answered.strftime(form)}
            )  # fmt: skip
    files = {
        "orders": orders,
        "order_items": items,
        "customers": customers,
        "order_reviews": reviews,
        "products": products,
    }
    return {f"shop_{name}_dataset": _frame(rows) for name, rows in files.items()}


def call_centre() -> dict[str, pl.DataFrame]:
    """Give calls with date and time of day in two columns, a wait in seconds and a talk as `hh:mm:ss`."""
    draw, rows = _draw(6), []
    for number, start in enumerate(_starts(draw)):
        answered = draw.random() < 0.8
        rows.append(
            {
                "Call Id": f"ID{number:04}",
                "Agent": draw.choice(["Becky", "Dan", "Jim"]),
                "Date": start.strftime("%d-%m-%Y"),
                "Time": start.replace(hour=8 + number % 10).strftime("%H:%M:%S"),
                "Topic": draw.choice(["Contract", "Payment", "Streaming"]),
                "Answered (Y/N)": "Y" if answered else "N",
                "Resolved": "Y" if answered and draw.random() < 0.9 else "N",
                "Speed of answer in seconds": draw.randrange(10, 126) if answered else "",
                "AvgTalkDuration": f"00:{draw.randrange(0, 7):02}:{draw.randrange(60):02}"
                if answered
                else "",
                "Satisfaction rating": draw.randrange(1, 6) if answered else "",
            }
        )
    return {"calls": _frame(rows)}


def chat() -> dict[str, pl.DataFrame]:
    """Give a transcript: one row a message."""
    draw, rows, number = _draw(7), [], 0
    for conversation, start in enumerate(_starts(draw, 80)):
        for turn in range(draw.randrange(3, 9)):
            number += 1
            rows.append(
                {
                    "message_id": number,
                    "conversation_id": f"conv-{conversation:03}",
                    "timestamp": (start + timedelta(minutes=turn)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "sender": ["customer", "agent"][turn % 2] if turn else "bot",
                    "message": f"here is message {number} of this long talk",
                }
            )
    return {"chat": _frame(rows)}


def queue_log() -> dict[str, pl.DataFrame]:
    """Give a queue: a ticket is drawn, called, and served until its end."""
    draw, rows = _draw(8), []
    for number, drawn in enumerate(_starts(draw)):
        called = drawn + timedelta(minutes=draw.randrange(1, 40))
        rows.append(
            {
                "ticket": f"A{number:04}",
                "branch": draw.choice(["North", "South"]),
                "drawn_at": drawn.strftime("%m/%d/%Y %I:%M:%S %p"),
                "called_at": called.strftime("%m/%d/%Y %I:%M:%S %p"),
                "served_at": (called + timedelta(minutes=1)).strftime("%m/%d/%Y %I:%M:%S %p"),
                "finished_at": (called + timedelta(minutes=draw.randrange(4, 20))).strftime(
                    "%m/%d/%Y %I:%M:%S %p"
                ),
                "smiley": draw.choice(["happy", "neutral", "unhappy", ""]),
            }
        )
    return {"queue": _frame(rows)}


def airline() -> dict[str, pl.DataFrame]:
    """Give a survey of passengers: many answers of 0 to 5, and no time at all."""
    draw, rows = _draw(9), []
    aspects = (
        "Inflight wifi service",
        "Ease of Online booking",
        "Food and drink",
        "Seat comfort",
        "Cleanliness",
    )
    for number in range(400):
        rows.append(
            {
                "id": 5047 + 3 * number,
                "Gender": draw.choice(["Male", "Female"]),
                "Customer Type": draw.choice(["Loyal Customer", "disloyal Customer"]),
                "Age": draw.randrange(16, 80),
                "Type of Travel": draw.choice(["Business travel", "Personal Travel"]),
                "Class": draw.choice(["Eco", "Business"]),
                "Flight Distance": draw.randrange(100, 4000),
                **{aspect: draw.randrange(6) for aspect in aspects},
                "Departure Delay in Minutes": draw.choice([0, 0, 5, 40]),
                "satisfaction": draw.choice(["satisfied", "neutral or dissatisfied"]),
            }
        )
    return {"airline": _frame(rows)}


def hotel() -> dict[str, pl.DataFrame]:
    """Reviews of guests with German headers, days with points, and decimal commas."""
    draw, rows = _draw(10), []
    for number, came in enumerate(_starts(draw)):
        rows.append(
            {
                "Buchungsnummer": f"B-{number:05}",
                "Gast-Nr.": 1000 + draw.randrange(220),
                "Anreise": came.strftime("%d.%m.%Y"),
                "Abreise": (came + timedelta(days=3)).strftime("%d.%m.%Y"),
                "Filiale": draw.choice(["Ulm", "Jena"]),
                "Zimmertyp": draw.choice(["Einzel", "Doppel"]),
                "Preis": f"{draw.randrange(60, 240)},{draw.randrange(10, 100)}",
                "Sauberkeit": draw.randrange(1, 6),
                "Gesamtbewertung": draw.randrange(1, 6),
                "Bewertungsdatum": (came + timedelta(days=5)).strftime("%d.%m.%Y"),
                "Kommentar": f"Zimmer {number} war uns leider viel zu laut",
            }
        )
    return {"hotel": _frame(rows)}


def nps() -> dict[str, pl.DataFrame]:
    """Cases, and an NPS survey of some of them in a second file."""
    draw, cases, answers = _draw(11), [], []
    for number, opened in enumerate(_starts(draw)):
        closed = opened + timedelta(hours=draw.randrange(2, 70))
        cases.append(
            {
                "case_id": f"K{number:05}",
                "account_id": f"acc{draw.randrange(99)}",
                "opened": opened.strftime("%Y-%m-%d %H:%M"),
                "closed": closed.strftime("%Y-%m-%d %H:%M"),
                "team": draw.choice(["blue", "red"]),
                "escalated": draw.choice(["yes", "no", "no"]),
            }
        )
        if draw.random() < 0.5:
            answers.append(
                {
                    "response_id": f"R{number:05}",
                    "case_id": f"K{number:05}",
                    "responded_at": (closed + timedelta(days=1)).strftime("%Y-%m-%d %H:%M"),
                    "nps": draw.randrange(11),
                    "reason_for_score": f"You answered me only after {number} hours",
                }
            )
    return {"cases": _frame(cases), "survey": _frame(answers)}
