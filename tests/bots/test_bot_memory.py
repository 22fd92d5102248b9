"""What the encoder made of a line is remembered from one fit to the next, and never more than that."""

from pathlib import Path

import numpy as np
import pytest

from bots.arrays import Floats
from bots.memory import Remembering


class Counting:
    """Vectors of two numbers, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> Floats:
        self.asked += texts
        return np.array([[len(text), ord(text[0])] for text in texts], np.float32)


def asked_of(file: Path, texts: list[str]) -> list[str]:
    """What the encoder behind it still had to encode in a fit of these lines."""
    behind = Counting()
    encoder = Remembering(behind, file)
    assert np.array_equal(encoder.encode(texts), Counting().encode(texts))
    encoder.save()
    return behind.asked


def test_only_what_is_new_is_encoded_and_each_text_once(tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    assert asked_of(file, ["退款", "refund", "退款"]) == ["退款", "refund"]
    assert asked_of(file, ["refund", "fees", "退款"]) == ["fees"]
    assert asked_of(file, ["refund", "fees", "退款"]) == []


def test_what_the_last_fit_had_no_use_for_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    asked_of(file, ["refund", "fees"])
    asked_of(file, ["fees"])
    assert asked_of(file, ["refund", "fees"]) == ["refund"]
    assert [each.name for each in tmp_path.iterdir()] == ["vectors"]


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04", b"\x80\x04pickle"])
def test_a_spoilt_file_costs_only_time(spoilt: bytes, tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    file.write_bytes(spoilt)
    assert asked_of(file, ["refund"]) == ["refund"]
    assert asked_of(file, ["refund"]) == []


def test_vectors_of_another_encoder_are_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    asked_of(file, ["refund"])
    with np.load(file) as kept:
        arrays = dict(kept) | {"encoder": np.array("another 0.1")}
    with file.open("wb") as to:
        np.savez(to, **arrays)
    assert asked_of(file, ["refund"]) == ["refund"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    assert asked_of(tmp_path / "missing" / "vectors", ["refund"]) == ["refund"]
