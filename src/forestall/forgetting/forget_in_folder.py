"""Customers are removed from one folder: data, scores or runs; it holds the old content or the new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forestall.data.schemas import ALL_TABLES
from forestall.errors import UsageError, must_be
from forestall.forgetting.changed_files import Changes, publish
from forestall.forgetting.kinds_of_folders import PREDICTIONS, kind_of_folder
from forestall.forgetting.pages import (
    contact_page_without,
    evaluation_without,
    examples_of,
    report_without,
)
from forestall.forgetting.rows_of_customers import (
    About,
    count_rows,
    customers_in,
    interactions_of,
    names_behind,
    salts_of,
    write_others,
)
from forestall.publishing import open_output
from forestall.publishing.staging import PREFIX

CONTACT_PAGE, EVALUATION, REPORT = "contact_list.html", "evaluation.json", "report.html"


@dataclass(frozen=True)
class Forgotten:
    """What was removed from a folder.

    Attributes
    ----------
    kind
        `data`, `scores`, `run` or `job`.
    files
        By the path of each file that was changed, the number of rows or interactions that it lost.
    customers
        The customers who were found.
    """

    kind: str
    files: dict[str, int]
    customers: frozenset[str]


def interactions_in_folder(folder: Path, customers: frozenset[str]) -> frozenset[str]:
    """Return the ids of the customers' interactions that a folder names; pseudonyms of a run too."""
    return frozenset().union(
        *(interactions_of(file, About(customers)) for file in _files(folder, "*.parquet"))
    )


def forget_in_folder(
    folder: Path, customers: frozenset[str], interactions: frozenset[str] = frozenset()
) -> Forgotten:
    """Remove all rows of customers from a folder, and from its pages.

    Files without the customers stay as they are, to the byte. In a data folder the rows of the customers'
    interactions go too, in all tables and in `rejected/`.

    Parameters
    ----------
    folder
        The folder.
    customers
        The customers.
    interactions
        Interactions that are known to be theirs, from other folders: a rejected row may name no customer.

    Raises
    ------
    UsageError
        The folder is not one of Forestall's, or a table of it is a Delta table.
    InputError
        A file is damaged, or the disk is full or refuses to be written; nothing was changed.
    """
    kind = kind_of_folder(folder)
    with open_output(folder):
        _check_no_delta(folder)
        about, changes = About(customers, interactions), Changes()
        tables, runs = _files(folder, "*.parquet"), _files(folder, PREDICTIONS)
        for file in tables:
            about = about.plus(interactions_of(file, about))
        found = _forget_in_tables(folder, [file for file in tables if file not in runs], about, changes)
        for file in runs:
            found |= _forget_in_run(file, folder, about, changes)
        publish(folder, changes)
    return Forgotten(kind, changes.counts, frozenset(found))


def _forget_in_tables(folder: Path, tables: list[Path], about: About, changes: Changes) -> set[str]:
    """Note the changes of tables and of the contact page, and return the customers who were found."""
    page = folder / CONTACT_PAGE
    if page.is_file():
        changed = contact_page_without(page.read_text(encoding="utf-8"), about)
        if changed is not None:
            changes.add_text(page, folder, *changed)
    # where a kill may come between two files, the tables that name the interactions are changed last
    for file in sorted(tables, key=lambda file: (bool(interactions_of(file, about)), file)):
        _change_table(file, folder, about, changes)
    return set().union(*(customers_in(file, about) for file in tables))


def _forget_in_run(predictions: Path, folder: Path, named: About, changes: Changes) -> set[str]:
    """Note the changes of one run, whose ids may be pseudonyms, and return the customers who were found."""
    salts = salts_of(predictions)
    about = named.hashed(salts)
    about = about.plus(interactions_of(predictions, about))
    for top in (predictions.parent, predictions.parent.parent):
        evaluation, report = top / EVALUATION, top / REPORT
        if not evaluation.is_file() or not evaluation.is_relative_to(folder):
            continue
        shown = {name for name in examples_of(evaluation) if about.has_interaction(name, salts)}
        if shown and report.is_file():
            text = report_without(report.read_text(encoding="utf-8"), shown)
            changes.add_text(report, folder, text, len(shown))
        if shown:
            text = evaluation_without(evaluation.read_text(encoding="utf-8"), shown)
            changes.add_text(evaluation, folder, text, len(shown))
        break
    _change_table(predictions, folder, about, changes)  # last: it tells whose the examples are
    return names_behind(customers_in(predictions, about), named.customers)


def _change_table(file: Path, folder: Path, about: About, changes: Changes) -> None:
    n_rows = count_rows(file, about)
    if n_rows:
        changes.add(file, folder, lambda target: write_others(file, about, target), n_rows)


def _files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a pattern at any depth, without those of other processes."""
    return sorted(
        file
        for file in folder.rglob(pattern)
        if file.is_file() and not any(part.startswith(PREFIX) for part in file.relative_to(folder).parts)
    )


def _check_no_delta(folder: Path) -> None:
    for table in _delta_tables(folder):
        raise UsageError(
            must_be(
                str(table),
                "a Parquet file or a folder of Parquet files",
                do="it is a Delta table, whose earlier versions keep all rows: delete the customers with Delta Lake, "
                "vacuum the table, and give the other folders here; nothing was changed",
            )
        )


def _delta_tables(folder: Path) -> Iterator[Path]:
    return (folder / name for name in ALL_TABLES if (folder / name / "_delta_log").is_dir())
