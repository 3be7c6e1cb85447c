"""The one reader of dialogues: plain text, exported chats, captions and lists, for every command and data set."""

from todsum.data.dialogues.doubts import Doubts
from todsum.data.dialogues.reading import Reading, speaker_pattern
from todsum.data.dialogues.text import read_text
from todsum.data.dialogues.values import read_dialogue

__all__ = ["Doubts", "Reading", "read_dialogue", "read_text", "speaker_pattern"]
