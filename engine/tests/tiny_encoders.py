# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportCallIssue=false
"""Small networks of transformers' own classes with drawn weights, saved as the hub lays them out."""

import importlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

transformers: Any = importlib.import_module("transformers")
SIDE: Final = 32
TOWER: Final = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": SIDE,
    "patch_size": 8,
}
WORDS: Final = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 99,
}
TOWERS: Final = {"vision_config": TOWER, "text_config": WORDS}
PREPROCESSOR: Final = {
    "size": {"shortest_edge": 40},
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.3, 0.4],
}
KINDS: Final = ("vit", "dinov2", "siglip", "clip", "convnext", "swin", "resnet")


def make_encoder(kind: str, folder: Path, seed: int = 1) -> torch.nn.Module:
    """The network that was saved there; a ViT is one for classes, whose file has no pooler."""
    torch.manual_seed(seed)
    t = transformers
    made = {
        "vit": lambda: t.ViTForImageClassification(t.ViTConfig(**TOWER)),
        "dinov2": lambda: t.Dinov2Model(t.Dinov2Config(**TOWER | {"image_size": 64})),
        "siglip": lambda: t.SiglipModel(t.SiglipConfig(**TOWERS)),
        "clip": lambda: t.CLIPModel(t.CLIPConfig(**TOWERS, projection_dim=24)),
        "convnext": lambda: t.ConvNextModel(
            t.ConvNextConfig(hidden_sizes=[8, 16, 32, 40], depths=[1, 1, 1, 1])
        ),
        "swin": lambda: t.SwinModel(
            t.SwinConfig(image_size=SIDE, embed_dim=12, depths=[1, 1], num_heads=[2, 2], window_size=4)
        ),
        "resnet": lambda: t.ResNetModel(
            t.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
        ),
        "bert": lambda: t.BertModel(t.BertConfig(**WORDS)),
    }[kind]()
    made.eval().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    return made


def by_hand(kind: str, network: torch.nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network says, without the product's own code."""
    mean, deviation = (np.array(PREPROCESSOR[name]) for name in ("image_mean", "image_std"))
    pixels = torch.tensor((pictures / 255 - mean) / deviation, dtype=torch.float32).permute(0, 3, 1, 2)
    with torch.inference_mode():
        if kind in ("siglip", "clip"):
            found = network.get_image_features(pixel_values=pixels)
            found = found if torch.is_tensor(found) else found.pooler_output
        elif kind == "vit":
            found = network.vit(pixel_values=pixels).last_hidden_state[:, 0]
        else:
            found = network(pixel_values=pixels).pooler_output.flatten(1)
    return found.numpy()


def drop_weight(folder: Path, name: str) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
