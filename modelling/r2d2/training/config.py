"""What a training run can be told, each stage by its own options (see `config_file`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from r2d2.architecture import R2D2Config


@dataclass(frozen=True)
class AlignConfig:
    """The dual encoder's heads on frozen features (global contrastive pre-ranking)."""

    epochs: int = 30
    batch: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    dropout: float = 0.2
    temperature: float = 0.05
    # Target-guided distillation: share of the momentum model's softmax in the targets.
    soft_targets: float = 0.0
    # The momentum model is not heard before this epoch: it has to be of some use first, and to move
    # so slowly that a queue's entries cannot be told by their age.
    momentum_from_epoch: int = 5
    # Queues of the momentum model's embeddings (MoCo): further negatives, so many on each side.
    queue: int = 0
    # Feature-guided distillation: weight of the distance to the momentum model's embeddings.
    feature_targets: float = 0.0
    # Cross encoder → dual encoder distillation: weight of the order that the ranker of the run to
    # begin with gives a batch.
    rank_targets: float = 0.0
    # Batches of photos that look alike to the heads as they are (GRIT-VLP), chained within groups
    # of so many photos; 0 draws them at random.
    grouped: int = 0
    # Photos that go through the heads at once, where a batch is larger than memory allows
    # (ZeroVL's decoupled gradient accumulation); 0 takes the whole batch.
    chunk: int = 0
    # Cuts of captions that stand beside whole ones, so that short queries work.
    fragments: float = 0.0
    # Share of the phrases' teacher in their targets, and the power that its scores are raised to
    # (see `phrase_teacher`).
    phrase_targets: float = 0.0
    phrase_sharpness: float = 3.0
    # Coin-flip mixup (ZeroVL): share of steps that mix photos or texts.
    mixup: float = 0.0
    feature_noise: float = 0.0
    # Each step takes one source alone (ZeroVL's debiased sampling) instead of all of them.
    one_source: bool = False
    # Classifier as a teacher over the 1,000 class names.
    name_weight: float = 0.5
    name_temperature: float = 0.03
    label_weight: float = 0.3
    # Every fifth class of each labelled set stays out, to measure labels that nobody trained on.
    leave_classes_out: bool = True


@dataclass(frozen=True)
class TuneConfig:
    """An encoder's last layers, tuned under heads of their own (see `tuning`)."""

    # 0 leaves the encoder as pretrained.
    epochs: int = 0
    # The heads learn alone for so long: from random ones the encoder would learn nothing good.
    frozen_epochs: int = 15
    # The encoder's; that of the heads is in `align`.
    learning_rate: float = 1e-4
    # Weight of what is kept of the pretrained encoder: what the classifier says of photos, where
    # the pieces of the vocabulary lie to each other.
    keep: float = 0.0
    width: int = 384
    hidden: int = 512
    align: AlignConfig = field(default_factory=AlignConfig)


@dataclass(frozen=True)
class TuneTextConfig(TuneConfig):
    """The text encoder's last `layers` (see `text_layers`)."""

    layers: int = 4
    dropout: float = 0.1
    # Epochs of a second round, from where the first one ended and under heads that begin anew:
    # there is more to learn from those than from heads that have the captions by heart.
    again_epochs: int = 0


@dataclass(frozen=True)
class ExpertPlan:
    """One expert of the dual encoder: members with seeds of their own, joined into one head."""

    name: str
    # Values of the embedding, and of each member's before they are joined.
    width: int = 384
    member_width: int = 384
    hidden: int = 512
    members: int = 1
    align: AlignConfig = field(default_factory=AlignConfig)


@dataclass(frozen=True)
class DistilConfig:
    """The photo encoder, taught by the mean of its own readings of a photo (see `view_teacher`)."""

    # 0 leaves it as the stages before trained it.
    epochs: int = 0
    batch: int = 256
    learning_rate: float = 2e-4
    # The sizes that the teacher reads photos at, each plain and mirrored.
    sizes: tuple[int, ...] = (224, 256, 288)
    # How far the weights go towards what they have learned (WiSE-FT): photos that were learned from
    # are known by heart. On others weights halfway find as much as those at the end, and short
    # queries stay nearer to what they found.
    share: float = 0.5


