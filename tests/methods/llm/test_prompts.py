from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.training import tiny
from todsum.data.schema import Turn
from todsum.errors import TodsumError
from todsum.methods.llm.prompts import Prompts, Shown

EXAMPLE, *OTHERS = tiny.examples()
SHIPPED = Prompts.of(None)


def own(folder: Path, **files: str) -> Prompts:
    for name, text in files.items():
        (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    return Prompts.of(str(folder))


def test_a_chat_about_a_dialogue() -> None:
    system, user = SHIPPED.chat("todsum", EXAMPLE, (), Shown(state=False, query=True))
    assert system["role"] == "system" and "Write the summary alone" in system["content"]
    assert (
        user["role"] == "user"
        and "<dialogue>\nuser: i am anna .\nagent: hello\nuser: to north .\n</dialogue>" in user["content"]
    )
    assert "state" not in user["content"] and "where is anna" not in user["content"]
    assert SHIPPED.chat("todsum-sim", EXAMPLE, (), Shown(False, True)) == (system, user)


def test_state_and_query_are_shown_where_they_are_asked_for() -> None:
    state = SHIPPED.chat("todsum", EXAMPLE, (), Shown(state=True, query=True))[-1]["content"]
    assert "<state>\ntaxi inform ( destination = north )\n</state>\n\nWrite" in state and state.endswith(
        "values of the state."
    )
    for query in (True, False):
        text = SHIPPED.chat("qmsum", EXAMPLE, (), Shown(state=False, query=query))[-1]["content"]
        assert text.endswith(
            "where is anna ?" if query else "Write a short summary of the meeting above in a few sentences."
        )
    silent = replace(EXAMPLE, query=None)
    assert SHIPPED.chat("qmsum", silent, (), Shown(False, True))[-1]["content"].endswith(
        "Write a short summary of the meeting above in a few sentences."
    )


def test_examples_in_context_are_turns_of_the_chat() -> None:
    shown = Shown(state=True, query=False)
    chat = SHIPPED.chat("todsum", EXAMPLE, OTHERS[:2], shown)
    assert [message["role"] for message in chat] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert chat[2]["content"] == " ".join(OTHERS[0].summary)
    alone = [SHIPPED.chat("todsum", one, (), shown)[-1] for one in (*OTHERS[:2], EXAMPLE)]
    assert [chat[1], chat[3], chat[5]] == alone
    assert not any(sentence in message["content"] for sentence in EXAMPLE.summary for message in chat)


def test_other_data_sets_have_a_prompt_too() -> None:
    text = SHIPPED.chat("samsum", EXAMPLE, (), Shown(state=True, query=True))[-1]["content"]
    assert "<state>\ntaxi inform" in text and "user: i am anna ." in text and text.endswith("where is anna ?")


def test_a_dialogue_is_data_and_no_template() -> None:
    nasty = "{{ 7 * 7 }} {% for x in y %} <b>&amp;</b> {# c #}"
    content = SHIPPED.chat("todsum", replace(EXAMPLE, turns=(Turn("user", nasty),)), (), Shown(False, False))[-1]
    assert nasty in content["content"]


def test_a_prompt_of_ones_own(tmp_path: Path) -> None:
    prompts = own(
        tmp_path, todsum="{% block system %} {% endblock %}{% block user %}{{ turns | length }}{% endblock %}"
    )
    assert prompts.chat("todsum", EXAMPLE, (), Shown(False, False)) == ({"role": "user", "content": "3"},)
    assert prompts.sha256 != SHIPPED.sha256


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no blocks", "no block system; it needs system and user"),
        ("{% block system %}{% endblock %}", "no block user"),
        ("{% block system %}{{ nosuch }}{% endblock %}", "block system can't be filled in: 'nosuch' is undefined"),
        ("{% block system %}{{ turns.__class__.__mro__ }}{% endblock %}", "can't be filled in"),
        ("{% block system %}{{ turns.append(1) }}{% endblock %}", "can't be filled in"),
        ("{% block system %}{{ 1 // 0 }}{% endblock %}", "can't be filled in"),
        ("{% block system %}{{ 'x' * 9999999999 }}{% endblock %}", "can't be filled in: * is only for numbers"),
        ("{% block system %}{{ 9 ** 99 }}{% endblock %}", "can't be filled in: ** is only for numbers"),
        ("{% block system %}{{ '%999999999d' % 1 }}{% endblock %}", "can't be filled in: % is only for numbers"),
        ("{% block system %}{{ {}['x'] + 1 }}{% endblock %}", "can't be filled in"),
        ("{% block system %}{% include '/etc/passwd' %}{% endblock %}", "no such prompt; there is todsum.j2"),
        ("\n{% block system %}{% if %}{% endblock %}", "todsum.j2: line 2: "),
    ],
)
def test_broken_prompts_are_told_by_file(tmp_path: Path, text: str, reason: str) -> None:
    prompts = own(tmp_path, todsum=text)
    with pytest.raises(TodsumError) as caught:
        prompts.chat("todsum", EXAMPLE, (), Shown(False, False))
    assert reason in str(caught.value)


def test_prompts_that_are_not_there(tmp_path: Path) -> None:
    only = own(tmp_path, todsum="x")
    with pytest.raises(TodsumError, match=r"other\.j2: no such prompt; there is todsum\.j2"):
        only.chat("other", EXAMPLE, (), Shown(False, False))
    (tmp_path / "todsum.j2").unlink()
    with pytest.raises(TodsumError, match="no prompts here"):
        Prompts.of(str(tmp_path))
    (tmp_path / "x.j2").write_bytes(b"\xff")
    with pytest.raises(TodsumError, match=r"x\.j2: not UTF-8 at byte 0"):
        Prompts.of(str(tmp_path))
    (tmp_path / "x.j2").write_bytes(b" " * (1 << 17))
    with pytest.raises(TodsumError, match="more than the 65536 that are allowed"):
        Prompts.of(str(tmp_path))
