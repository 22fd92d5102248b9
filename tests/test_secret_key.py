"""The key that seals payout accounts: made once, readable by nobody else, told in words when it cannot be had."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chat.errors import SettingsError
from chat.settings import Settings, load_settings, secret_key


def test_it_is_made_at_the_first_start_for_nobody_elses_eyes_and_stays(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    made = secret_key(settings)
    assert len(made) >= 32
    assert secret_key(settings) == made
    file = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in file.parent.iterdir()) == ["secret.key"]


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    given = "k" * 32
    assert secret_key(load_settings(data_dir=tmp_path, secret_key=given)) == given
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_emptied_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(SettingsError, match="holds no key"):
        secret_key(Settings(data_dir=tmp_path))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"secret_key": "too short"}, "NIGHTDESK_SECRET_KEY: must have 32 characters"),
        ({"payment_url": "https://pay.example.com"}, "payment_url and payment_secret go together"),
        ({"payment_url": "pay.example.com", "payment_secret": "s" * 32}, "must look like https://pay.example.com"),
    ],
)
def test_settings_that_cannot_be_right_are_told_without_their_secrets(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        load_settings(**given)
    assert "too short" not in str(refused.value)
