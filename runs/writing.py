"""The right to write, for the verbs of runs: `workflows.writing`, which the verbs of the directory take too."""

from __future__ import annotations

from workflows.writing import writing as writing
