"""What is usually asked, as a sense: groups told apart, kept beside their lines, and done without."""

import io
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bots import Bot, Model, ModelError, Turn, algorithm, fit, shared_encoder
from bots.arrays import Floats
from bots.senses import Asked, SenseName
from bots.shipped import LOCALES, digest, groups_of, learned_of
from bots.text import normalise, readable
from bots.turn import VERSION, Locale
from bots.usual import Usual, learn, save, usual_senses
from tests.faq import bots_articles, fitted

FEW = """
# stop-parcel
快递还没发能拦下来吗
下错单了别寄
不想要了先别发货
包裹出库前能停吗

# wrong-size
尺码买大了
衣服穿不上想换小一号
鞋子挤脚能换码吗
裤子太长了换一条
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "zh-CN.txt").write_text(FEW.strip(), encoding="utf-8")
    return tmp_path


def learned(folder: Path) -> Mapping[SenseName, Usual]:
    encoder = shared_encoder()
    assert encoder is not None
    return learn("zh-CN", encoder, folder)


def belongs(learned: Mapping[SenseName, Usual], text: str, locale: Locale, by: SenseName = "usual") -> Floats:
    encoder = shared_encoder()
    assert encoder is not None
    asked = Asked.of([normalise(text)], encoder.encode([readable(text)]), with_letters=locale == "zh-CN")
    row: Floats = learned[by].features(asked)[0]
    return row


@pytest.mark.parametrize(
    ("locale", "text", "group"),
    [
        ("zh-CN", "昨晚手滑多拍了一件，仓库还没打包的话麻烦帮我撤掉", "cancel-order"),
        ("zh-CN", "手机验证短信等了半天也没有来", "code-not-arriving"),
        (
            "en",
            "clicked buy twice by accident, nothing has left your warehouse yet, please stop one",
            "cancel-order-how",
        ),
        ("en", "the six digits you text me never show up", "verification-code-not-received"),
    ],
)
def test_a_text_in_words_of_its_own_belongs_to_what_it_asks(locale: Locale, text: str, group: str) -> None:
    row = belongs(usual_senses(locale), text, locale)
    assert list(groups_of(locale))[int(row.argmax())] == group
    assert 0.7 < np.linalg.norm(row) < 1.1
    assert row.min() >= 0


def test_a_text_in_another_language_belongs_to_no_group() -> None:
    assert not belongs(usual_senses("en"), "冰箱不制冷了怎么修", "en").any()


def test_what_was_learned_is_kept_beside_the_lines_and_says_the_same(folder: Path) -> None:
    fresh = learned(folder)
    save(fresh, "zh-CN", folder)
    kept = usual_senses("zh-CN", folder)
    assert {name: usual.digest for name, usual in kept.items()} == {name: usual.digest for name, usual in fresh.items()}
    for by, text in (("usual", "东西先不要寄"), ("usual_pinyin", "xiezi jijiao")):
        assert belongs(kept, text, "zh-CN", by) == pytest.approx(belongs(fresh, text, "zh-CN", by), abs=1e-3)
    assert belongs(kept, "xiezi jijiao", "zh-CN", "usual_pinyin").argmax() == 1


def test_other_lines_are_learned_anew_and_what_was_learned_of_the_old_ones_goes(folder: Path) -> None:
    save(learned(folder), "zh-CN", folder)
    before = learned_of("zh-CN", folder)
    (folder / "zh-CN.txt").write_text(FEW.strip() + "\n\n# other\n今天几点关门\n", encoding="utf-8")
    assert usual_senses("zh-CN", folder) == {}
    save(learned(folder), "zh-CN", folder)
    assert list(folder.glob("*.npz")) == [learned_of("zh-CN", folder)] != [before]


def test_what_is_spoilt_or_not_learned_is_told_and_done_without(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert usual_senses("zh-CN", folder) == {}
        usual_senses.cache_clear()
        learned_of("zh-CN", folder).write_bytes(b"PK\x03\x04")
        assert usual_senses("zh-CN", folder) == {}
        save(learned(folder), "zh-CN", folder)
        usual_senses.cache_clear()
        assert usual_senses("zh-CN", folder) != {}
        whole = learned_of("zh-CN", folder)
        whole.write_bytes(whole.read_bytes()[:-5000])
        usual_senses.cache_clear()
        assert usual_senses("zh-CN", folder) == {}
        whole.write_bytes(learned_of("zh-CN").read_bytes())  # what was learned of other lines, under this name
        usual_senses.cache_clear()
        assert usual_senses("zh-CN", folder) == {}
    assert [record.getMessage().count("python -m bots.usual") for record in caplog.records] == [1] * 4
    assert usual_senses("fr", folder) == {}


def test_a_language_that_nothing_was_learned_of_is_fitted_on_the_other_senses() -> None:
    articles = [article for article in bots_articles() if article.locale == "en"]
    foreign = [type(article)(**{**vars(article), "locale": "fr"}) for article in articles]
    ranking = Bot(fit(foreign)).rank(Turn("i forgot the password to my account", "fr", desk_open=False))  # type: ignore[arg-type]
    assert "usual" not in ranking.best[0].by_head
    assert "usual" in Bot(fitted()).rank(Turn("i forgot my password again", "en", desk_open=False)).best[0].by_head


def test_a_model_that_needs_what_was_learned_of_other_lines_is_refused() -> None:
    with np.load(io.BytesIO(fitted().to_bytes())) as kept:
        arrays = dict(kept)
    told = json.loads(arrays["header"].tobytes())
    assert told["shelves"]["zh-CN"]["usual"] == digest("zh-CN")
    told["shelves"]["zh-CN"]["usual"] = "of others"
    other = io.BytesIO()
    np.savez(other, **arrays | {"header": np.frombuffer(json.dumps(told).encode(), np.uint8)})
    with pytest.raises(ModelError, match="other usual questions in zh-CN"):
        Model.from_bytes(other.getvalue())


def test_a_model_is_made_anew_when_other_lines_are_learned() -> None:
    digests = [learned_of(locale).name.split(".")[1][:8] for locale in LOCALES]
    assert algorithm() == "/".join([VERSION, *digests])
