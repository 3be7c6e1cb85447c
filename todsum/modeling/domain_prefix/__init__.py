"""Domain-oriented prefix-tuning as a peft method: importing it makes the method known to peft.

Frozen backbone; prefixes at the encoder's and the decoder's self-attention and the cross-attention, started from domain
words (Zhao et al. 2022, arXiv 2204.04362). After::

    import todsum.modeling.domain_prefix
    model = get_peft_model(backbone, DomainPrefixConfig(sites=("enc", "dec", "cross")))
    model.base_model.init_from_words("default", word_ids)

it is trained, saved, loaded and switched as any adapter of peft's. Another domain's words take the place of the first
ones, without training, by ``swap_words``; in a batch of several domains, each example has its own::

    model.base_model.add_words("default", "taxi", taxi_word_ids)
    with model.base_model.use_words(["words", "taxi"]):
        model.generate(**batch, num_beams=4)
"""

from peft.utils import register_peft_method

from todsum.modeling.domain_prefix.configuration import DomainPrefixConfig, DomainPrefixError
from todsum.modeling.domain_prefix.model import DomainPrefixModel

__all__ = ["DomainPrefixConfig", "DomainPrefixError", "DomainPrefixModel"]

register_peft_method(
    name="domain_prefix", config_cls=DomainPrefixConfig, model_cls=DomainPrefixModel, prefix=DomainPrefixModel.prefix
)
