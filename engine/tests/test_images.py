"""Embeddings, near-duplicates, queues and surveys, on real pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from host_process import HostProcess, Task
from minori_engine.image.diversity import farthest_first
from minori_engine.image.duplicates import find_duplicates, look_at
from minori_engine.image.embed import embed_pictures, find_encoder
from minori_engine.image.embeddings import whiten
from minori_engine.image.messages import BuiltinEncoder
from minori_engine.image.pictures import PictureFault, read_picture
from minori_engine.image.probe import UNLABELED, probe, suspicion
from minori_engine.image.queues import rank
from minori_engine.protocol import Failed, Result
from real_pictures import Pixels, digits, photographs, recompressed, resized, save_all, trimmed

Message = dict[str, Any]


ENCODER = find_encoder(BuiltinEncoder("efficientnet_lite0", 64))


def nothing(_share: float) -> None:
    """Nobody waits."""


def floats(task: Task, name: str, columns: int) -> NDArray[np.float32]:
    return np.fromfile(task.folder / name, np.float32).reshape(-1, columns)


def value(task: Task) -> Message:
    return task.wait_until(Result).value


def test_embeddings_know_flowers_from_buildings(tmp_path: Path) -> None:
    tiles = photographs()
    images = save_all(tiles, tmp_path / "tiles")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    asked = [*images, str(tmp_path / "broken.jpg"), str(tmp_path / "nowhere.png")]
    rows, failed = embed_pictures(asked, ENCODER, 16, 1, nothing)
    assert [(fault.index, fault.fault) for fault in failed] == [
        (len(images), "unreadable"),
        (len(images) + 1, "missing"),
    ]
    assert rows.shape == (len(images) + 2, 1280)
    assert np.isnan(rows[-2:]).all()
    rows = rows[:-2]
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-4)
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -1)
    # The second half of the tiles comes from the photograph of a flower.
    flower = np.array([tile[..., 0].mean() > tile[..., 1].mean() + 10 for tile in tiles])
    met = flower[likeness.argmax(axis=1)] == flower
    assert met.mean() > 0.8
    assert np.array_equal(embed_pictures(images, ENCODER, 16, 1, nothing)[0], rows)


def test_pictures_of_every_kind_are_read_alike(tmp_path: Path) -> None:
    tile = photographs()[3]
    Image.fromarray(tile).save(tmp_path / "plain.png")
    turned = Image.fromarray(np.rot90(tile))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(np.dstack([tile, np.full(tile.shape[:2], 255, np.uint8)])).save(tmp_path / "alpha.png")
    deep = np.linspace(0, 65_535, 128 * 128).reshape(128, 128).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    for name in ("plain", "turned", "alpha"):
        assert np.array_equal(read_picture(tmp_path / f"{name}.png"), tile), name
    assert np.abs(read_picture(tmp_path / "deep.png")[..., 0] - deep / 257).max() <= 0.5
    Image.new("1", (30_000, 30_000)).save(tmp_path / "flood.png")
    (tmp_path / "page.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    for name, fault in (("flood.png", "too_large"), ("page.svg", "unreadable"), ("none.png", "missing")):
        with pytest.raises(PictureFault) as caught:
            read_picture(tmp_path / name)
        assert caught.value.fault == fault


def test_copies_are_found_and_strangers_left_alone(tmp_path: Path) -> None:
    tiles = photographs()
    changes: list[Callable[[Pixels], Pixels]] = [
        lambda tile: resized(tile, 0.5),
        lambda tile: resized(tile, 1.4),
        lambda tile: recompressed(tile, 40),
        lambda tile: trimmed(tile, 0.05),
        lambda tile: recompressed(resized(trimmed(tile, 0.05), 0.8), 60),
    ]
    copies = [changes[number % len(changes)](tile) for number, tile in enumerate(tiles)]
    strangers, _ = digits()
    images = save_all([*tiles, *copies, *strangers[:300]], tmp_path / "all")
    pairs, groups = find_duplicates(look_at(images, nothing), None, nothing)
    found = {(pair.first, pair.second) for pair in pairs}
    planted = {(number, number + len(tiles)) for number in range(len(tiles))}
    assert len(planted & found) >= 0.95 * len(planted)
    assert {first for pair in found - planted for first in pair if first < 2 * len(tiles)} == set()
    assert max(len(group) for group in groups) <= 3
    together = {tuple(group) for group in groups}
    assert planted & found <= together


def test_flipped_labels_come_first() -> None:
    pictures, labels = digits()
    grey = np.stack([picture[..., 0] for picture in pictures])
    pixels = grey.reshape(len(grey), -1).astype(np.float32)
    generator = np.random.default_rng(5)
    flipped = generator.choice(len(labels), len(labels) // 20, replace=False)
    given = labels.copy()
    given[flipped] = (given[flipped] + generator.integers(1, 10, len(flipped))) % 10
    hidden = generator.choice(np.setdiff1d(np.arange(len(labels)), flipped), 300, replace=False)
    given[hidden] = UNLABELED
    scores, summary = rank(pixels, grey.repeat(2, axis=1).repeat(2, axis=2), given, folds=5, seed=1)
    diverse, uncertain, suspicious, predicted, confidence = scores.T
    first = np.argsort(-np.nan_to_num(suspicious, nan=-np.inf))[: len(labels) // 10]
    assert np.isin(flipped, first).mean() >= 0.93
    assert summary is not None
    assert summary.classes == list(range(10))
    assert abs(summary.suspicious - len(flipped)) < len(flipped)
    assert (predicted[hidden] == labels[hidden]).mean() > 0.9
    sure = hidden[confidence[hidden] > 0.9]
    assert len(sure) > 100
    assert (predicted[sure] == labels[sure]).mean() > 0.97
    assert uncertain[hidden[predicted[hidden] != labels[hidden]]].mean() > uncertain[hidden].mean()
    known = np.setdiff1d(np.arange(len(labels)), hidden)
    assert np.isnan(diverse[known]).all()
    assert np.isfinite(diverse[hidden]).all()


def test_without_labels_only_the_most_different_can_be_told() -> None:
    rows = np.random.default_rng(1).normal(size=(20, 8)).astype(np.float32)
    labels = np.array([0, 1] + [UNLABELED] * 18)
    scores, summary = rank(rows, np.zeros((20, 16, 16), np.uint8), labels, folds=5, seed=1)
    assert summary is None
    assert np.isnan(scores[:, 1:]).all()
    assert np.isfinite(scores[2:, 0]).all()


def test_most_different_first_visits_every_kind_before_any_twice() -> None:
    generator = np.random.default_rng(3)
    middles = np.eye(6, dtype=np.float32) * 20
    kinds = np.repeat(np.arange(6), 30)
    rows = (middles[kinds] + generator.normal(size=(180, 6))).astype(np.float32)
    order = np.argsort(-farthest_first(rows, np.zeros(180, bool)))
    assert sorted(kinds[order[:6]].tolist()) == list(range(6))
    known = kinds == 2
    order = np.argsort(-np.nan_to_num(farthest_first(rows, known), nan=-1))
    assert 2 not in kinds[order[:5]]


def test_a_class_that_is_hard_as_a_whole_does_not_fill_the_queue() -> None:
    """Two classes that nobody can tell apart, and one clear class with one wrong label."""
    generator = np.random.default_rng(2)
    rows = generator.normal(size=(300, 4)).astype(np.float32)
    labels = np.repeat(np.arange(3), 100)
    rows[200:, 0] += 12
    rows[17, 0] += 12
    answer = probe([whiten(rows, 4)], labels, 5, seed=1)
    assert answer is not None
    score, flagged = suspicion(answer.probabilities, labels)
    assert score.argmax() == 17
    assert flagged[17]


@pytest.mark.parametrize(
    "changes",
    [
        {"images": []},
        {"labels": []},
        {"classes": 1},
        {"encoder": {"kind": "builtin", "name": "other", "size": 64}},
    ],
)
def test_refusals(shared_host: HostProcess, tmp_path: Path, changes: Message) -> None:
    asked: Message = {
        "images": save_all(photographs()[:1], tmp_path / "one"),
        "labels": [1],
        "classes": 2,
        "encoder": {"kind": "builtin", "name": "efficientnet_lite0", "size": 64},
        "batch": 1,
        "folds": 2,
        "known": None,
        "fingerprints": None,
    }
    failed = shared_host.run("image.survey", asked | changes).wait_until(Failed)
    assert (failed.cause, failed.code) == ("bug", "bad_input")


def test_a_survey_goes_on_where_the_last_one_ended(vision_host: HostProcess, tmp_path: Path) -> None:
    tiles = photographs()
    images = save_all([*tiles, resized(tiles[2], 0.6)], tmp_path / "tiles")
    labels = [int(number >= 15) if number % 2 else None for number in range(len(images))]
    asked: Message = {
        "images": images[:-4],
        "labels": labels[:-4],
        "classes": 2,
        "encoder": {"kind": "builtin", "name": "efficientnet_lite0", "size": 64},
        "batch": 16,
        "folds": 3,
        "known": None,
        "fingerprints": None,
    }
    first = vision_host.run("image.survey", asked)
    before = value(first)
    assert before["new"] == list(range(len(images) - 4))
    assert before["pairs"] == []
    known = np.full((len(images), 1280), np.nan, np.float32)
    known[:-4] = floats(first, "embeddings.f32", 1280)
    known.tofile(tmp_path / "known.f32")
    more = {
        "images": images,
        "labels": labels,
        "known": {"path": str(tmp_path / "known.f32"), "dimensions": 1280, "encoder": before["encoder"]},
    }
    second = vision_host.run("image.survey", asked | more)
    after = value(second)
    assert after["new"] == list(range(len(images) - 4, len(images)))
    assert [[pair["first"], pair["second"]] for pair in after["pairs"]] == [[2, len(images) - 1]]
    assert after["groups"] == [[2, len(images) - 1]]
    assert after["probe"]["labeled"] == sum(label is not None for label in labels)
    whole = value(vision_host.run("image.survey", asked | more | {"known": None}))
    assert whole["probe"] == after["probe"]
    assert np.isfinite(floats(second, "scores.f32", 5)[::2, [0, 1, 3, 4]]).all()
