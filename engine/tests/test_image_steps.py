"""Preprocessing, augmentation and the preview of both."""

import base64
import importlib.util
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from host_process import HostProcess
from minori_engine.errors import TaskFailure
from minori_engine.image.augment import build, draws
from minori_engine.image.builtin_augment import OPERATIONS
from minori_engine.image.messages import AugmentationStep
from minori_engine.image.ops import ImageOps, clahe, equalize, luminance, preprocess, resize
from minori_engine.image.pictures import Pixels, read_picture
from minori_engine.image.plugins import list_plugins
from minori_engine.protocol import Failed, Result
from real_pictures import photographs
from test_protocol import GOLDEN

Message = dict[str, Any]
NOWHERE = Path("/nowhere")
TEMPLATES = Path(__file__).parents[2] / "samples" / "plugins" / "preprocessing"
PARAMS: dict[str, Message] = {
    "HorizontalFlip": {},
    "VerticalFlip": {},
    "RandomRotate90": {},
    "Rotate": {"limit": 30},
    "ShiftScaleRotate": {"shift_limit": 0.1, "scale_limit": 0.2, "rotate_limit": [-20, 20]},
    "RandomCrop": {"height": 60, "width": 50},
    "RandomResizedCrop": {"height": 40, "width": 48, "scale": [0.3, 0.9], "ratio": [0.75, 1.33]},
    "ColorJitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1},
    "RandomBrightnessContrast": {"brightness_limit": 0.3, "contrast_limit": [0.1, 0.4]},
    "RandomGamma": {"gamma_limit": [50, 80]},
    "GaussianBlur": {"sigma_limit": [1, 2]},
    "GaussNoise": {"std_range": [0.05, 0.1]},
    "CoarseDropout": {
        "num_holes_range": [2, 3],
        "hole_height_range": [0.1, 0.2],
        "hole_width_range": [0.1, 0.2],
    },
    "Resize": {"height": 30, "width": 20},
    "CenterCrop": {"height": 64, "width": 32},
    "ToGray": {},
}
FIXED = {"Resize", "CenterCrop", "ToGray", "HorizontalFlip", "VerticalFlip"}


def ops(*steps: Message) -> ImageOps:
    return msgspec.convert({"version": 1, "steps": list(steps)}, ImageOps)


def one(name: str, p: float | None = 1.0) -> list[AugmentationStep]:
    return [AugmentationStep(name, p, PARAMS[name])]


def decoded(picture: Message) -> Pixels:
    data = np.frombuffer(base64.b64decode(picture["data"]), np.uint8)
    return data.reshape(picture["height"], picture["width"], 3)


@pytest.mark.parametrize("line", (GOLDEN / "image-ops.jsonl").read_text().splitlines())
def test_golden_pictures(line: str) -> None:
    case = json.loads(line)
    found = preprocess(decoded(case["picture"]), ops(*case["steps"]), NOWHERE)
    assert len(found) == len(case["results"])
    for pixels, expected in zip(found, case["results"], strict=True):
        assert np.array_equal(pixels, decoded(expected))


def test_equalisation_spreads_brightness_and_keeps_tints() -> None:
    tile = photographs()[5] // 3 + 60
    before, after = luminance(tile), luminance(equalize(tile))
    assert after.max() - after.min() > 250
    assert after.std() > 2 * before.std()
    local = luminance(clahe(tile, 4, 8))
    assert before.std() < local.std()
    whole = equalize(tile).astype(int)
    unclipped = (whole > 0).all(axis=2) & (whole < 255).all(axis=2)
    tint = tile[..., 0].astype(int) - tile[..., 2]
    assert np.array_equal((whole[..., 0] - whole[..., 2])[unclipped], tint[unclipped])


