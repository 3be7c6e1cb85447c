"""Errors about one dialogue, in the words of many servers, and errors about all of them."""

from __future__ import annotations

import pytest

from tests.methods.llm.conftest import KEY
from todsum.methods.llm.answer import TOO_LONG
from todsum.methods.llm.key import Key
from todsum.methods.llm.no_answer import answer_of_reply
from todsum.methods.llm.words import words_of

KEYED = Key("K", KEY)

LONG = [
    (
        400,
        '{"error": {"message": "This model\'s maximum context length is 8192 tokens. However, you '
        "requested 9000 tokens (8744 in the messages, 256 in the completion). Please reduce the "
        'length of the messages or completion.", "type": "invalid_request_error", "param": '
        '"messages", "code": "context_length_exceeded"}}',
    ),
    (
        400,
        '{"error": {"message": "Input tokens exceed the configured limit of 272000 tokens.", '
        '"code": "invalid_request_error"}}',
    ),
    (
        400,
        '{"error": {"message": "Invalid \'messages[0].content\': string too long.", "code": '
        '"string_above_max_length"}}',
    ),
    (
        400,
        '{"object": "error", "message": "The decoder prompt (length 5000) is longer than the '
        'maximum model length of 4096.", "type": "BadRequestError", "code": 400}',
    ),
    (
        400,
        '{"object": "error", "message": "\'max_tokens\' is too large: 256. This model\'s maximum '
        'context length is 2048 tokens and your request has 1900 input tokens", "code": 400}',
    ),
    (
        400,
        '{"error": {"code": 400, "message": "the request exceeds the available context size, try '
        'increasing it", "type": "exceed_context_size_error", "n_prompt_tokens": 5000}}',
    ),
    (
        500,
        '{"error": {"code": 500, "message": "the request exceeds the available context size. try '
        'increasing the context size", "type": "server_error"}}',
    ),
    (400, '{"error": {"message": "prompt too long; exceeded max context length by 12 tokens"}}'),
    (400, '{"error": "the input length exceeds the context length"}'),
    (
        422,
        '{"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. '
        'Given: 5000 `inputs` tokens and 256 `max_new_tokens`", "error_type": "validation"}',
    ),
    (
        422,
        '{"error": "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",'
        ' "error_type": "validation"}',
    ),
    (413, '{"message": "Request Entity Too Large"}'),
    (413, ""),
    (
        400,
        '{"object": "error", "message": "The input (4097 tokens) is longer than the model\'s context'
        ' length (4096 tokens)."}',
    ),
    (
        400,
        '{"error": {"message": "Requested tokens (5000) exceed context window of 2048", "type": '
        '"internal_server_error"}}',
    ),
    (
        400,
        '{"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum", "type": "invalid_request_error"}}',
    ),
    (
        400,
        '{"message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with '
        '32768 maximum context length", "code": 3051}',
    ),
    (
        400,
        '[{"error": {"code": 400, "message": "The input token count (1200000) exceeds the maximum '
        'number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}}]',
    ),
    (400, '{"error": {"message": "Range of input length should be [1, 30720]", "code": "InvalidParameter"}}'),
    (400, '{"error": {"code": "1261", "message": "Prompt 超长"}}'),
    (400, '{"error": {"message": "Invalid request: Your request exceeded model token limit: 8192"}}'),
    (
        400,
        '{"error": {"message": "This model\'s maximum prompt length is 131072 but the request '
        'contains 300000 tokens."}}',
    ),
    (
        400,
        '{"error": "Trying to keep the first 5000 tokens when context the overflows. However, the '
        'model is loaded with context length of only 4096 tokens"}',
    ),
    (400, '{"message": "Input is too long for requested model."}'),
    (400, '{"message": "too many tokens: size limit exceeded by 2301 tokens."}'),
    (400, '{"error": {"message": "litellm.ContextWindowExceededError: x", "type": "ContextWindowExceededError"}}'),
    (
        429,
        '{"error": {"message": "Request too large for m on tokens per min (TPM): Limit 6000, '
        'Requested 7000", "code": "rate_limit_exceeded"}}',
    ),
]
OTHERS = [
    (400, '{"error": {"message": "unknown field top_q"}}'),
    (
        400,
        '{"error": {"message": "max_tokens is too large: 100000. This model supports at most 16384 '
        'completion tokens"}}',
    ),
    (400, '{"object": "error", "message": "top_p: Input should be greater than 0, input: 0"}'),
    (422, '{"detail": [{"loc": ["body", "n"], "msg": "Input should be greater than or equal to 1"}]}'),
    (400, '{"error": {"message": "This request has max_tokens that is too large: 100000"}}'),
    (400, '{"error": {"message": "temperature must be <= 2"}}'),
    (401, '{"error": {"message": "prompt is too long: 5 tokens", "code": "invalid_api_key"}}'),
    (403, '{"error": {"message": "The input is too long for your plan"}}'),
    (404, '{"error": {"message": "no model m with context length 4096", "code": "model_not_found"}}'),
    (400, '{"error": {"message": "no model with that context length", "code": 404}}'),
    (429, '{"error": {"message": "Rate limit reached: too many tokens per minute, please wait"}}'),
    (429, '{"error": {"message": "Your requests exceeded the limit of tokens"}}'),
    (500, '{"error": {"message": "CUDA out of memory"}}'),
    (503, "overloaded"),
    (400, '{"choices": [{"message": {"content": "the maximum context length is 5"}}]}'),
]


@pytest.mark.parametrize(("status", "body"), LONG)
def test_a_request_that_is_too_long_is_an_answer_that_is_missing(status: int, body: str) -> None:
    answer = answer_of_reply(status, body.encode(), KEYED)
    assert answer is not None and (answer.finish_reason, answer.lack, answer.summary) == (TOO_LONG, "too_long", "")
    assert (answer.refusal or "") == words_of(body.encode(), KEYED), "in the server's words"


@pytest.mark.parametrize(("status", "body"), OTHERS)
def test_other_errors_are_about_all_requests(status: int, body: str) -> None:
    assert answer_of_reply(status, body.encode(), KEYED) is None


def test_the_key_is_taken_out() -> None:
    answer = answer_of_reply(400, f"prompt is too long for {KEY}".encode(), KEYED)
    assert answer is not None and KEY not in answer.model_dump_json()
