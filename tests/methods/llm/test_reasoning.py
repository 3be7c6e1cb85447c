from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.methods.llm.reasoning import holds_mark, without_reasoning

SUMMARY = "The user asks for a taxi to Ely at 17:15.\nIt is booked: a red Tesla."
THOUGHT = "The user wants a train to Cambridge.\n\nWait, no: a taxi. Let me write it."

#: By where it is written so: %T is the reasoning, %A the answer.
SPELLINGS = {
    "deepseek, qwen": "<think>\n%T\n</think>\n\n%A",
    "opened in the prompt": "%T\n</think>\n\n%A",
    "not thinking": "<think>\n\n</think>\n\n%A",
    "a void tag": "<think/>\n%A",
    "capitals": "<THINK>%T</THINK>%A",
    "blanks": "< think >%T</ think >\n%A",
    "attributes": '<thinking type="long" budget=4>%T</thinking>\n%A',
    "thinking": "<thinking>%T</thinking>\n%A",
    "thought": "<thought>\n%T\n</thought>\n%A",
    "Thoughts": "<Thoughts>\n%T\n</Thoughts>\n%A",
    "reasoning": "<reasoning>\n%T\n</reasoning>\n\n%A",
    "reason": "<reason>%T</reason>%A",
    "reflection": "<thinking>%T<reflection>%T</reflection></thinking>\n<output>\n%A\n</output>",
    "analysis": "<analysis>%T</analysis>%A",
    "scratchpad": "<scratchpad>%T</scratchpad>%A",
    "inner monologue": "<inner_monologue>%T</inner_monologue>%A",
    "seed": "<seed:think>%T</seed:think>%A",
    "longcat": "<longcat_think>%T</longcat_think>%A",
    "chain of thought": "<chain_of_thought>%T</chain_of_thought>%A",
    "magistral": "[THINK]%T[/THINK]%A",
    "kimi": "◁think▷%T◁/think▷%A",
    "kimi, opened in the prompt": "%T◁/think▷%A",
    "bars": "<|think|>%T<|/think|>%A",
    "full-width bars": "<\uff5cthink\uff5c>%T<\uff5c/think\uff5c>%A",
    "openthinker": ("<|begin_of_thought|>%T<|end_of_thought|>\n\n<|begin_of_solution|>\n%A\n<|end_of_solution|>"),
    "cohere": "<|START_THINKING|>%T<|END_THINKING|><|START_RESPONSE|>%A<|END_RESPONSE|>",
    "apertus": "<|inner_prefix|>%T<|inner_suffix|>%A",
    "gemma": "<|channel>thought\n%T\n<channel|>%A",
    "medgemma": "<unused94>thought\n%T<unused95>%A",
    "hunyuan": "<think>\n%T\n</think>\n<answer>\n%A\n</answer>",
    "hunyuan, cut": "<think>\n%T\n</think>\n<answer>\n%A",
    "ernie": "<think>%T</think><response>%A</response>",
    "granite": "Here is my thought process:\n%T\nHere is my response:\n%A",
    "granite, in short": "Here's my thought process: %T Here's my response: %A",
    "ollama": "Thinking...\n%T\n...done thinking.\n\n%A",
    "open webui": '<details type="reasoning" done="true" duration="4"><summary>Thought</summary>\n> %T\n</details>\n%A',
    "escaped": "&lt;think&gt;%T&lt;/think&gt;%A",
    "harmony": ("<|channel|>analysis<|message|>%T<|end|><|start|>assistant<|channel|>final<|message|>%A<|return|>"),
    "harmony, cut": "<|channel|>analysis<|message|>%T<|end|><|start|>assistant<|channel|>final<|message|>%A",
    "harmony, opened in the prompt": "%T<|end|><|start|>assistant<|channel|>final<|message|>%A<|return|>",
    "harmony, all of it": (
        "<|start|>assistant<|channel|>analysis<|message|>%T<|end|><|start|>assistant<|channel|>commentary to=x "
        "<|constrain|>json<|message|>{}<|call|><|start|>assistant<|channel|>final <|constrain|>text<|message|>%A<|end|>"
    ),
    "harmony, no reasoning": "<|channel|>final<|message|>%A<|return|>",
    "harmony, its tokens taken out": "analysis%Tassistantfinal%A",
    "harmony, two of them": "analysis%Tassistantcommentary%Tassistantfinal%A",
    "twice": "<think>%T</think>\n<think>%T</think>\n%A",
    "two spellings": "<think>%T</think>\n[THINK]%T[/THINK]\n%A",
    "nested": "<think>%T<think>%T</think>%T</think>%A",
    "nested, two spellings": "<think>%T<thinking>%T</thinking>%T</think>%A",
    "closed by another spelling": "<think>%T</thinking>%A",
    "an opening mark is mentioned": "<think>I write after <think> … %T</think>%A",
    "a closing mark is mentioned": "<think>I close with </think> and %T</think>%A",
    "a tag on lines": "<think\n>%T</think\n>%A",
    "thinking process": "<thinking_process>%T</thinking_process>\n%A",
    "reasoning content": "<reasoning-content>%T</reasoning-content>\n%A",
    "thinking fast": "<think_fast>%T</think_fast>%A",
    "begin and end behind": "<|thought_begin|>%T<|thought_end|>%A",
    "start and end behind": "<|thinking_start|>%T<|thinking_end|>%A",
    "words joined by U+2581": "<\uff5cbegin\u2581of\u2581think\uff5c>%T<\uff5cend\u2581of\u2581think\uff5c>%A",
    "chain of thought, in short": "<cot>%T</cot>%A",
    "rationale": "<rationale>%T</rationale>%A",
    "reflect": "<reflect>%T</reflect>%A",
    "full-width angles": "\uff1cthink\uff1e%T\uff1c/think\uff1e%A",
    "escaped as JSON": r"\u003cthink\u003e%T\u003c/think\u003e%A",
    "an escaped slash": r"<think>%T<\/think>%A",
    "escaped twice": "&amp;lt;think&amp;gt;%T&amp;lt;/think&amp;gt;%A",
    "kimi, with blanks": "◁ think ▷%T◁/ think ▷%A",
    "in brackets": "[REASONING]%T[/REASONING]\n%A",
    "in brackets, as is the answer": "[THOUGHT]\n%T\n[ANSWER]\n%A",
    "fenced": "```thinking\n%T\n```\n%A",
    "in a comment": "<!-- thinking: %T -->\n%A",
    "under a heading": "**Thinking:**\n%T\n\n**Answer:**\n%A",
    "under a plain heading": "Reasoning: %T\n\nFinal answer: %A",
    "in a box": "<think>%T</think><|begin_of_box|>%A<|end_of_box|>",
    "harmony, no mark of the message": "<|channel|>analysis %T<|end|><|channel|>final %A",
    "harmony, capitals": "<|channel|>ANALYSIS<|message|>%T<|end|><|start|>assistant<|channel|>FINAL<|message|>%A",
    "harmony, its tokens taken out, on lines": "analysis\n%T\nassistantfinal\n%A",
    "an escaped left angle": r"\<think\>%T\</think\>%A",
    "escaped by number": "&#60;think&#62;%T&#60;/think&#62;%A",
    "escaped by hexadecimal number": "&#x3c;think&#x3E;%T&#x3c;/think&#x3E;%A",
    "escaped as in an address": "%3Cthink%3E%T%3C/think%3E%A",
    "solar": "<|begin|>assistant<|think|>%T<|end|><|begin|>assistant<|content|>%A<|end|>",
    "solar, opened in the prompt": "<|think|>%T<|end|><|begin|>assistant<|content|>%A",
    "kat, not thinking": "<think_off>\n%A",
    "kat, thinking": "<think_on>\n<think>%T</think>\n<answer>%A</answer>",
    "s1": "<|im_start|>think\n%T\n<|im_start|>answer\n%A",
    "pangu": "[unused16]%T[unused17]\n%A",
    "in small and large letters": "<antThinking>%T</antThinking>%A",
    "ollama, one sign": "Thinking\u2026\n%T\n\u2026done thinking.\n\n%A",
    "details alone": "<details>\n<summary>Thinking for 5 s</summary>\n%T\n</details>\n\n%A",
    "a summary as a tag": "<thinking>%T</thinking>\n<summary>\n%A\n</summary>",
    "fenced by tildes": "~~~thinking\n%T\n~~~\n%A",
    "fenced by four": "````Thinking process\n%T\n````\n%A",
    "under a heading without a colon": "# Thinking\n%T\n\n## Summary\n%A",
    "under bold lines": "**Reasoning**\n%T\n\n**Final answer**\n%A",
    "under underlined words": "=== Thinking ===\n%T\n=== Answer ===\n%A",
    "under a heading, output": "Thought process:\n%T\n\nFinal output:\n%A",
    "harmony, its tokens taken out, with the role": "assistantanalysis%Tassistantfinal%A",
    "behind the answer": "%A\n<think>%T</think>",
    "behind the answer, cut": "%A\n<think>%T",
}


