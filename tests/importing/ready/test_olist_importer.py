"""The importer of Olist's five files counts what a count with pandas does."""

# ruff: noqa: E501 (a row of an export is a line)

from pathlib import Path

import pandas as pd
import pytest

from forestall.data import Tables
from ready_import import (
    kinds_of,
    mean_risk_of_copies,
    ratings_of,
    rows_are_accounted_for,
    run,
    times_of,
    write_csv,
)

FILES = {
    "orders": """
        order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
        o1,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,2017-10-10 21:25:13,2017-10-18 00:00:00
        o2,c2,delivered,2018-07-24 20:41:37,2018-07-26 03:24:27,2018-07-26 14:31:00,2018-08-27 15:27:45,2018-08-13 00:00:00
        o3,c3,canceled,2018-08-08 08:38:49,,,,2018-09-04 00:00:00
        """,
    "items": """
        order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
        o1,1,p1,s1,2017-10-06 11:07:15,29.99,8.72
        o2,1,p2,s2,2018-07-30 03:24:27,118.70,22.76
        o2,2,p1,s1,2018-07-30 03:24:27,29.99,8.72
        """,
    "reviews": """
        review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp
        r1,o1,4,,,2017-10-11 00:00:00,2017-10-12 03:43:48
        r2,o2,1,Atraso,"Não chegou, ainda",2018-08-14 00:00:00,2018-08-15 10:00:00
        r3,o2,5,,Chegou!,2018-08-28 00:00:00,2018-08-29 10:00:00
        """,
    "customers": """
        customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
        c1,u1,03149,sao paulo,SP
        c2,u1,03149,sao paulo,SP
        c3,u2,47813,barreiras,BA
        """,
    "products": """
        product_id,product_category_name,product_name_lenght,product_weight_g
        p1,utilidades_domesticas,40,500
        p2,perfumaria,29,400
        """,
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {name: write_csv(tmp_path / f"olist_{name}_dataset.csv", text) for name, text in FILES.items()}


@pytest.fixture
def tables(files: dict[str, Path]) -> Tables:
    others = {name: file for name, file in files.items() if name != "orders"}
    return run("olist", files["orders"], **others)


def test_rows_events_and_ratings_are_as_many_as_in_the_files(tables: Tables, files: dict[str, Path]) -> None:
    counted = {name: pd.read_csv(file) for name, file in files.items()}
    orders = counted["orders"]
    assert rows_are_accounted_for(tables)
    assert tables.rejections.counts() == {}
    assert tables.interactions.height == len(orders)
    assert tables.feedback.height == len(counted["reviews"])
    assert kinds_of(tables) == {
        "approved": orders["order_approved_at"].count(),
        "arrived": len(orders),
        "delivered": orders["order_delivered_customer_date"].count(),
        "item_ordered": len(counted["items"]),
        "shipped": orders["order_delivered_carrier_date"].count(),
    }
    assert tables.events["value"].sum() == pytest.approx(counted["items"]["price"].sum())


def test_several_items_and_reviews_of_an_order_are_all_there(tables: Tables) -> None:
    own = tables.interactions.filter(interaction_id="o2")
    assert own.select("product", "price", "product_category", "venue").row(0) == (
        "p2",
        118.7,
        "perfumaria",
        "s2",
    )
    # São Paulo is three hours behind UTC; the first review came before the delivery
    assert ratings_of(tables)[1:] == [("o2", 1.0, "15 13:00"), ("o2", 5.0, "29 13:00")]
    assert times_of(tables, "o2")[-1] == ("delivered", "27 18:27")


def test_a_customer_has_one_key_over_orders_and_a_promised_day_ends_at_midnight(tables: Tables) -> None:
    assert tables.interactions["customer_id"].to_list() == ["u1", "u1", "u2"]
    promised = tables.interactions["promised_at"].dt.strftime("%m-%d %H:%M").to_list()
    assert promised[1] == "08-14 02:59"  # 23:59:59 of the 13th in São Paulo
    assert not any("comment" in name for name in tables.interactions.columns)


@pytest.mark.slow
def test_its_model_learns_from_them(tables: Tables) -> None:
    assert mean_risk_of_copies("olist", tables) == pytest.approx(1 / 3, abs=0.13)
