from __future__ import annotations

import time

import pytest

from todsum.methods.llm.refusal import is_refusal

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but I can’t assist with that request.",
    "I'm sorry, I can't assist with that.",
    "Sorry, but I can't help with that.",
    "I cannot assist with that.",
    "I can't help with that.",
    "I cannot.",
    "I'm sorry, I can't.",
    "I'm sorry. I can't do that.",
    "As an AI language model, I cannot summarize this conversation.",
    "As an AI language model, I am not able to summarize conversations that contain explicit content.",
    "As an AI, I'm unable to provide a summary of this dialogue.",
    "I apologize, but I cannot provide a summary of this conversation.",
    "I apologize, but I will not provide a summary of this content. It contains explicit material.",
    "I must respectfully decline to summarize this dialogue.",
    "I have to decline this request.",
    "I'm unable to assist with that request. Is there anything else I can help you with?",
    (
        "I cannot fulfill this request. I am just an AI model, it is not within my programming or "
        "ethical guidelines to do so."
    ),
    "I can't fulfil that request.",
    "Unfortunately, I cannot summarize this dialogue because it contains medical information.",
    "I'm not able to help with this. If you have another question, please let me know.",
    "I won't be able to summarize this dialogue.",
    "I do not feel comfortable summarizing this conversation.",
    "I don't feel comfortable generating a summary of this dialogue.",
    "I'm not comfortable providing a summary of this conversation.",
    "It would not be appropriate for me to summarize this conversation.",
    "It is not appropriate for me to summarize this.",
    "That's not something I can help with.",
    "I'm afraid I can't do that.",
    "Sorry, I cannot comply with this request.",
    "My apologies, but I'm not able to fulfill this request.",
    "I'm really sorry, but I'm unable to provide medical advice. Please consult a doctor.",
    "I understand you want a summary of this conversation, but I can't help with that.",
    "Thank you for sharing this, but I can't provide a summary of it.",
    "**I'm sorry, but I can't assist with that.**",
    "\"I'm sorry, but I can't assist with that.\"",
    "I'm just an AI language model and I can't provide a summary of this dialogue.",
    "I am programmed to be a harmless AI assistant. I can't summarize this.",
    "I'm sorry, but I can't summarize the conversation between the user and the agent.",
    "I cannot engage with this content.",
    "I cannot create content that is explicit.",
    "I can’t help with creating a summary of that dialogue. If you want, I can help with something else.",
    "I'm sorry, but as an AI language model, I don't have access to the dialogue.",
    "Unable to summarize this conversation.",
    "Cannot comply.",
    "I refuse to summarize this.",
    "I will not summarize this dialogue.",
    "We are unable to process your request.",
    "I'm sorry, but this request can't be fulfilled.",
    "This goes against my guidelines, so I can't help.",
    "I'm sorry, but I'm not able to provide that information. My guidelines don't allow it.",
    "I would rather not summarize this.",
    "Sorry—I can't help with that.",
    "I'm sorry, but I can't process this request: it violates our content policy.",
    "I cannot in good conscience summarize this dialogue.",
    "As a responsible AI assistant, I must decline to summarize this.",
    "I can't provide a summary of this conversation, as it contains harmful content.",
    "I am sorry, I am not able to answer that question.",
    "No, I can't help with that.",
    "I am unable to generate a summary for this conversation due to safety guidelines.",
]
OTHERS = [
    "I'm sorry, but I can't find a train at that time.",
    "I'm sorry, but I was unable to book that for you.",
    "The user says sorry and the agent cannot help with that.",
    "The user is sorry that the agent can't help.",
    "The agent says: I'm sorry, but I can't help with that.",
    "The agent apologizes because it cannot book the hotel, and the user asks for another.",
    "I'm sorry, but I can't provide a full summary. The user asks for a taxi to Ely at 17:15.",
    "I can't provide a full summary, but the user asked for a taxi to Ely.",
    "The doctor cannot provide a prescription.",
    "Sorry seems to be the word. They can't agree.",
    "Amanda is sorry she can't help Jerry.",
    "I need a taxi, and I can't wait.",
    "The patient says that he cannot do that.",
    "I am looking for a train to Ely. I do not care about the time.",
    "I can't help you with the hotel, but the restaurant nandos is booked. The reference number is 5. The user thanks.",
    "A taxi is booked.",
    "I do not have any allergies.",
    "Unable to walk.",
    "Unfortunately, the hotel is full. The agent offers another.",
    "As an industrial designer, he cannot provide a sample.",
    "Cannot sleep.",
    "I cannot sleep and I can not work.",
    "We can not change the design. The team agreed.",
    "The project manager declined to answer the question.",
    "No.",
    "None.",
    "Please provide the dialogue.",
    "I'm sorry, but I can't summarize it all. The user needs a taxi, and your agent books it.",
    "I can't help with that. " + "Please ask me something else. " * 30,
]


@pytest.mark.parametrize("text", REFUSALS)
def test_usual_wordings_are_refusals(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_tells_something_of_a_dialogue_is_none(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    "piece", ["i ", "sorry ", "i am ", "i can not ", "i really ", "but ", "not something i ", "- "]
)
def test_the_time_grows_with_the_text(piece: str) -> None:
    began = time.process_time()
    is_refusal(piece * (699 // len(piece)))
    is_refusal(piece * 100_000)
    assert time.process_time() - began < 1