def spelled(spelling: str, summary: str = SUMMARY) -> str:
    return spelling.replace("%T", THOUGHT).replace("%A", summary)


@pytest.mark.parametrize("name", SPELLINGS)
def test_reasoning_in_any_spelling_leaves_the_answer(name: str) -> None:
    found = without_reasoning(spelled(SPELLINGS[name]))
    assert found.strip() == SUMMARY and not holds_mark(found)


@pytest.mark.parametrize(
    "text",
    [
        "<think>%T",
        "<think>%T<think>%T",
        "[THINK]%T",
        "<|channel|>analysis<|message|>%T",
        "<|channel|>analysis<|message|>%T<|end|><|start|>assistant",
        "analysis%T",
        "<|channel>thought\n%T",
        "Here is my thought process: %T",
        "%T</think>",
        "<think>%T</think>",
    ],
)
def test_reasoning_alone_leaves_nothing(text: str) -> None:
    assert without_reasoning(spelled(text)).strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "A taxi.",
        "a < b > c, and think of [it]",
        "Here is my response: a taxi.",
        "She is done thinking. The analysis is final.",
        "analysis of the final offer",
        "Analysis: The assistant final offer was 5.",
        "<answer>A taxi.</answer>",
        "<summary>A taxi.</summary>",
        "Thinking about a taxi...",
        "[laugh] A taxi.",
        "<unused93> x",
        "Reasoning: he was late.",
        "The summary: thinking, and [answer] it.",
        "```\nA taxi.\n```",
        "<!-- A taxi. -->",
        "# Summary\nA taxi.",
        "**Summary**\nA taxi.",
        "<details><summary>A taxi</summary>It is red.</details>",
        "[unused18] A taxi.",
        "Reasoning\nA taxi.\nSummary\nA car.",
        "The patient's thoughts:\nnone.\n\nSummary:\nall is well.",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert without_reasoning(text) == text and not holds_mark(text)


