"""What cards say under their headings."""

from __future__ import annotations

import time

import pytest

from daimm_cli.manifest.sections import read, said

CARD = """# A model

## Uses

### Direct Use

<!-- This section is for the model use without fine-tuning. -->

[More Information Needed]

### Downstream Use [optional]

As a part of
a larger program.

## Bias, Risks, and Limitations ##

- **Long files:** it is slow.

```sh
# Evaluation
```

## Model Details

- **Developed by:** [More Information Needed]
- **License:** [More Information Needed]
- **Shared by [optional]:** Ann

## Model #

Small.
"""


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("direct use", None),
        ("downstream use", "As a part of a larger program."),
        ("bias, risks, and limitations", "- **Long files:** it is slow. ```sh # Evaluation ```"),
        ("evaluation", None),
        ("model", "Small."),
        ("developed by", None),
        ("shared by", "Ann"),
        ("uses", None),
        ("nothing", None),
    ],
)
def test_what_stands_under_a_heading(title: str, text: str | None) -> None:
    assert said(read(CARD), title) == text


def test_the_first_heading_that_says_something_counts() -> None:
    assert said(read(CARD), "direct use", "downstream use") == "As a part of a larger program."


@pytest.mark.parametrize(
    "hostile",
    [
        "- **a",
        "- **" + "a" * 80 + "\n",
        "<!--",
        "<!---->",
        "# a\n",
        "**",
        "```\n",
        "\n" * 4,
        "[" * 4,
    ],
)
def test_hostile_cards_cost_their_length(hostile: str) -> None:
    body = hostile * ((1 << 20) // len(hostile))
    begun = time.process_time()
    said(read(body), "a")
    assert time.process_time() - begun < 2
