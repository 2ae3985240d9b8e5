"""Inputs and results of the image tasks, as `packages/contract/src/images-engine.ts` has them."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from minori_engine.errors import TaskFailure
from minori_engine.image.ops import ImageOps, Side
from minori_engine.image.pictures import Fault
from minori_engine.image.plugins import Plugin
from minori_engine.protocol import NaturalInt, PositiveInt

View = Literal["original", "steps", "patches", "train", "evaluation"]
ScoreColumn = Literal["diverse", "uncertain", "suspicious", "predicted", "confidence"]
Share = Annotated[float, Meta(ge=0, le=1)]
Paths = Annotated[list[str], Meta(min_length=1)]


class BuiltinEncoder(Struct, forbid_unknown_fields=True, tag_field="kind", tag="builtin"):
    name: Literal["efficientnet_lite0"]
    size: Annotated[int, Meta(ge=32, le=512)]


class FolderEncoder(Struct, forbid_unknown_fields=True, tag_field="kind", tag="folder"):
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    folder: str


Encoder = BuiltinEncoder | FolderEncoder


class FailedPicture(Struct, forbid_unknown_fields=True):
    index: NaturalInt
    fault: Fault


class AugmentationStep(Struct, forbid_unknown_fields=True):
    name: str
    p: Share | None
    params: dict[str, Any]


class AugmentationPlan(Struct, forbid_unknown_fields=True):
    library: Literal["builtin", "albumentations", "torchvision"]
    size: tuple[Side, Side] | None
    train: list[AugmentationStep]
    evaluation: list[AugmentationStep]


class EmbeddingFile(Struct, forbid_unknown_fields=True):
    path: str
    dimensions: PositiveInt


class DuplicatePair(Struct, forbid_unknown_fields=True):
    first: NaturalInt
    second: NaturalInt
    agreement: Share


class Probe(Struct, forbid_unknown_fields=True):
    labeled: PositiveInt
    classes: list[NaturalInt]
    accuracy: Share
    suspicious: NaturalInt


class KnownEmbeddings(EmbeddingFile, forbid_unknown_fields=True):
    encoder: str


class SurveyInput(Struct, forbid_unknown_fields=True):
    images: Paths
    labels: list[NaturalInt | None]
    classes: NaturalInt
    encoder: Encoder
    batch: PositiveInt
    folds: Annotated[int, Meta(ge=2, le=20)]
    known: KnownEmbeddings | None
    fingerprints: str | None


class SurveyFiles(Struct, forbid_unknown_fields=True):
    embeddings: str
    fingerprints: str
    scores: str


class SurveyResult(Struct, forbid_unknown_fields=True):
    encoder: str
    count: PositiveInt
    dimensions: PositiveInt
    new: list[NaturalInt]
    looked: list[NaturalInt]
    columns: list[ScoreColumn]
    files: SurveyFiles
    probe: Probe | None
    pairs: list[DuplicatePair]
    groups: list[Annotated[list[NaturalInt], Meta(min_length=2)]]
    failed: list[FailedPicture]


class EncoderInput(Struct, forbid_unknown_fields=True):
    encoder: FolderEncoder


class EncoderResult(Struct, forbid_unknown_fields=True):
    encoder: str
    kind: str
    height: PositiveInt
    width: PositiveInt
    dimensions: PositiveInt


class PreviewInput(Struct, forbid_unknown_fields=True):
    image: str
    preprocessing: ImageOps
    augmentation: AugmentationPlan
    plugins: str
    views: Annotated[list[View], Meta(min_length=1)]
    samples: Annotated[int, Meta(ge=1, le=32)]
    epoch: NaturalInt
    index: NaturalInt


class PreviewPicture(Struct, forbid_unknown_fields=True):
    view: View
    step: str | None
    number: NaturalInt
    file: str
    width: PositiveInt
    height: PositiveInt


class PreviewResult(Struct, forbid_unknown_fields=True):
    pictures: list[PreviewPicture]


class SheetPicture(Struct, forbid_unknown_fields=True):
    image: str
    index: NaturalInt
    caption: str


class SheetsInput(Struct, forbid_unknown_fields=True):
    what: Literal["preprocessing", "augmentation", "dataset"]
    pictures: Annotated[list[SheetPicture], Meta(min_length=1, max_length=64)]
    preprocessing: ImageOps
    augmentation: AugmentationPlan
    test: list[AugmentationStep]
    plugins: str
    samples: Annotated[int, Meta(ge=1, le=32)]
    batch: Annotated[int, Meta(ge=1, le=64)]


class Sheet(Struct, forbid_unknown_fields=True):
    name: str
    file: str
    width: PositiveInt
    height: PositiveInt


class SheetsResult(Struct, forbid_unknown_fields=True):
    sheets: list[Sheet]
    missing: list[str]


class ToolsInput(Struct, forbid_unknown_fields=True):
    plugins: str


class Library(Struct, forbid_unknown_fields=True):
    name: Literal["albumentations", "torchvision"]
    installed: bool


class ToolsResult(Struct, forbid_unknown_fields=True):
    plugins: list[Plugin]
    libraries: list[Library]


Asked = TypeVar("Asked")


def read_input(value: dict[str, Any], kind: type[Asked]) -> Asked:
    """TaskFailure `bad_input` (a bug of the caller) with the field that is wrong."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise TaskFailure("bug", "bad_input", {"message": str(error)}) from error