@given(st.text(alphabet=st.characters(exclude_characters="<[◁&>")))
def test_texts_without_brackets_stay(text: str) -> None:
    if not text.lstrip().lower().startswith(("analysis", "commentary", "here", "thinking")):
        assert without_reasoning(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<rethink_2>hm</rethink_2>A taxi.",
        "<my.thoughts>hm</my.thoughts>A taxi.",
        "[REASONING]hm A taxi.",
        "{think}hm{/think}A taxi.",
        "<think: hm>A taxi.",
        "◁reflect▷hm◁/reflect▷A taxi.",
        "A taxi. assistantfinal",
        "<think\u200b>hm</think\u200b>A taxi.",
        "<\uff54\uff48\uff49\uff4e\uff4b>hm A taxi.",
        "[|think|]hm[|/think|]A taxi.",
    ],
)
def test_what_looks_like_reasoning_in_other_spellings_is_found(text: str) -> None:
    assert holds_mark(without_reasoning(text))


@given(st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", "<|channel|>", "<|message|>", "final", "x ", "<"])))
def test_no_mark_that_is_known_is_left(pieces: list[str]) -> None:
    found = without_reasoning("".join(pieces))
    assert not any(mark in found for mark in ("<think>", "</think>", "[THINK]", "<|channel|>", "<|message|>"))


@pytest.mark.parametrize(
    "piece", ["<", "<think", "<think>", "</think>", "<think ", "<a-", "analysis", "<|channel|>", "[thought]"]
)
def test_the_time_grows_with_the_text(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    holds_mark(without_reasoning(text))
    assert time.process_time() - began < 3
