"""A report from the command line: the page in one file, with the records of a log inside.

    python -m rnnbow_plugin export runs -o report.html

Reads a log as the backend does, and never imports torch. The page writes the same file by itself
(`frontend/src/export`); `report.html.txt` is the template of both.
"""
