"""Readers of the files that companies export, one module for each format."""

from forestall.importing.readers.file_options import FileOptions
from forestall.importing.readers.read_files import read_file, read_files
from forestall.importing.readers.source_rows import LINE, SOURCE_ROW, SourceRows

__all__ = ["LINE", "SOURCE_ROW", "FileOptions", "SourceRows", "read_file", "read_files"]
