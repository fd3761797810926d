"""Flair: a tagger's LSTM over packed sentences, and a language model that keeps its state.

The tagger's trainer takes a plugin. The language model's does not: a hook on all optimizers.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import flair
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import OneHotEmbeddings
from flair.models import LanguageModel, SequenceTagger
from flair.trainers import ModelTrainer
from flair.trainers.language_model_trainer import LanguageModelTrainer, TextCorpus
from flair.trainers.plugins import TrainerPlugin
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from tests.integration.check import check, recording

flair.device = torch.device("cpu")


class Record(TrainerPlugin):
    """Records every step of the optimizer."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.writer, self.count = SummaryWriter(str(log)), 0

    @TrainerPlugin.hook
    def after_setup(self, **_: Any) -> None:
        model = self.trainer.model
        self.recorder = rnnbow.Recorder(model, self.writer, every=1, sequences=None)

    @TrainerPlugin.hook
    def before_training_optimizer_step(self, **_: Any) -> None:
        self.recorder.step(self.count)
        self.count += 1

    @TrainerPlugin.hook
    def after_training(self, **_: Any) -> None:
        self.recorder.close()
        self.writer.close()


def sentence() -> Sentence:
    words = Sentence(random.choices("abcd", k=random.randint(3, 12)))
    for word in words:
        word.add_label("kind", "early" if word.text in "ab" else "late")
    return words


def tagger(log: Path | None) -> nn.Module:
    train, dev, test = (FlairDatapointDataset([sentence() for _ in range(n)]) for n in (32, 4, 4))
    corpus = Corpus(train, dev, test)
    model = SequenceTagger(
        embeddings=OneHotEmbeddings.from_corpus(corpus, embedding_length=8, min_freq=1),
        tag_dictionary=corpus.make_label_dictionary("kind", add_unk=False),
        tag_type="kind",
        hidden_size=16,
        rnn_layers=2,
    )
    plugins = [] if log is None else [Record(log)]
    ModelTrainer(model, corpus).train("out", max_epochs=1, mini_batch_size=8, plugins=plugins)
    return model


def language_model(log: Path | None) -> nn.Module:
    Path("corpus/train").mkdir(parents=True)
    for name, size in (("train/1", 800), ("valid", 200), ("test", 200)):
        Path(f"corpus/{name}.txt").write_text("".join(random.choices("abcd ", k=size)))
    letters = Dictionary()
    for letter in "abcd \n":
        letters.add_item(letter)
    model = LanguageModel(letters, True, hidden_size=16, nlayers=2, embedding_size=8)
    trainer = LanguageModelTrainer(model, TextCorpus("corpus", letters, True))
    count = iter(range(10**6))
    with recording(model, log) as recorder:
        hook = register_optimizer_step_pre_hook(lambda *_: recorder.step(next(count)))
        trainer.train("out", sequence_length=20, mini_batch_size=5, max_epochs=1, num_workers=0)
        hook.remove()
    return model


if __name__ == "__main__":
    passed = [
        check("SequenceTagger", tagger, ["rnn/l0", "rnn/l0_reverse", "rnn/l1", "rnn/l1_reverse"]),
        check("LanguageModel", language_model, ["rnn/l0", "rnn/l1"]),
    ]
    sys.exit(not all(passed))
