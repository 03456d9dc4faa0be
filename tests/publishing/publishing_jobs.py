"""Small jobs that publish text files, and what an output holds."""

from pathlib import Path

from forestall.publishing import Earlier, Job, open_output

NAMES = ("scores", "list.txt", "extra.txt", "summary.json")


def job(run_id: str = "night", version: str = "1", at: str = "noon") -> Job:
    """Return a job whose results depend on `version`, and of which `at` is a fact of its start."""
    return Job("score", run_id, NAMES, {"version": version}, started={"at": at}, find_earlier=earlier)


def earlier(output: Path) -> Earlier | None:
    """Find results of version 0.1: they have a summary."""
    summary = output / "summary.json"
    run_id = summary.read_text() if summary.is_file() else None
    files = {"scores": "part-*.txt", "list.txt": "", "summary.json": ""}
    return Earlier(run_id, files) if run_id and run_id.isalpha() else None


def run(
    output: str | Path, version: str = "1", at: str = "noon", run_id: str = "night", n_parts: int = 3
) -> bool:
    """Run the job and return whether there was nothing to do. Only version 1 has an extra file."""
    with (
        open_output(output) as place,
        place.publication(job(run_id, version, at), keep=True) as publication,
    ):
        if publication.done is not None:
            return True
        started = publication.started["at"]
        for number in range(n_parts):
            text = f"version {version}, part {number}, {started}"
            publication.write_part(f"scores/part-{number}.txt", lambda file, text=text: file.write_text(text))
        (publication.folder / "list.txt").write_text(f"list of version {version}")
        if version == "1":
            (publication.folder / "extra.txt").write_text("extra")
        (publication.folder / "summary.json").write_text(run_id)
        publication.account = {"rows_in": n_parts}
    return False


def content(folder: Path) -> dict[str, bytes]:
    """Return all files in a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
