"""Going on from a finished model with other or more data.

What calibration and tempering did to the ranker is undone: it stands for photos never seen, and
training starts where training had ended.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from r2d2.architecture import R2D2, R2D2Config, RankerConfig
from r2d2.architecture.late_interaction import LateInteraction
from r2d2.architecture.model import load_checkpoint
from r2d2.data.corpus import Corpus
from r2d2.errors import R2D2Error
from r2d2.tokenizer import read_tokenizer
from r2d2.training.align import member_heads
from r2d2.training.config import AlignConfig
from r2d2.training.dual_heads import DualHeads
from r2d2.training.rank_teacher import RankTeacher
from r2d2.training.run_folder import read_notes


@dataclass(frozen=True)
class Start:
    """A finished model, its tokenizer, and how much flatter its weights of words were made."""

    model: R2D2
    tokenizer: Tokenizer
    word_contrast: float
    sharpness: float = RankerConfig.sharpness
    """The ranker's while it learned."""

    @classmethod
    def load(cls, run: Path, experts: int) -> Start:
        """Opens the checkpoint, the tokenizer and the options in a run's folder.

        Raises `R2D2Error` where one of them is missing, or where the model has not as many experts
        as are to be trained further.
        """
        model, _ = load_checkpoint(run / "checkpoint.pt")
        options = read_notes(run)
        if not options:
            raise R2D2Error(f"{run} has no options.json, which says how its ranker was tempered")
        found = len(model.config.experts)
        if found != experts:
            raise R2D2Error(
                f"the model in {run} has experts: {found}; the configuration has {experts}, one"
                " [[expert]] for each"
            )
        tokenizer = read_tokenizer(run / "tokenizer.json")
        sharpness = options["model"]["ranker"]["sharpness"]
        return cls(model, tokenizer, options["rank"]["word_contrast"], sharpness)

    def sizes(self, wanted: R2D2Config) -> R2D2Config:
        """The model's sizes, but for what training sets on its own."""
        return replace(self.model.config, ranker=wanted.ranker)

    def expert(self, index: int, options: AlignConfig) -> DualHeads:
        """The embedding heads of one expert, to be trained on."""
        model = self.model
        heads = member_heads(model.config, model.config.experts[index], options)
        image, text = model.image_encoder.embedding_head, model.text_encoder.embedding_head
        heads.image.expert(0).load_state_dict(image.expert(index).state_dict())
        heads.text.expert(0).load_state_dict(text.expert(index).state_dict())
        return heads

    def rank_teacher(self, corpus: Corpus) -> RankTeacher:
        """The ranker as a teacher, with the scales of training."""
        model = copy.deepcopy(self.model)
        model.ranker.sharpness = self.sharpness
        self.start_ranker(model)
        return RankTeacher(model.eval(), corpus)

    @torch.no_grad()
    def start_ranker(self, model: R2D2) -> None:
        """Gives a model this one's places and ranker as they were before `temper`.

        What a word contrast of 0 made of the weights of words stays: all words count alike.
        """
        pairs = (
            (model.image_encoder.token_head, self.model.image_encoder.token_head),
            (model.text_encoder.token_head, self.model.text_encoder.token_head),
            (model.ranker, self.model.ranker),
        )
        for own, theirs in pairs:
            own.load_state_dict(theirs.state_dict())
        model.image_encoder.positions.copy_(self.model.image_encoder.positions)
        if self.word_contrast:
            model.ranker.text_side.weight.weight.div_(self.word_contrast)
        fresh = LateInteraction(model.ranker.place)
        for side in (model.ranker.text_side, model.ranker.image_side):
            side.log_scale.copy_(fresh.log_scale)
            side.shift.copy_(fresh.shift)
            side.whole_scales.copy_(fresh.whole_scales)
