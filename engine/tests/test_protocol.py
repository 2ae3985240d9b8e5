import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minori_engine.forecast.messages import TrialInput, TrialResult
from minori_engine.image.messages import (
    EncoderInput,
    EncoderResult,
    PreviewInput,
    PreviewResult,
    SheetsInput,
    SheetsResult,
    SurveyInput,
    SurveyResult,
    ToolsInput,
    ToolsResult,
)
from minori_engine.protocol import (
    decode_command,
    decode_event,
    decode_message,
    decode_task,
    encode,
)
from minori_engine.sampler.messages import AskInput, AskResult, ImportanceInput, ImportanceResult

GOLDEN = Path(__file__).parents[2] / "packages" / "contract" / "golden"
DECODERS: dict[str, Callable[[bytes], Any]] = {
    "task-document": decode_task,
    "task-event": decode_event,
    "host-command": decode_command,
    "host-message": decode_message,
    "trial-input": msgspec.json.Decoder(TrialInput).decode,
    "trial-result": msgspec.json.Decoder(TrialResult).decode,
    "sampler-ask-input": msgspec.json.Decoder(AskInput).decode,
    "sampler-ask-result": msgspec.json.Decoder(AskResult).decode,
    "sampler-importance-input": msgspec.json.Decoder(ImportanceInput).decode,
    "sampler-importance-result": msgspec.json.Decoder(ImportanceResult).decode,
    "image-survey-input": msgspec.json.Decoder(SurveyInput).decode,
    "image-survey-result": msgspec.json.Decoder(SurveyResult).decode,
    "image-encoder-input": msgspec.json.Decoder(EncoderInput).decode,
    "image-encoder-result": msgspec.json.Decoder(EncoderResult).decode,
    "image-preview-input": msgspec.json.Decoder(PreviewInput).decode,
    "image-preview-result": msgspec.json.Decoder(PreviewResult).decode,
    "image-sheets-input": msgspec.json.Decoder(SheetsInput).decode,
    "image-sheets-result": msgspec.json.Decoder(SheetsResult).decode,
    "image-tools-input": msgspec.json.Decoder(ToolsInput).decode,
    "image-tools-result": msgspec.json.Decoder(ToolsResult).decode,
}


def golden(name: str) -> list[bytes]:
    return (GOLDEN / f"{name}.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in DECODERS for line in golden(name)])
def test_golden_messages_survive_unchanged(name: str, line: bytes) -> None:
    assert json.loads(encode(DECODERS[name](line))) == json.loads(line)


@pytest.mark.parametrize("line", golden("refused"))
def test_refused(line: bytes) -> None:
    case = json.loads(line)
    with pytest.raises(msgspec.ValidationError):
        DECODERS[case["schema"]](json.dumps(case["value"]).encode())
