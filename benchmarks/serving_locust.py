"""What each of Locust's clients does: send one record, and one again as soon as it is answered."""

from __future__ import annotations

import json
import random
from pathlib import Path

from locust import FastHttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def add_records(parser):  # type: ignore[no-untyped-def]
    parser.add_argument("--records", help="A JSON file of records.")


class Caller(FastHttpUser):
    wait_time = constant(0)

    def on_start(self) -> None:
        records = json.loads(Path(self.environment.parsed_options.records).read_text())
        self.bodies = [json.dumps({"dataframe_records": [record]}).encode() for record in records]

    @task
    def score(self) -> None:
        body = random.choice(self.bodies)
        with self.client.post(
            "/invocations", data=body, headers={"content-type": "application/json"}, catch_response=True
        ) as answer:
            if answer.status_code != 200 or not answer.headers.get("x-model-version"):
                answer.failure(f"status {answer.status_code}")
