import dataclasses
import enum
import io
import json
import os
import pty
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daimm_cli.base import errors
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.base.text import ether, format_amount, parse_amount, sanitise, time_shown, to_json
from daimm_cli.cli import layout, output

AIM = 10**18


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain näïve 模型 🙂", "plain näïve 模型 🙂"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x1b]0;title\x07b\x1b]8;;http://evil\x1b\\c", "abc"),
        ("a\x9b31mb\x9d0;t\x9cc", "abc"),
        ("a\x1bP1;2|dcs\x1b\\b\x1bcz\x1b(0q", "abzq"),
        ("unterminated \x1b]0;shown", "unterminated 0;shown"),
        ("left\u202etfel\u2066x\u200by\ufeffz\U000e0041", "lefttfelxyz"),
        ("bell\x07 back\x08 null\x00 del\x7f", "bell back null del"),
        ("two\nlines\tand\rmore", "two lines andmore"),
        ("\ud800lone", "lone"),
        ("z" + "\u0301" * 100, "z" + "\u0301" * 4),
    ],
)
def test_sanitise(text: str, shown: str) -> None:
    assert sanitise(text) == shown


def test_sanitise_bounds_the_length_and_says_so() -> None:
    assert sanitise("x" * 200) == "x" * 200
    assert sanitise("x" * 201) == "x" * 199 + "…"
    assert sanitise("x" * 10_000_000, 10) == "x" * 9 + "…"
    assert sanitise("\x1b[0m" * 10_000 + "end", 10).endswith("…")


@pytest.mark.parametrize(
    "start", ["\x90", "\x9d", "\x9b", "\x1b", "\x1bP", "\x1b]", "\x1b[", "\u0301"]
)
@pytest.mark.parametrize("filling", ["", " ", "0", "x"])
def test_sanitise_takes_no_longer_for_a_hostile_text(start: str, filling: str) -> None:
    before = time.process_time()
    sanitise((start + filling) * 200_000, 200_000)
    sanitise(start + filling * 400_000, 200_000)
    assert time.process_time() - before < 5


def test_sanitise_keeps_lines_only_where_asked() -> None:
    assert sanitise("a\r\nb\n\tc", lines=True) == "a\nb\n c"


@given(st.text(alphabet=st.characters(), max_size=300))
def test_nothing_that_a_terminal_obeys_survives(text: str) -> None:
    for character in sanitise(text, 1_000):
        assert character.isprintable() or character.isspace()
        assert character not in "\x1b\x9b\n\r"


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 18, "0"),
        (1, 18, "0.000000000000000001"),
        (10 * AIM + AIM // 2, 18, "10.5"),
        (AIM, 18, "1"),
        (2**256 - 1, 18, f"{(2**256 - 1) // AIM}.{(2**256 - 1) % AIM:018d}"),
        (1_234_567, 6, "1.234567"),
        (7, 0, "7"),
    ],
)
def test_amounts_both_ways(amount: int, decimals: int, text: str) -> None:
    assert format_amount(amount, decimals) == text
    assert parse_amount(text, decimals) == amount


