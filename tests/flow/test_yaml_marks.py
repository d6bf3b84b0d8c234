"""Two readers of YAML, one in C where there is one: a flow means the same by either."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from unshackled.flow.language.yaml_marks import NotYaml, YamlNode
from unshackled.flow.language.yaml_reader import document, read

FLOWS = Path(__file__).parents[2] / "flows"
TEXTS = [path.read_text() for path in sorted(FLOWS.rglob("*.yaml"))]
# What YAML gives a meaning to, and what its readers have disagreed about.
SIGNS = " \n\t\r:-{}[],#&*!|>'\"%@`?\\~=a1\x85\u2028\ufeff"


def by(reader: type[yaml.SafeLoader], text: str) -> YamlNode | tuple[int, str]:
    """What the reader alone makes of a text; the line and the words where it refuses it."""
    try:
        return document(text, "a.yaml", reader)
    except NotYaml as error:
        return error.mark.line, str(error)
    except yaml.YAMLError:
        return 0, "not YAML"


def told(text: str) -> YamlNode | tuple[int, str]:
    """What `read` makes of a text."""
    try:
        return read(text, "a.yaml")
    except NotYaml as error:
        plainly = str(error).startswith("not YAML")
        return (0, "not YAML") if plainly else (error.mark.line, str(error))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_the_quick_reader_sees_the_same_values_at_the_same_lines(text: str) -> None:
    """In every flow file of this repository."""
    assert told(text) == by(yaml.SafeLoader, text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_means_the_same_with_and_without_the_library_in_c(data: st.DataObject) -> None:
    """Whatever is written into it: the same values and lines, or the same refusal."""
    whole = data.draw(st.sampled_from(TEXTS))
    begin = data.draw(st.integers(0, len(whole) - 1))
    text = whole[begin : begin + data.draw(st.integers(1, 300))]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(SIGNS)) + text[place + 1 :]
    assert told(text) == by(yaml.SafeLoader, text)


@pytest.mark.parametrize(
    "text",
    ["a:\tb", "a: b\tc", "{a:,b}", "a: [x?y]", "\ufeffa: b", "a: b\n\ufeff b: c", "a: 'b\x85c'"],
)
def test_what_the_readers_disagree_about_is_read_by_the_stricter_one(text: str) -> None:
    """Tabs, question marks and rare line ends: the reader in C takes more of them."""
    assert told(text) == by(yaml.SafeLoader, text)
