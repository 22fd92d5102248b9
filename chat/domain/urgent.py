"""Does a text tell of fraud, theft or danger? Words every site has, in Chinese and English, and the site's own.

Compared in one spelling: one width and case, simplified characters, no punctuation, no space beside a Chinese
character; so 被 盗 刷 and 詐騙 are found too. Chinese is found anywhere in the text, English as whole words.

Being on one's guard ("how do I avoid scams?") is a question and no emergency, unless it has happened already. A word
of the site's own always counts: whoever wrote it down knows why.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FIRST = 1  # the priority of what is urgent, in every list

# Theft and fraud, as who was hit by it says it; then danger to a person.
_CHINESE = (
    "诈骗|被骗|受骗|骗了我|骗走|骗子|上当了|上了当|杀猪盘|盗刷|盗用|盗号|盗走|盗取|被盗|被偷|偷走|偷刷|钱被转走|卡被刷"
    "|不是我(?:操作|付|转|买|刷|登录)|(?:不是|非)本人(?:操作|交易|支付|登录)|账号被登录|报警|报案|勒索|敲诈|威胁我|恐吓"
    "|人身安全|自杀|不想活|活不下去|轻生|有危险|有生命危险|救命|绑架|跟踪我|家暴"
)
_ENGLISH = (
    r"scam(?:s|med|mer|mers)?|fraud|fraudulent|defrauded|phished|stole|stolen|theft|thief|thieves|robbed|hacked|hijacked"
    r"|unauthori[sz]ed|(?:didnt|did not|never) (?:make|made|authori[sz]e|authori[sz]ed) (?:this|that|the|these|any)"
    r"|not me who|blackmail(?:ed|ing)?|extort(?:ed|ing|ion)?|threaten(?:ed|ing|s)?|kidnapped|stalking me|stalked"
    r"|suicide|suicidal|kill myself|end my life|in danger|call(?:ed)? the police|emergency"
)
_CAUTION = re.compile(
    r"防|识别|分辨|辨别|判断|避免|会不会|是不是|担心|怕被|小心|没有?被|未被|以免"
    r"|\b(?:avoid|prevent|spot|recogni[sz]e|identify|worried|afraid|in case"
    r"|how (?:to|do i|can i|do you) (?:know|tell|protect))\b"
)
_HAPPENED = re.compile(
    "被骗了|被骗走|骗走了|被盗了|被盗刷|盗刷了|被盗走|盗走了|被偷了|被偷走|偷走了|正在转走|救命|自杀|不想活|有生命危险"
    r"|\b(?:(?:was|were|got|been|being) (?:scammed|hacked|robbed|defrauded|hijacked|phished|threatened)"
    r"|(?:has|have|had|is|was|were|been) stolen|stole|suicidal|kill myself|end my life)\b"
)
# Traditional to simplified, of the characters that stand in the words above.
_SIMPLIFIED = str.maketrans(
    "詐騙殺豬盤盜號錢轉賬帳買錄報勒敲嚇脅險綁蹤識別斷擔壞沒過輕當應該個這與認實",
    "诈骗杀猪盘盗号钱转账账买录报勒敲吓胁险绑踪识别断担坏没过轻当应该个这与认实",
)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")
# Twice a whole message: one of characters that each stand for a phrase would become eighteen, and hold everybody up.
LONGEST = 16_000
_APOSTROPHES = "'\u2019\u02bc`"


def is_urgent(text: str, words: tuple[str, ...] = ()) -> bool:
    """`words` are the site's own, as they were written down."""
    spelled = spelling(text)
    if words and (own := _pattern_of(words)) and own.search(spelled):
        return True
    return bool(_ALARM.search(spelled)) and (not _CAUTION.search(spelled) or bool(_HAPPENED.search(spelled)))


def spelling(text: str) -> str:
    """A text as it is compared; empty when there is no letter and no digit in it."""
    folded = unicodedata.normalize("NFKC", text)[:LONGEST].casefold().translate(_SIMPLIFIED)
    return _BESIDE_HAN.sub("", " ".join("".join(map(_letter_or_space, folded)).split()))


def _letter_or_space(character: str) -> str:
    if character.isalnum():
        return character
    # Zero-width characters, loose accents and apostrophes stand inside a word, the rest between words.
    inside = character in _APOSTROPHES or unicodedata.category(character) in ("Cf", "Mn", "Me")
    return "" if inside else " "


@lru_cache(maxsize=256)
def _pattern_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    found = [re.escape(spelled) if re.search(f"[{_HAN}]", spelled) else rf"\b{re.escape(spelled)}\b"
             for spelled in map(spelling, words) if spelled]  # fmt: skip
    return re.compile("|".join(found)) if found else None


_ALARM = re.compile(_CHINESE + rf"|\b(?:{_ENGLISH})\b")
