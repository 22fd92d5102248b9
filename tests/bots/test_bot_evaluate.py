import json
from pathlib import Path

import pytest

from bots.evaluate import main

PHRASINGS = {
    "refund": ("我要退款", "怎么申请退款", "想退钱"),
    "password": ("忘记密码", "密码忘了怎么办", "怎么重置密码"),
}


def written(path: Path, rows: list[dict[str, str]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def phrasings() -> list[dict[str, str]]:
    return [{"text": text, "label": label, "lang": "zh-CN"} for label, texts in PHRASINGS.items() for text in texts]


def test_each_question_gets_its_decision_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        {"text": "密码忘了怎么办？", "label": "password", "lang": "zh-CN"},
        {"text": "", "label": "oos", "lang": "zh-CN"},
        {"text": "我要退款", "label": "refund", "lang": "fr"},
    ]
    out = tmp_path / "R.jsonl"
    files = ["--articles", written(tmp_path / "A", phrasings()), "--questions", written(tmp_path / "Q", asked)]
    assert main([*files, "--out", str(out)]) == 0
    first, empty, other = [json.loads(line) for line in out.read_text().splitlines()]
    assert (first["decision"], first["labels"][0], first["confidence"]) == ("answer", "password", 1.0)
    assert (empty["decision"], empty["labels"]) == ("handoff", [])
    assert (other["decision"], other["labels"][0]) == ("suggest", "refund")
    assert all(row["ms"] >= 0 for row in (first, empty, other))
    assert "precision of answers: 100.0 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoilt", "complaint"),
    [
        ("{", "line 2: Expecting property name"),
        ("[]", "line 2: expected an object"),
        ('{"label": "a", "lang": "en"}', "line 2: text is missing"),
        ('{"text": "a", "label": "oos", "lang": "en"}', "line 2: label must name an article"),
        ('{"text": "a", "label": "b", "lang": 1}', "line 2: lang is no string"),
        ('{"text": 1, "label": "b", "lang": "en"}', "line 2: text is missing"),
    ],
)
def test_a_bad_line_is_named(spoilt: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "A.jsonl"
    path.write_text(json.dumps(phrasings()[0]) + "\n" + spoilt + "\n")
    assert main(["--articles", str(path), "--questions", str(path), "--out", str(tmp_path / "R")]) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "R").exists()


def test_odd_but_readable_lines_are_taken_as_they_are_meant(tmp_path: Path) -> None:
    """No language, regions of one, numbers for labels, one line under two labels, nothing to read; blank lines, a mark
    of the byte order, a very long question.
    """
    articles = [
        '{"text": "我要退款", "label": 1}',
        '{"text": "how do I get a refund", "label": 1, "lang": "en_US"}',
        '{"text": "reset my password", "label": "2", "lang": "en"}',
        '{"text": "help me", "label": "2", "lang": "en"}',
        '{"text": "Help me!", "label": 1, "lang": "en"}',
        '{"text": "", "label": 3, "lang": "en"}',
    ]
    asked = [
        '{"text": "How do I get a refund?", "label": "1", "lang": "en-GB"}',
        '{"text": "help me", "label": null, "lang": "EN"}',
        '{"text": "我要退款", "lang": "zh-TW"}',
        '{"text": "\\ud800", "label": "oos"}',
        json.dumps({"text": "what is the weather like " * 320, "label": "oos"}),
    ]
    (tmp_path / "A").write_text("\n\n  \n".join(articles), encoding="utf-8-sig")
    (tmp_path / "Q").write_text("\n".join(asked), encoding="utf-8")
    arguments = ["--articles", str(tmp_path / "A"), "--questions", str(tmp_path / "Q"), "--out", str(tmp_path / "R")]
    assert main(arguments) == 0
    rows = [json.loads(line) for line in (tmp_path / "R").read_text().splitlines()]
    assert [row["decision"] for row in rows] == ["answer", "suggest", "answer", "handoff", "handoff"]
    assert [row["labels"][:1] for row in rows[:4]] == [["1"], ["1"], ["1"], []]


def test_articles_with_nothing_to_read_answer_nothing(tmp_path: Path) -> None:
    path = tmp_path / "A"
    path.write_text('{"text": "?!", "label": "a", "lang": "en"}\n', encoding="utf-8")
    assert main(["--articles", str(path), "--questions", str(path), "--out", str(tmp_path / "R")]) == 0
    assert json.loads((tmp_path / "R").read_text())["decision"] == "handoff"
