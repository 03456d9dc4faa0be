"""The documentation of the routes: its examples work, and it needs no other host."""

from __future__ import annotations

from servers import Server


def test_the_examples_of_the_documentation_work(server: Server) -> None:
    paths = server.get("/openapi.json").json["paths"]
    assert {"/invocations", "/explain", "/ping", "/health", "/version", "/model", "/metrics"} == set(paths)
    for path in ("/invocations", "/explain"):
        for example in paths[path]["post"]["requestBody"]["content"]["application/json"]["examples"].values():
            answer = server.post(path, example["value"])
            assert answer.status == 200
            rows = answer.json.get("predictions") or answer.json["moments"]
            assert 0 < rows[-1]["dissatisfaction_risk"] < 1


def test_the_documentation_needs_no_other_host(server: Server) -> None:
    page = server.get("/docs").body.decode()
    assert "https://" not in page
    assert server.get("/static-offline-docs/swagger-ui-bundle.js").status == 200