@dataclass(frozen=True)
class RankConfig:
    """The places of cells and words that the ranker compares (late interaction)."""

    epochs: int = 20
    batch: int = 128
    # Cells of a photo that one step sees.
    cells: int = 36
    # Target-guided distillation: share of the dual encoder's softmax in the targets.
    soft_targets: float = 0.2
    # Batches of photos that the dual encoder holds for alike (GRIT-VLP), chained within groups of
    # so many photos; 0 draws them at random.
    grouped: int = 0
    # Weight of phrases, each against all photos of a batch, the share of their teacher in the
    # targets, and the power that its scores are raised to (see `phrase_teacher`).
    phrases: float = 0.0
    phrase_targets: float = 1.0
    phrase_sharpness: float = 3.0
    # Weight of binary matching against hard negatives, which are drawn by similarity.
    matching: float = 0.0
    # Enhanced training: weight of telling hidden pieces from the photo. Texts are then read with
    # `masked_share` of their pieces hidden.
    masked_words: float = 0.0
    masked_share: float = 0.15
    # Feature-guided distillation: weight of the distance to the momentum model's places, which has
    # read the whole text while the student read the masked one.
    feature_targets: float = 0.0
    dropout: float = 0.25
    learning_rate: float = 6e-4
    weight_decay: float = 0.1
    # Set after training, when photos are no longer known by heart (see `temper`).
    final_sharpness: float = 20.0
    word_contrast: float = 0.7

    @property
    def reads_masked(self) -> bool:
        """Whether training reads texts with hidden pieces."""
        return bool(self.masked_words or self.feature_targets)


@dataclass(frozen=True)
class CaptionConfig:
    """The captioner on frozen image tokens (`r2d2 train-captioner`)."""

    epochs: int = 30
    # Photos a step, and captions of each photo in it that people wrote in Chinese.
    photos: int = 32
    captions: int = 3
    # Beside them one caption of each photo: in English in this share of the steps, else a
    # machine-translated one.
    english: float = 0.6
    # Longer captions are not learned from.
    longest: int = 24
    learning_rate: float = 8e-4
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    dropout: float = 0.2
    # Share of image tokens that are hidden in a step.
    hidden_tokens: float = 0.1
    average: float = 0.995
    # Epochs without a better CIDEr after which a run ends.
    patience: int = 6
    vocabulary: int = 5000
    layers: int = 3
    width: int = 256
    heads: int = 4
    mlp_width: int = 1024
    max_tokens: int = 40


@dataclass(frozen=True)
class TrainConfig:
    """A whole run."""

    seed: int = 0
    views: int = 2
    model: R2D2Config = field(default_factory=R2D2Config)
    tune: TuneConfig = field(default_factory=TuneConfig)
    tune_text: TuneTextConfig = field(default_factory=TuneTextConfig)
    experts: tuple[ExpertPlan, ...] = (ExpertPlan("all"),)
    # How the gate that mixes the experts is trained.
    gate: AlignConfig = field(default_factory=AlignConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    rank: RankConfig = field(default_factory=RankConfig)
    caption: CaptionConfig = field(default_factory=CaptionConfig)

    @property
    def batches(self) -> set[int]:
        """Photos in a batch of each stage that is trained; with fewer, a stage has no step."""
        aligned = [plan.align for plan in self.experts]
        aligned += [tune.align for tune in (self.tune, self.tune_text) if tune.epochs]
        if len(self.experts) > 1:
            aligned.append(self.gate)
        batches = {self.rank.batch, *(own.batch for own in aligned)}
        return batches | {self.distil.batch} if self.distil.epochs else batches

    @property
    def needs_ranker(self) -> bool:
        """Whether an expert learns from the ranker of a finished run."""
        return any(plan.align.rank_targets for plan in self.experts)
