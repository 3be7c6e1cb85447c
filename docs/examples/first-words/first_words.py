"""A method in a package of its own: a dialogue's first words, as many as the training references have on average."""

from pydantic import Field

from todsum.methods.base import Method, MethodSettings


class Settings(MethodSettings):
    """Checked when a suite is read; part of the cell's key."""

    share: float = Field(default=1.0, gt=0)
    """Length of a summary, as a share of the mean length of the training references."""


class FirstWords(Method[Settings]):
    """Learns one number."""

    Settings = Settings
    needs_training_split = True

    def fit(self, train, dev, context):
        """Learns from the training examples."""
        self.words = round(self.settings.share * sum(len(" ".join(e.summary).split()) for e in train) / len(train))

    def summarize(self, examples):
        """One summary an example."""
        return [" ".join(" ".join(turn.text for turn in e.turns).split()[: self.words]) for e in examples]

    def save(self, folder):
        """Writes what was learnt."""
        (folder / "words.txt").write_text(str(self.words))

    def load(self, folder, context):
        """Reads what was learnt."""
        self.words = int((folder / "words.txt").read_text())