def test_amounts_with_their_token() -> None:
    assert format_amount(AIM, symbol="AIM\x1b[2J") == "1 AIM"
    assert format_amount(-AIM // 2, symbol="AIM") == "-0.5 AIM"
    assert parse_amount(" 10.5 aim ", symbol="AIM") == 10 * AIM + AIM // 2
    assert parse_amount("1.50", 1) == 15


@given(st.integers(0, 2**256 - 1), st.integers(0, 36))
def test_formatting_is_exact(amount: int, decimals: int) -> None:
    text = format_amount(amount, decimals)
    assert parse_amount(text, decimals) == amount
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", "1,5", "1_000", ".5", "5.", "0x10", "1.2.3", "nan", "inf", "\u0661",
     "0." + "0" * 18 + "1", str(2**256), "1 USDC", "1 AIM AIM", "9" * 79],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(DaimmError):
        parse_amount(text, 18 if text != str(2**256) else 0, "AIM")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Shown:
    root: bytes
    path: Path
    secret: bytes = dataclasses.field(repr=False)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2027-01-15 08:00:00+00:00"),
        ("Europe/Vienna", "2027-01-15 09:00:00+01:00"),
        ("America/St_Johns", "2027-01-15 04:30:00-03:30"),
    ],
)
def test_times_say_how_far_they_are_from_utc(
    zone: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert time_shown(1_800_000_000) == shown
        assert time_shown(1 << 80) == f"second {1 << 80}"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_json_is_ascii_and_leaves_out_what_repr_leaves_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = {"a": Shown(b"\x01\xff", Path("x"), b"KEY"), "b": Colour.RED, "c": Decimal("0.10")}
    output.emit({**data, "evil": "\x1b[2J\u202e", "wei": str(2**256)}, "text", as_json=True)
    out, err = capsys.readouterr()
    assert err == ""
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == {
        "a": {"root": "0x01ff", "path": "x"},
        "b": "red",
        "c": "0.10",
        "evil": "\x1b[2J\u202e",
        "wei": str(2**256),
    }


def test_json_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="float"):
        to_json(float("nan"))
    with pytest.raises(TypeError):
        to_json(object())


def test_talk_goes_to_stderr_and_data_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("working")
    output.hint("daimm buy 1")
    output.emit({"x": 1}, "one\x1b[2J", as_json=False)
    assert capsys.readouterr() == ("one\n", "working\nNext: daimm buy 1\n")


def test_a_table_in_a_pipe_is_tab_separated(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["name", "price"], [["a\tb", 1], ["[red]c\x1b[0m", 2]])
    assert capsys.readouterr().out == "name\tprice\na b\t1\n[red]c\t2\n"


def test_fields_line_up() -> None:
    assert output.fields({"a": 1, "long": "x\x1b[1my"}) == "a     1\nlong  xy"


def test_without_a_terminal_nothing_is_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(DaimmError, match="--yes") as caught:
        output.confirm("Pay 10 AIM?", yes=False)
    assert caught.value.exit_code == 2
    output.confirm("Pay 10 AIM?", yes=True)


