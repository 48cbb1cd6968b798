"""The course on disk: folders, settings, cells, records, errors and atomic files."""
