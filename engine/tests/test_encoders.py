"""Encoders of a local folder: what they say of real pictures, and what is said of folders that hold none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from host_process import HostProcess
from minori_engine.compat.transformers_encoder import transformers_encoder
from minori_engine.errors import TaskFailure
from minori_engine.image.embed import embed_pictures, find_encoder
from minori_engine.image.encoder_folder import open_folder
from minori_engine.image.messages import FolderEncoder
from minori_engine.protocol import Result
from real_pictures import photographs, resized, save_all
from tiny_encoders import KINDS, SIDE, by_hand, drop_weight, make_encoder


def nothing(_share: float) -> None:
    """Nobody waits."""


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_of_the_network(tmp_path: Path, kind: str) -> None:
    network = make_encoder(kind, tmp_path / kind)
    tiles = [np.asarray(Image.fromarray(tile).resize((SIDE, SIDE))) for tile in photographs()[:6]]
    images = save_all(tiles, tmp_path / "tiles")
    encoder = find_encoder(FolderEncoder(kind, str(tmp_path / kind)))
    rows, failed = embed_pictures([*images, str(tmp_path / "none.png")], encoder, 4, 1, nothing)
    expected = by_hand(kind, network, np.stack(tiles))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert rows[:-1] == pytest.approx(expected, abs=1e-5)
    assert len({row.tobytes() for row in rows[:-1]}) == len(tiles)
    assert np.isnan(rows[-1]).all()
    assert [fault.index for fault in failed] == [len(tiles)]
    assert encoder.identity.startswith(f"{kind}@")
    assert encoder.identity.endswith("/32x32")


Spoil = Callable[[Path], object]


def edit(name: str, change: Callable[[dict[str, Any]], object]) -> Spoil:
    def write(folder: Path) -> None:
        value = json.loads((folder / name).read_text())
        change(value)
        (folder / name).write_text(json.dumps(value))

    return write


def moved(folder: Path) -> None:
    folder.rename(folder.with_name("gone"))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def half_written(folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text("{")


def cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def without_size(value: dict[str, Any]) -> None:
    del value["size"], value["crop_size"]


def without_mean(value: dict[str, Any]) -> None:
    del value["image_mean"]


def own_code(value: dict[str, Any]) -> None:
    value |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.C", "AutoModel": "mine.M"}}


def wider(value: dict[str, Any]) -> None:
    value["hidden_size"] = 48


FIRST_WEIGHT = "embeddings.patch_embeddings.projection.weight"


def without_first_weight(folder: Path) -> None:
    drop_weight(folder, FIRST_WEIGHT)


PREPROCESSOR = {"file": "preprocessor_config.json"}
REFUSED: list[tuple[Spoil, str, dict[str, Any]]] = [
    (moved, "encoder_not_found", {}),
    (pickled, "encoder_file_missing", {"file": "model.safetensors"}),
    (half_written, "encoder_file_invalid", PREPROCESSOR),
    (edit("preprocessor_config.json", without_size), "encoder_file_invalid", PREPROCESSOR),
    (edit("preprocessor_config.json", without_mean), "encoder_file_invalid", PREPROCESSOR),
    (edit("config.json", own_code), "encoder_kind_unknown", {"kind": "mine"}),
    (edit("config.json", wider), "encoder_broken", {}),
    (cut, "encoder_broken", {}),
    (without_first_weight, "encoder_weights_missing", {"weights": FIRST_WEIGHT, "count": 1}),
]


@pytest.mark.parametrize(("spoil", "code", "said"), REFUSED)
def test_a_folder_that_is_no_encoder_says_why(
    tmp_path: Path, spoil: Spoil, code: str, said: dict[str, Any]
) -> None:
    folder = tmp_path / "mine"
    make_encoder("dinov2", folder)
    (folder / "mine.py").write_text("raise SystemExit('code of the folder ran')")
    spoil(folder)
    with pytest.raises(TaskFailure) as caught:
        transformers_encoder(open_folder(FolderEncoder("mine", str(folder))), 1)
    assert (caught.value.cause, caught.value.code) == ("bad_data", code)
    assert caught.value.params.items() >= ({"encoder": "mine"} | said).items()


def test_a_network_for_words_is_refused(tmp_path: Path) -> None:
    make_encoder("bert", tmp_path / "words")
    with pytest.raises(TaskFailure) as caught:
        transformers_encoder(open_folder(FolderEncoder("words", str(tmp_path / "words"))), 1)
    assert caught.value.code == "encoder_not_for_pictures"


def test_other_weights_are_another_encoder(vision_host: HostProcess, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    make_encoder("dinov2", folder)
    tiles = photographs()[:12]
    images = save_all([*tiles, resized(tiles[3], 0.6)], tmp_path / "tiles")
    asked: dict[str, Any] = {
        "images": images,
        "labels": [None] * len(images),
        "classes": 0,
        "encoder": {"kind": "folder", "name": "mine", "folder": str(folder)},
        "batch": 8,
        "folds": 2,
        "known": None,
        "fingerprints": None,
    }
    tried = vision_host.run("image.encoder", {"encoder": asked["encoder"]}).wait_until(Result).value
    first = vision_host.run("image.survey", asked)
    before = first.wait_until(Result).value
    assert (before["encoder"], before["dimensions"]) == (tried["encoder"], tried["dimensions"])
    assert before["looked"] == before["new"] == list(range(len(images)))
    known = {
        "known": {
            "path": str(first.folder / "embeddings.f32"),
            "dimensions": before["dimensions"],
            "encoder": before["encoder"],
        },
        "fingerprints": str(first.folder / "fingerprints.bin"),
    }
    again = vision_host.run("image.survey", asked | known).wait_until(Result).value
    assert (again["looked"], again["new"]) == ([], [])
    assert again["pairs"] == before["pairs"]
    assert [[pair["first"], pair["second"]] for pair in again["pairs"]] == [[3, 12]]
    make_encoder("dinov2", folder, seed=2)
    other = vision_host.run("image.survey", asked | known).wait_until(Result).value
    assert other["encoder"] != before["encoder"]
    assert (other["looked"], other["new"]) == ([], list(range(len(images))))
