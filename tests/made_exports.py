"""Small made-up exports in the shapes of well-known systems, as text cells: nothing in them is real."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from made_desks import draw_of, frame_of, freshdesk, jira, servicenow, starts_of, zendesk

__all__ = [
    "airline",
    "call_centre",
    "chat",
    "freshdesk",
    "hotel",
    "jira",
    "nps",
    "queue_log",
    "servicenow",
    "shop",
    "zendesk",
]


def shop() -> dict[str, pl.DataFrame]:
    """Five files of a web shop: orders, items, customers, reviews and products."""
    draw = draw_of(5)
    form = "%Y-%m-%d %H:%M:%S"
    orders, items, customers, reviews = [], [], [], []
    products = [
        {"product_id": f"p{i:04x}", "product_category_name": draw.choice(["toys", "books", "garden"]),
         "product_weight_g": draw.randrange(100, 9000)} for i in range(40)
    ]  # fmt: skip
    for number, bought in enumerate(starts_of(draw)):
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
    return {f"shop_{name}_dataset": frame_of(rows) for name, rows in files.items()}


def call_centre() -> dict[str, pl.DataFrame]:
    """Give calls with date and time of day in two columns, a wait in seconds and a talk as `hh:mm:ss`."""
    draw, rows = draw_of(6), []
    for number, start in enumerate(starts_of(draw)):
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
    return {"calls": frame_of(rows)}


def chat() -> dict[str, pl.DataFrame]:
    """Give a transcript: one row a message."""
    draw, rows, number = draw_of(7), [], 0
    for conversation, start in enumerate(starts_of(draw, 80)):
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
    return {"chat": frame_of(rows)}


def queue_log() -> dict[str, pl.DataFrame]:
    """Give a queue: a ticket is drawn, called, and served until its end."""
    draw, rows = draw_of(8), []
    for number, drawn in enumerate(starts_of(draw)):
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
    return {"queue": frame_of(rows)}


def airline() -> dict[str, pl.DataFrame]:
    """Give a survey of passengers: many answers of 0 to 5, and no time at all."""
    draw, rows = draw_of(9), []
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
    return {"airline": frame_of(rows)}


def hotel() -> dict[str, pl.DataFrame]:
    """Reviews of guests with German headers, days with points, and decimal commas."""
    draw, rows = draw_of(10), []
    for number, came in enumerate(starts_of(draw)):
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
    return {"hotel": frame_of(rows)}


def nps() -> dict[str, pl.DataFrame]:
    """Cases, and an NPS survey of some of them in a second file."""
    draw, cases, answers = draw_of(11), [], []
    for number, opened in enumerate(starts_of(draw)):
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
    return {"cases": frame_of(cases), "survey": frame_of(answers)}
