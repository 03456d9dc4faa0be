"""A server that speaks the protocol of S3, on this machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

BUCKET = "company"
SECRET = "not-to-be-shown"


def optional_library(module: str, extra: str) -> Any:
    """Return a module; without it the test is skipped, or fails where CI is set."""
    try:
        return import_module(module)
    except ImportError as error:
        what = f"{error.name} is not installed: pip install '.[test,{extra}]'"
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@contextmanager
def s3_server() -> Iterator[Any]:
    """Run the server, and give a client of it; the environment leads to it.

    Without its libraries the test is skipped, or fails where CI is set.
    """
    optional_library("obstore", "s3")
    boto3, moto = optional_library("boto3", "s3"), optional_library("moto.server", "s3")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "reader")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_REGION", "us-east-1")
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client
        client.close()
    server.stop()


def objects(client: Any, prefix: str) -> dict[str, bytes]:
    """Return the objects below a prefix, by their path below it."""
    found = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
    return {
        one["Key"].removeprefix(f"{prefix}/"): client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
        for one in found
    }


def upload(client: Any, prefix: str, files: dict[str, bytes]) -> str:
    """Put objects below a prefix, and return its address."""
    for name, content in files.items():
        client.put_object(Bucket=BUCKET, Key=f"{prefix}/{name}", Body=content)
    return f"s3://{BUCKET}/{prefix}"
