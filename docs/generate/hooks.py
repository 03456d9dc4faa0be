"""What MkDocs calls while it builds: writes the reference pages, and lists the decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import commands
import configuration
import decisions
import event_kinds
import feature_list
import python_api
import simulated_company

ROOT = Path(__file__).parents[2]

PAGES = {
    "reference/commands.md": commands.page,
    "reference/model-yaml.md": configuration.model_page,
    "reference/mapping-yaml.md": configuration.mapping_page,
    "reference/features.md": feature_list.page,
    "reference/python.md": python_api.page,
    "reference/simulated-company.md": simulated_company.page,
}
"""Pages that are generated as a whole."""

COPIES = {
    "assets/report.png": "benchmarks/results/report.png",
    "assets/contact_list.png": "benchmarks/results/contact_list.png",
}
"""Files from elsewhere in the repository that pages show."""

PARTS = {
    "<!-- generated: kinds of events -->": event_kinds.table,
    "<!-- generated: shared facts -->": event_kinds.facts_table,
    "<!-- generated: what is lost without closed -->": event_kinds.lost_without_closed,
    "<!-- generated: decisions -->": decisions.table,
}
"""Marks in pages that are written by hand, and what stands in their place."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the decisions in the navigation."""
    for section in config.nav or []:
        if "Decisions" in section:
            section["Decisions"] += [{one.title: one.path} for one in decisions.read()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, make in PAGES.items():
        files.append(File.generated(config, path, content=make()))
    for path, source in COPIES.items():
        files.append(File.generated(config, path, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Put the generated parts into the pages that ask for them."""
    for mark, make in PARTS.items():
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return markdown
