"""What the commands print, and how they exit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from engine.compiler import compile_text
from tests.workflows.texts import ABSENCE, BROKEN, REGIONS, SHORT_CUT
from workflows.models import Person, Unit, Version


def run(*arguments: str) -> tuple[int, str, str]:
    """Call a command; return its exit code and what it said on both streams."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as exit:
        return int(exit.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "absence.yaml").write_text(ABSENCE)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    return tmp_path


class TestCompile:
    def test_a_good_file_exits_0_and_says_what_it_is(self, folder: Path) -> None:
        file = str(folder / "absence.yaml")
        digest = compile_text(ABSENCE).definition.digest

        code, out, _ = run("compile", file)

        assert code == 0
        assert out.startswith(f"{file}: ok, 3 steps, ")
        assert digest[:12] in out

    def test_against_an_older_file_it_says_what_is_different(self, folder: Path) -> None:
        new, old = folder / "absence.yaml", folder / "old.yaml"
        old.write_text(ABSENCE.replace("max: 30", "max: 60").replace("title: Allow it", "title: Let them"))

        code, out, _ = run("compile", str(new), "--against", str(old))

        assert code == 0
        assert out.splitlines() == [
            "major:  The input “Days” must be at most 30; before 60.",
            "patch:  The gate “Let them” is called “Allow it” now.",
            "Together: major.",
        ]
        assert run("compile", str(old), "--against", str(old))[1] == "Nothing is different.\n"
        drawn = ElementTree.fromstring(run("compile", str(new), "--against", str(old), "--format", "svg")[1])
        assert ["".join(one.itertext()) for one in drawn.iter() if one.get("class") == "badge"] == ["changed"]
        broken = str(folder / "broken.yaml")
        assert run("compile", str(new), "--against", broken)[0] == 1

    def test_an_error_exits_1_and_shows_line_and_caret(self, folder: Path) -> None:
        file = str(folder / "broken.yaml")

        code, out, _ = run("compile", file)

        assert code == 1
        lines = out.splitlines()
        where = next(number for number, line in enumerate(lines) if "unknown-name" in line)
        assert lines[where].startswith(f"{file}:11:16: error unknown-name: ")
        assert lines[where + 1] == "    11 |       - {when: inputs.day > 5, go: done}"
        assert lines[where + 2].index("^") == lines[where + 1].index("inputs.day")
        assert lines[where + 3] == "         hint: Did you mean `inputs.days`?"
        assert lines[-1] == f"{file}: 1 error"

    def test_an_example_path_is_shown(self, folder: Path) -> None:
        file = folder / "short-cut.yaml"
        file.write_text(SHORT_CUT)

        code, out, _ = run("compile", str(file))

        assert code == 1
        assert f"{file}:14:" in out
        assert "error unset-data: " in out
        assert "         path: ask → done" in out.splitlines()

    def test_json_is_as_the_reference_says(self, folder: Path) -> None:
        code, out, _ = run("compile", str(folder / "absence.yaml"), str(folder / "broken.yaml"), "--format", "json")
        good, bad = json.loads(out)["files"]

        assert code == 1
        assert (good["ok"], good["problems"], bad["ok"], bad["definition"]) == (True, [], False, None)
        assert set(good) == set(bad) == {"path", "ok", "problems", "definition"}
        (problem,) = bad["problems"]
        assert set(problem) == {"code", "severity", "line", "column", "message", "hint", "example"}
        assert (problem["code"], problem["severity"], problem["line"]) == ("unknown-name", "error", 11)

    def test_json_holds_the_whole_machine(self, folder: Path) -> None:
        _, out, _ = run("compile", str(folder / "absence.yaml"), "--format", "json")
        machine: dict[str, Any] = json.loads(out)["files"][0]["definition"]

        assert [state["id"] for state in machine["states"]] == ["allow", "enter", "done"]
        assert machine["states"][0]["kind"] == "gate"
        assert {"source": "", "trigger": "start", "guard": None, "target": "allow"} in machine["transitions"]
        assert {"source": "allow", "trigger": "reject", "guard": None, "target": "fail"} in machine["transitions"]
        assert machine["digest"] == compile_text(ABSENCE).definition.digest
        assert machine["regions"] == []

    def test_json_nests_regions_in_regions(self, tmp_path: Path) -> None:
        file = tmp_path / "regions.yaml"
        file.write_text(REGIONS)

        code, out, _ = run("compile", str(file), "--format", "json")
        machine: dict[str, Any] = json.loads(out)["files"][0]["definition"]

        assert code == 0
        assert [state["id"] for state in machine["states"]] == ["stores", "ask", "papers", "sign", "file", "done"]
        assert machine["regions"] == [
            {
                "owner": "stores",
                "kind": "each",
                "join": "all",
                "lists": [
                    {
                        "id": "stores",
                        "states": ["ask", "papers"],
                        "regions": [
                            {
                                "owner": "papers",
                                "kind": "parallel",
                                "join": "any",
                                "lists": [
                                    {"id": "papers/lease", "states": ["sign"], "regions": []},
                                    {"id": "papers/permit", "states": ["file"], "regions": []},
                                ],
                            }
                        ],
                    }
                ],
            }
        ]
        assert {"source": "papers", "trigger": "enter:papers/lease", "guard": None, "target": "sign"} in machine[
            "transitions"
        ]

    @pytest.mark.parametrize(("form", "root"), [("svg", "svg"), ("scxml", "scxml")])
    def test_svg_and_scxml_are_one_document_that_of_the_first_file(self, folder: Path, form: str, root: str) -> None:
        file = folder / "regions.yaml"
        file.write_text(REGIONS)

        code, out, err = run("compile", str(file), "--format", form)

        assert (code, err) == (0, "")
        assert ElementTree.fromstring(out).tag.endswith("}" + root)
        assert run("compile", str(file), str(folder / "absence.yaml"), "--format", form) == (0, out, "")
        code, again, err = run("compile", str(file), str(folder / "broken.yaml"), "--format", form)
        assert (code, again) == (1, out)
        assert "unknown-name" in err

    def test_mermaid_is_a_diagram_and_nothing_else(self, folder: Path) -> None:
        code, out, err = run("compile", str(folder / "absence.yaml"), "--format", "mermaid")

        assert (code, err) == (0, "")
        assert out.split()[0] in {"stateDiagram-v2", "flowchart"}
        assert "Allow it" in out

    def test_mermaid_of_a_broken_file_says_why_on_the_other_stream(self, folder: Path) -> None:
        code, out, err = run("compile", str(folder / "broken.yaml"), "--format", "mermaid")

        assert (code, out) == (1, "")
        assert "unknown-name" in err

    def test_a_file_that_is_not_there_is_a_sentence(self, folder: Path) -> None:
        with pytest.raises(CommandError, match=r"nowhere\.yaml: no such file\."):
            run("compile", str(folder / "nowhere.yaml"))

    def test_a_folder_or_binary_is_a_sentence(self, folder: Path) -> None:
        (folder / "picture.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(CommandError, match="this is a folder"):
            run("compile", str(folder))
        with pytest.raises(CommandError, match="not UTF-8"):
            run("compile", str(folder / "picture.yaml"))


@pytest.mark.django_db
class TestPublish:
    def test_it_publishes_in_somebodys_name(self, folder: Path, people: Unit, author: Person) -> None:
        code, out, _ = run("publish", str(folder / "absence.yaml"), "--unit", "people", "--by", "aiko")

        assert (code, out) == (0, "absence 1 is published: new runs start on it.\n")
        assert Version.objects.get().published_by == author

    def test_errors_exit_1_at_their_line(self, folder: Path, people: Unit, author: Person) -> None:
        code, _, err = run("publish", str(folder / "broken.yaml"), "--unit", "people", "--by", "aiko")

        assert code == 1
        assert "broken.yaml:11:" in err
        assert not Version.objects.exists()

    def test_whoever_may_not_is_told_why(self, folder: Path, people: Unit) -> None:
        Person.objects.create(username="ines")

        code, _, err = run("publish", str(folder / "absence.yaml"), "--unit", "people", "--by", "ines")

        assert (code, Version.objects.count()) == (1, 0)
        assert "Only authors and process owners of People" in err

    def test_unknown_units_and_people_are_sentences(self, folder: Path, people: Unit, author: Person) -> None:
        file = str(folder / "absence.yaml")
        with pytest.raises(CommandError, match="No unit is called `nowhere`"):
            run("publish", file, "--unit", "nowhere", "--by", "aiko")
        with pytest.raises(CommandError, match="Nobody signs in as `nobody`"):
            run("publish", file, "--unit", "people", "--by", "nobody")