def test_resizing_agrees_with_pillow() -> None:
    tile = photographs()[7]
    for width, height in ((50, 70), (200, 31), (128, 128)):
        theirs = np.asarray(Image.fromarray(tile).resize((width, height), Image.Resampling.BILINEAR))
        assert np.abs(resize(tile, width, height).astype(int) - theirs).max() <= 1


def test_an_own_step_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "inverted.py").write_text("def apply(image, above=0):\n    return 255 - image.clip(above)\n")
    (tmp_path / "wrong.py").write_text("def apply(image):\n    return image / 2\n")
    (tmp_path / "broken.py").write_text("raise RuntimeError('no')\n")
    tile = photographs()[0]
    step = {"name": "custom", "plugin": "inverted", "params": {"above": 100}}
    (found,) = preprocess(tile, ops(step), tmp_path)
    assert np.array_equal(found, 255 - tile.clip(100))
    for plugin, code in (
        ("wrong", "plugin_wrong_answer"),
        ("broken", "plugin_failed"),
        ("none", "plugin_missing"),
    ):
        with pytest.raises(TaskFailure, match=code):
            preprocess(tile, ops({"name": "custom", "plugin": plugin, "params": {}}), tmp_path)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_its_draws_and_nothing_else(name: str) -> None:
    tile = photographs()[2]
    transform = build("builtin", one(name))
    looks = [transform(tile, draws(3, epoch, 17)) for epoch in range(6)]
    again = [build("builtin", one(name))(tile, draws(3, epoch, 17)) for epoch in range(6)]
    for look, same in zip(looks, again, strict=True):
        assert look.dtype == np.uint8
        assert look.ndim == 3
        assert np.array_equal(look, same)
    different = {look.tobytes() for look in looks}
    assert len(different) == 1 if name in FIXED else len(different) > 1
    never = build("builtin", one(name, 0.0))(tile, draws(1, 1, 1))
    assert np.array_equal(never, tile)


def test_chance_is_kept() -> None:
    tile = photographs()[2]
    transform = build("builtin", one("HorizontalFlip", 0.3))
    flips = [not np.array_equal(transform(tile, draws(1, 0, index)), tile) for index in range(400)]
    assert 0.22 < np.mean(flips) < 0.38


def test_rotation_turns_counter_clockwise_and_keeps_the_size() -> None:
    picture = np.zeros((41, 41, 3), np.uint8)
    picture[20, 30:36] = 255
    step = [AugmentationStep("Rotate", 1.0, {"limit": [90, 90]})]
    turned = build("builtin", step)(picture, draws(1, 1, 1))
    assert turned.shape == picture.shape
    assert turned[4:12, 19:22].max() > 200
    assert turned[20, 30:36].max() < 60


@pytest.mark.parametrize("library", ["albumentations", "torchvision"])
def test_a_library_that_is_not_there_is_named(library: str) -> None:
    if importlib.util.find_spec(library) is not None:
        pytest.skip(f"{library} is installed")
    with pytest.raises(TaskFailure) as caught:
        build(library, [AugmentationStep("HorizontalFlip", None, {})])
    assert (caught.value.cause, caught.value.code) == ("unavailable", "library_missing")
    assert caught.value.params == {"library": library}


INSTALLED: list[tuple[str, tuple[str, Message], tuple[str, Message], tuple[str, Message]]] = [
    (
        "albumentations",
        ("ToGray", {"num_output_channels": 1}),
        ("Crop", {"x_max": 4000, "y_max": 4000}),
        ("Rotate", {"limt": 3}),
    ),
    ("torchvision", ("Grayscale", {}), ("RandomCrop", {"size": 4000}), ("RandomRotation", {"degres": 3})),
]


