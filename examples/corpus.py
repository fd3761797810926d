"""Real C source for the character model, from what every machine that runs it already has."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

SUFFIXES = (".c", ".h")


class CorpusError(ValueError):
    """The corpus cannot be trained on; the message says why and what to give instead."""


@dataclass(frozen=True)
class Corpus:
    """Text as ids. `ids`: int64 `[characters]`; `vocabulary[id]` is the character."""

    ids: torch.Tensor
    vocabulary: list[str]
    files: int


def default_paths() -> list[Path]:
    """The C headers that numpy installs and, where present, Python's own."""
    candidates = [Path(np.get_include()), Path(sysconfig.get_paths()["include"])]
    return [path for path in candidates if path.is_dir()]


def load(paths: Sequence[Path]) -> Corpus:
    """Read every C file under `paths` (a file given by name is read whatever its suffix).

    Raises:
        CorpusError: a path is missing, is not text, or there is nothing to read.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
        elif path.is_file():
            files.append(path)
        else:
            raise CorpusError(f"{path} does not exist. Give --corpus a text file or a folder.")
    text = "".join(_read(file) for file in files)
    if not text.strip():
        raise CorpusError(
            f"found no text in {', '.join(map(str, paths))}: {len(files)} file(s). A folder is "
            f"searched for {' and '.join(SUFFIXES)} files; name other files one by one."
        )
    vocabulary = sorted(set(text))
    index = {character: i for i, character in enumerate(vocabulary)}
    ids = torch.tensor([index[character] for character in text], dtype=torch.int64)
    return Corpus(ids, vocabulary, len(files))


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{file} is not UTF-8 text ({error.reason} at {error.start}).") from None
    except OSError as error:
        raise CorpusError(f"{file} cannot be read: {error.strerror}.") from None
    if "\0" in text:
        raise CorpusError(f"{file} holds null characters: it is not text.")
    return text


def streams(ids: torch.Tensor, batch_size: int, sequence_length: int) -> torch.Tensor:
    """Cut the text into `batch_size` parts that are read side by side: int64 `[batch, part]`.

    Row n of one batch goes on where row n of the batch before ended, so that the hidden state
    can be carried over.

    Raises:
        CorpusError: the text is too short for one batch.
    """
    part = len(ids) // batch_size
    if part < sequence_length + 1:
        raise CorpusError(
            f"the corpus has {len(ids)} characters; one batch of {batch_size} sequences of "
            f"{sequence_length} needs {batch_size * (sequence_length + 1)}. Give more text with "
            "--corpus, or lower --batch-size or --sequence-length."
        )
    return ids[: batch_size * part].view(batch_size, part)
