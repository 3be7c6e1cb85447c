"""How the embedded backbone ``todsum-mini`` is made: its corpus, its tokenizer, its training, the test of copying."""
