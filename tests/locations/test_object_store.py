"""Objects are read, written under conditions, listed and removed."""

import pytest

from forestall.errors import InputError
from forestall.locations import ChangedError, location_of
from object_store import optional_library


@pytest.fixture
def prefix(s3, request):
    """Give a new prefix with a name that an address must not change."""
    return location_of(f"s3://company/ü 1%20+&=😀/{abs(hash(request.node.nodeid))}")


def test_what_is_written_is_read_listed_and_removed(prefix, tmp_path):
    assert (prefix.read("a"), prefix.mark_of("a"), prefix.sizes()) == (None, None, {})
    mark = prefix.write("é x/a.txt", b"one")
    assert prefix.read("é x/a.txt").content == b"one"
    assert prefix.read("é x/a.txt").mark == prefix.mark_of("é x/a.txt") == mark
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 80_000)
    prefix.write("large", large)
    prefix.fetch("large", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == large.read_bytes()
    assert prefix.sizes() == {"large": 256 * 80_000, "é x/a.txt": 3}
    prefix.remove(["large", "é x/a.txt", "never there"])
    assert prefix.sizes() == {}


def test_a_write_under_a_condition_finds_what_others_wrote(prefix):
    first = prefix.write("a", b"one", only_new=True)
    with pytest.raises(ChangedError):
        prefix.write("a", b"two", only_new=True)
    second = prefix.write("a", b"two", only_over=first)
    with pytest.raises(ChangedError):
        prefix.write("a", b"three", only_over=first)
    with pytest.raises(ChangedError):
        prefix.write("never there", b"three", only_over=first)
    assert prefix.read("a") == type(prefix.read("a"))(b"two", second)
    with pytest.raises(ChangedError):
        prefix.write("a", b"four", only_over=prefix.other_mark)


def test_a_repeated_write_of_the_same_content_has_been_done(prefix):
    mark = prefix.write("a", b"one", only_new=True)
    assert prefix.write("a", b"one", only_new=True) == mark


def test_a_file_that_is_not_there_is_not_fetched(prefix, tmp_path):
    with pytest.raises(FileNotFoundError):
        prefix.fetch("a", tmp_path / "a")


@pytest.mark.parametrize("ask", ["read", "write"])
def test_a_bucket_that_does_not_exist_is_named(s3, ask):
    missing = location_of("s3://no-such-bucket/data")
    with pytest.raises(InputError, match="there is no no-such-bucket"):
        getattr(missing, ask)(*(["a"] if ask != "write" else ["a", b"x"]))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("<Code>ContainerNotFound</Code>", "az://c/x must be in a container that exists, there is no c"),
        ("Server returned non-2xx status code: 403 Forbidden: ", "az://c/x must be open to the credentials"),
        (
            "Server returned non-2xx status code: 503: ",
            "az://c/x must be at a store that answers, it answered with",
        ),
    ],
)
def test_what_azure_says_is_told_as_what_to_do(said, message):
    exceptions = optional_library("obstore.exceptions", "azure")
    with pytest.raises(InputError, match=message), location_of("az://c/x")._asking(""):
        raise exceptions.GenericError(said)