def on_a_terminal(code: str, typed: str) -> tuple[int, str]:
    """Run Python code under a pseudo-terminal; return its status and all that it printed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    os.write(master, typed.encode())
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(master)
    return process.wait(), shown.decode()


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1)])
def test_a_person_is_asked(typed: str, status: int) -> None:
    code = (
        "import sys\nfrom daimm_cli.cli import output\n"
        "try: output.confirm('Pay?', yes=False)\n"
        "except Exception as error: sys.exit(output.fail(error))"
    )
    got, shown = on_a_terminal(code, typed)
    assert got == status
    assert "Pay? [y/N]" in shown
    assert ("Stopped: Nothing was done." in shown) == (status == 1)


def test_a_long_question_and_its_answer_fit_the_terminal() -> None:
    code = (
        "import os; os.environ['COLUMNS'] = '24'\nfrom daimm_cli.cli import output\n"
        "output.confirm('Pay 10 AIM for a licence?', yes=False)"
    )
    assert "Pay 10 AIM for a\r\nlicence? [y/N] " in on_a_terminal(code, "y\n")[1]


def test_a_question_that_is_left_unanswered_ends_its_line() -> None:
    code = (
        "import sys\nfrom daimm_cli.cli import output\n"
        "try: output.confirm('Pay?', yes=False)\n"
        "except Exception as error: sys.exit(output.fail(error))"
    )
    status, shown = on_a_terminal(code, "\x04")
    assert status == 1
    assert shown.endswith("Pay? [y/N] \r\nStopped: Nothing was done.\r\n")


@pytest.mark.parametrize(
    ("wei", "down", "up"),
    [
        (0, "0 ether", "0 ether"),
        (7, "0.000000000000000007 ether", "0.000000000000000007 ether"),
        (329_757_559_112_760, "0.000329 ether", "0.00033 ether"),
        (9_999_999_620_876_485_194_248, "9999.99962 ether", "9999.999621 ether"),
        (AIM, "1 ether", "1 ether"),
    ],
)
def test_ether_for_gas_is_short_and_never_too_little(wei: int, down: str, up: str) -> None:
    assert (ether(wei), ether(wei, up=True)) == (down, up)


def test_an_id_that_names_a_file_stays_whole() -> None:
    for text in (f"daimm safe send {IDENT}.json", f"safe/1/{IDENT}", f"x{IDENT}", f"{IDENT}0"):
        assert layout.shortened(text) == text
    assert layout.shortened(f"({IDENT}).") == f"({IDENT[:14]})."


def test_a_next_step_has_short_ids_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    output.hint(f"daimm order show {IDENT}", own=True)
    assert capsys.readouterr().err == f"Next: daimm order show {IDENT}\n"
    code = f"from daimm_cli.cli import output\noutput.hint('daimm x {IDENT}', own={{}})"
    assert on_a_terminal(code.format(True), "")[1] == f"Next: daimm x {IDENT[:14]}\r\n"
    assert IDENT in on_a_terminal(code.format(False), "")[1]


def test_an_interrupted_question_is_left_on_its_own_line() -> None:
    code = (
        "from daimm_cli.cli import output\n"
        "print('Pay? [y/N] ', end='', flush=True)\noutput.fail(KeyboardInterrupt())"
    )
    assert on_a_terminal(code, "")[1] == "Pay? [y/N] \r\nError: Interrupted.\r\n"


def test_long_lines_hang_below_their_value_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    address = "0x" + "8f" * 20
    text = output.fields({"price": "10 AIM for the seller", "who": f"goes to {address} at once"})
    expected = (
        f"price  10 AIM for the\n       seller\nwho    goes to\n       {address}\n       at once"
    )
    assert layout.wrapped(text, 24) == expected
    assert layout.wrapped(text, 200) == text
    output.emit({}, text, as_json=False)
    assert capsys.readouterr().out == text + "\n"
    code = f"from daimm_cli.cli import output\noutput.emit({{}}, {text!r}, as_json=False)"
    code += f"\noutput.hint('daimm buy {address}')"
    with_columns = f"import os; os.environ['COLUMNS'] = '24'\n{code}"
    shown = on_a_terminal(with_columns, "")[1].replace("\r\n", "\n")
    assert shown == f"{expected}\nNext: daimm buy {address}\n"


@given(st.text(alphabet="ab  -x\n", max_size=120), st.integers(1, 60))
def test_breaking_lines_loses_no_word(text: str, width: int) -> None:
    assert layout.wrapped(text, width).split() == text.split()


ADDRESS, IDENT = "0x" + "8F" * 20, "0x" + "12" * 32
DRAWN = {
    70: """
id              who                                         next
--------------  ------------------------------------------  ----------
0x121212121212  0x8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F8F  show 模 it
""",
    40: """
id              who          next
--------------  -----------  ----------
0x121212121212  0x8F8F…8F8F  show 模 it
""",
    36: """
id              who          next
--------------  -----------  -------
0x121212121212  0x8F8F…8F8F  show 模
                             it
""",
    24: f"""
id    0x121212121212
who
      {ADDRESS}
