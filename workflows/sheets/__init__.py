"""Decisions in spreadsheets, out and in.

grid   a decision as rows of texts, and back to the YAML of the language
csv    rows in a CSV file, safe to open in a spreadsheet
xlsx   rows in an XLSX file; what comes from outside is measured before it is opened
"""


class SheetError(Exception):
    """A spreadsheet that cannot be read, in a sentence for people."""


#: A head of twelve lines and a thousand rules; a label and fifty columns on either side.
MOST_ROWS, MOST_COLUMNS, MOST_TEXT = 1_020, 101, 10_000