@pytest.mark.parametrize(("library", "gray", "crop", "typo"), INSTALLED)
def test_a_library_that_is_there_answers_pictures_and_its_mistakes_are_named(
    library: str, gray: tuple[str, Message], crop: tuple[str, Message], typo: tuple[str, Message]
) -> None:
    pytest.importorskip(library)
    tile = photographs()[2]
    steps = [
        AugmentationStep("ColorJitter", 1.0, {"brightness": 0.4}),
        AugmentationStep(gray[0], 1.0, gray[1]),
    ]
    looks = [build(library, steps)(tile, draws(1, epoch, 7)) for epoch in (0, 1, 0)]
    assert {look.shape for look in looks} == {tile.shape}
    assert np.array_equal(looks[0], looks[2])
    assert not np.array_equal(looks[0], looks[1])
    for name, params in (crop, typo):
        with pytest.raises(TaskFailure) as caught:
            build(library, [AugmentationStep(name, 1.0, params)])(tile, draws(1, 1, 1))
        assert caught.value.code == "operation_parameters"
        assert caught.value.params == {"library": library, "name": name}


def preview_input(image: Path, **changes: object) -> Message:
    return {
        "image": str(image),
        "preprocessing": {
            "version": 1,
            "steps": [{"name": "gamma", "gamma": 0.5}, {"name": "patches", "rows": 2, "columns": 2}],
        },
        "augmentation": {
            "library": "builtin",
            "size": [48, 40],
            "train": [{"name": "GaussNoise", "p": 1, "params": PARAMS["GaussNoise"]}],
            "evaluation": [{"name": "CenterCrop", "p": 1, "params": {"height": 32, "width": 32}}],
        },
        "plugins": str(NOWHERE),
        "views": ["original", "steps", "patches", "train", "evaluation"],
        "samples": 8,
        "epoch": 0,
        "index": 5,
    } | changes


def test_a_preview_shows_what_training_and_serving_see(shared_host: HostProcess, tmp_path: Path) -> None:
    tile = photographs()[4]
    Image.fromarray(tile).save(tmp_path / "tile.png")
    asked = preview_input(tmp_path / "tile.png")
    task = shared_host.run("image.preview", asked, slot="interactive")
    pictures = task.wait_until(Result).value["pictures"]
    count = {view: sum(picture["view"] == view for picture in pictures) for view in asked["views"]}
    assert count == {"original": 1, "steps": 1, "patches": 4, "train": 8, "evaluation": 4}
    seen = {picture["file"]: read_picture(task.folder / picture["file"]) for picture in pictures}
    pieces = preprocess(tile, msgspec.convert(asked["preprocessing"], ImageOps), NOWHERE)
    assert np.array_equal(seen["patches-3.png"], resize(pieces[3], 40, 48))
    assert np.array_equal(seen["evaluation-0.png"], resize(pieces[0], 40, 48)[8:40, 4:36])
    noise = build("builtin", one("GaussNoise"))
    # The second patch in the second epoch, with the host's seed.
    assert np.array_equal(seen["train-5.png"], noise(resize(pieces[1], 40, 48), draws(7, 1, 5)))


WRONG: list[tuple[Message, str]] = [
    ({"image": "/nowhere.png"}, "image_missing"),
    (
        {
            "augmentation": {
                "library": "builtin",
                "size": None,
                "train": [{"name": "Vortex", "p": 1, "params": {}}],
                "evaluation": [],
            }
        },
        "operation_unknown",
    ),
    (
        {"preprocessing": {"version": 1, "steps": [{"name": "patches", "rows": 16, "columns": 16}]}},
        "image_smaller_than_patches",
    ),
]


@pytest.mark.parametrize(("changes", "code"), WRONG)
def test_preview_says_what_is_wrong(
    shared_host: HostProcess, tmp_path: Path, changes: Message, code: str
) -> None:
    Image.fromarray(photographs()[4][:9, :9]).save(tmp_path / "tile.png")
    asked = preview_input(tmp_path / "tile.png", views=["train"]) | changes
    failed = shared_host.run("image.preview", asked).wait_until(Failed)
    assert (failed.cause, failed.code) == ("bad_data", code)


