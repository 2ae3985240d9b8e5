"""A preprocessing step of your own, to begin with.

Copy this file to `plugins/preprocessing/` in the home folder (`./minori status --json` names it) under a name
in small letters: the name of the file is the name of the step. It shows in the form of every theme at once.
"""

import numpy as np


def apply(image, amount=1.0, radius=1):
    """Makes edges clearer: adds what a blur of `radius` pixels would take away, `amount` times."""
    # image: height x width x 3, uint8, RGB. Answer the same kind; the size may be another one.
    wide = image.astype(np.float32)
    padded = np.pad(wide, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    side = 2 * radius + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    blurred = windows.mean(axis=(-2, -1))
    return np.clip(np.rint(wide + amount * (wide - blurred)), 0, 255).astype(np.uint8)
