"""An untrained small encoder–decoder with a tokenizer of its own: a baseline without pretraining that runs anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from todsum.modeling.backbones import Backbone

WIDTH, LAYERS, HEADS, FEED_FORWARD = 192, 2, 4, 768
VOCABULARY = 4096
INIT_STD = 0.07
"""About 1/sqrt(WIDTH). With BART's 0.02 a model of this size ignores its source."""

SPECIAL = ("<pad>", "</s>")


def build(
    texts: Iterable[str],
    seed: int,
    max_positions: int,
    vocab_size: int = VOCABULARY,
    decoder_layers: int = LAYERS,
) -> Backbone:
    """An untrained pre-LN encoder–decoder (Pegasus, about 3.3 M parameters) and its tokenizer.

    Args:
        texts: what the tokenizer learns from: sources and summaries of the *training* examples, in a fixed order.
        seed: decides the weights. The global random state is left as it was.
        max_positions: tokens that source or summary may have.
        vocab_size: an upper bound; few texts give fewer tokens.
        decoder_layers: layers of the decoder.
    """
    import torch
    from transformers import GenerationConfig, PegasusConfig, PegasusForConditionalGeneration

    tokenizer = _tokenizer(texts, vocab_size)
    config = PegasusConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=max_positions,
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=decoder_layers,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=FEED_FORWARD,
        decoder_ffn_dim=FEED_FORWARD,
        dropout=0.0,  # a few thousand steps underfit; early stopping sees to the rest
        init_std=INIT_STD,
        scale_embedding=True,  # otherwise the position embeddings (of size 1) drown the words (of size INIT_STD)
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        forced_eos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = PegasusForConditionalGeneration(config)
    model.generation_config = GenerationConfig(pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
    return Backbone(model.eval(), tokenizer, causal=False)


def _tokenizer(texts: Iterable[str], vocab_size: int):  # type: ignore[no-untyped-def]
    """Byte-level BPE, lower-cased, digits one by one (times and prices are copied digit by digit)."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    end = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", end)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>")