next  show 模 it
""",
}


@pytest.mark.parametrize("width", DRAWN)
def test_a_drawn_table_fits_and_breaks_no_word(width: int) -> None:
    rows = [[IDENT, "", ADDRESS, "show 模 it"]]
    shown = layout.drawn(["id", "empty", "who", "next"], rows, width)
    assert f"\n{shown}\n" == DRAWN[width]


@given(
    st.lists(st.lists(st.text("ab 模", max_size=20), min_size=3, max_size=3), min_size=1),
    st.integers(1, 60),
)
def test_a_drawn_table_loses_nothing(rows: list[list[str]], width: int) -> None:
    shown = layout.drawn(["x", "y", "z"], rows, width)
    words = sorted(word for row in rows for cell in row for word in cell.split())
    assert sorted(word for word in shown.split() if set(word) <= set("ab模")) == words


def test_a_table_without_rows_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["id"], [], empty="No orders yet.")
    assert capsys.readouterr() == ("id\n", "No orders yet.\n")
    code = (
        "from daimm_cli.cli import output\n"
        "output.table(['id'], [], title='t', empty='No orders yet.')"
    )
    assert on_a_terminal(code, "") == (0, "No orders yet.\r\n")


def test_a_drawn_table_does_not_obey_markup() -> None:
    code = (
        "from daimm_cli.cli import output\noutput.table(['n'], [['[bold]x[/bold]']], title='[i]t')"
    )
    status, shown = on_a_terminal(code, "")
    assert status == 0
    assert "[bold]x[/bold]" in shown
    assert "[i]t" in shown


def test_a_bar_appears_only_when_the_work_is_long() -> None:
    code = (
        "from daimm_cli.cli import output\n"
        "output.PROGRESS_AFTER_SECONDS = {}\n"
        "with output.progress('sealing') as report:\n"
        "    for done in range(100): report(done, 100)\n"
    )
    assert "sealing" in on_a_terminal(code.format(-1), "")[1]
    assert on_a_terminal(code.format(60), "") == (0, "")


def test_a_bar_is_not_drawn_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("sealing") as report:
        report(5, 10)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (DaimmError("Bad.", hint="daimm list"), 2, "Error: Bad.\nNext: daimm list\n"),
        (ChainRefused("No."), 3, "Error: No.\n"),
        (VerificationFailed("Wrong \x1b[2Jroot."), 5, "Error: Wrong root.\n"),
        (errors.Stopped("Nothing was done."), 1, "Stopped: Nothing was done.\n"),
        (KeyboardInterrupt(), 130, "Error: Interrupted.\n"),
        (
            FileNotFoundError(2, "No such file", "m.onnx"),
            2,
            "Error: There is no such file or folder (m.onnx): check the path.\n",
        ),
        (
            OSError(28, "No space left on device"),
            2,
            "Error: The disk is full: make room or write elsewhere, then run the command again.\n",
        ),
        (
            OSError(13, "Permission denied", "/x\x1b[2J"),
            2,
            "Error: daimm may not use this (/x): change its permissions or name another place.\n",
        ),
        (OSError(95, "Operation not supported"), 2, "Error: Operation not supported.\n"),
    ],
)
def test_each_failure_has_its_status(
    error: BaseException, status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert output.fail(error) == status
    assert capsys.readouterr() == ("", says)


def test_a_fault_of_ours_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.fail(ValueError("secret=abc")) == 70
    assert "abc" not in capsys.readouterr().err


def test_failures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.fail(DaimmError("Bad.", hint="x"), as_json=True) == 2
    out, err = capsys.readouterr()
    assert (out, json.loads(err)) == ("", {"error": "Bad.", "hint": "x", "exit": 2})


def test_starting_up_imports_nothing_heavy() -> None:
    code = "import sys, daimm_cli.cli.output; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    heavy = {"rich", "pydantic", "web3", "eth_account", "onnx", "numpy", "yaml", "coincurve"}
    assert not heavy & set(loaded)


def test_a_status_is_one_line_on_a_terminal_and_a_line_for_each_state_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tell() -> str:
        with output.status() as show:
            show("Waiting.", "(2 left)")
            show("Waiting.", "(1 left)")
            show("Done\x1b[2J.", "")
        return capsys.readouterr().err

    assert tell() == "Waiting.\nDone.\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    lines = tell().split("\r\x1b[K")
    assert lines == ["", "Waiting. (2 left)", "Waiting. (1 left)", "Done.\n"]
    with output.status() as show:
        show("A state with more words than fit", "(and details)")
    assert "\n" not in capsys.readouterr().err[:-1]
