"""What the documentation says of each route, with examples that work."""

from __future__ import annotations

from typing import Any

INVOCATIONS: dict[str, Any] = {}
EXPLAIN: dict[str, Any] = {}
PING: dict[str, Any] = {}
HEALTH: dict[str, Any] = {}
VERSION: dict[str, Any] = {}
MODEL: dict[str, Any] = {}
METRICS: dict[str, Any] = {}