def test_own_steps_are_listed_and_their_mistakes_have_a_line(tmp_path: Path) -> None:
    (tmp_path / "sharper.py").write_text(
        "import numpy as np\n\ndef apply(image, amount=1.5, *, mode='soft', size):\n"
        '    """Makes edges clearer.\n\n    At length."""\n    return np.asarray(None)[image]\n'
    )
    (tmp_path / "half.py").write_text("def apply(image):\n    return (image\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "Not A Step.py").write_text("")
    listed = {plugin.name: plugin for plugin in list_plugins(tmp_path)}
    assert set(listed) == {"sharper", "half", "empty"}
    sharper = listed["sharper"]
    assert (sharper.about, sharper.error) == ("Makes edges clearer.", None)
    assert [(one.name, one.default) for one in sharper.parameters] == [
        ("amount", 1.5),
        ("mode", "soft"),
        ("size", None),
    ]
    half, empty = listed["half"].error, listed["empty"].error
    assert half is not None
    assert half.line == 2
    assert empty is not None
    assert empty.line is None
    assert list_plugins(tmp_path / "nowhere") == []
    (template,) = list_plugins(TEMPLATES)
    assert [(one.name, one.default) for one in template.parameters] == [("amount", 1.0), ("radius", 1)]
    (sharp,) = preprocess(
        photographs()[0], ops({"name": "custom", "plugin": "sharpen", "params": {}}), TEMPLATES
    )
    assert sharp.std() > photographs()[0].std()
    for plugin, params, line in (
        ("sharper", {"size": 3}, 7),
        ("sharper", {}, None),
        ("half", {}, 2),
        ("empty", {}, None),
    ):
        with pytest.raises(TaskFailure) as caught:
            preprocess(
                photographs()[0], ops({"name": "custom", "plugin": plugin, "params": params}), tmp_path
            )
        assert (caught.value.code, caught.value.params["line"]) == ("plugin_failed", line)
        assert caught.value.params["message"]


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("preprocessing", ["histogram_equalization", "gamma", "patches", "pipeline"]),
        ("augmentation", ["samples", "evaluation", "libraries"]),
        ("dataset", ["pictures", "batch-1", "batch-2", "validation"]),
    ],
)
def test_contact_sheets_hold_the_pixels_of_training(
    shared_host: HostProcess, tmp_path: Path, what: str, names: list[str]
) -> None:
    tiles = photographs()[:5]
    for at, tile in enumerate(tiles):
        Image.fromarray(tile).save(tmp_path / f"{at}.png")
    asked = preview_input(tmp_path / "0.png")
    task = shared_host.run(
        "image.sheets",
        {
            "what": what,
            "pictures": [
                {"image": str(tmp_path / f"{at}.png"), "index": at, "caption": f"犬 {at}"} for at in range(5)
            ],
            "preprocessing": asked["preprocessing"],
            "augmentation": asked["augmentation"],
            "test": [],
            "plugins": str(NOWHERE),
            "samples": 8,
            "batch": 4,
        },
        slot="interactive",
    )
    result = task.wait_until(Result).value
    assert [sheet["name"] for sheet in result["sheets"]] == names
    drawn = {sheet["name"]: read_picture(task.folder / sheet["file"]) for sheet in result["sheets"]}
    for sheet in result["sheets"]:
        assert drawn[sheet["name"]].shape == (sheet["height"], sheet["width"], 3)
    if what == "augmentation":
        pieces = preprocess(tiles[1], msgspec.convert(asked["preprocessing"], ImageOps), NOWHERE)
        look = build("builtin", one("GaussNoise"))(resize(pieces[0], 40, 48), draws(7, 1, 1))
        # 48 pixels are drawn as 144: the middle of each drawn pixel is the pixel itself.
        left, top = 12 + 5 * 156 + 12, 42 + 174
        assert np.array_equal(drawn["samples"][top + 1 : top + 144 : 3, left + 1 : left + 120 : 3], look)
