"""Reading what people type where an amount, a number or a way to be reached was asked for."""

from __future__ import annotations

import re
import unicodedata

from bots.turn import Locale

LONGEST_AMOUNT = 40  # code points; a pattern that looks for blanks at the end takes long over thousands of them

HIDDEN = "••••"  # stands for what nobody keeps of a card number, before its last digits
_NUMBER = re.compile(r"(?<![A-Za-z0-9•-])[A-Za-z0-9][A-Za-z0-9-]{3,59}")
_PLACE = re.compile(r"(?<![0-9A-Za-z.])\d{1,3}(?![0-9A-Za-z.]|\s*[元块])")


def places_in(line: str) -> list[int]:
    """Places in a list, such as 1 and 3 in 1和3."""
    return [int(found) for found in _PLACE.findall(unicodedata.normalize("NFKC", line))]


_SPELT_OUT = (
    "一 one",
    "二 两 俩 two",
    "三 three",
    "四 four",
    "五 five",
    "六 six",
    "七 seven",
    "八 eight",
    "九 nine",
    "十 ten",
)
COUNTS = {word: count for count, words in enumerate(_SPELT_OUT, 1) for word in words.split()}
_COUNT = re.compile(r"(?:只?退|就|要)?([一二两俩三四五六七八九十])[件个只双条份台本瓶盒]?")


def count_in(line: str) -> int:
    """How many of something, such as 2, 两件 or two; 0 when it says none, or several numbers."""
    plain = unicodedata.normalize("NFKC", line).strip().lower()
    if found := _COUNT.fullmatch(plain):
        return COUNTS[found[1]]
    places = places_in(plain) or [COUNTS[word] for word in plain.split()[:4] if word in COUNTS]
    return places[0] if len(places) == 1 and "-" not in plain else 0


def numbers_in(line: str) -> list[str]:
    """What may be the number of an order or a transaction."""
    return _NUMBER.findall(unicodedata.normalize("NFKC", line))


_SPELT = {"CNY": (r"CN¥|RMB|人民币|¥", r"元整?|元钱|块钱?|RMB|人民币|YUAN")}  # before and after
_SYMBOLS: dict[Locale, dict[str, str]] = {
    "zh-CN": {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"},
    "en": {"CNY": "CN¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"},
}
_WHOLE = frozenset({"JPY", "KRW", "VND"})
_EMAIL = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]*[A-Za-z0-9])+")
_PHONE = re.compile(r"(?<![0-9A-Za-z•@.+-])\+?[0-9][0-9 ()-]{4,23}[0-9](?![0-9A-Za-z@])")
SENTENCE = 300  # code points in which an amount or an address is looked for
_FIGURE = re.compile(r"(?<![0-9A-Za-z.,•-])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?![0-9A-Za-z%折]|,\d)"
                     r"|(?<![0-9A-Za-z.,•-])\d{1,12}(?:\.\d{1,2})?(?![0-9A-Za-z%折]|,\d)", re.ASCII)  # fmt: skip
_FOREIGN = re.compile(
    r"USD|EUR|GBP|HKD|JPY|KRW|dollar|euro|pound|yen|[$€£₩]|美元|美金|欧元|英镑|港币|港元|日元", re.IGNORECASE
)
_SECRET = re.compile(
    r"(?:密码|口令)\s*(?:就?是|为|:|=)\s*[!-~]{4,}"
    r"|(?:密码|口令|password|passcode)\s*(?:is|:|=)?\s*(?=[!-~]{0,40}[0-9@#$%^&*])[!-~]{4,}"
    r"|(?:验证码|校验码|动态码|(?:verification|security|sms|one-time) code)\s*(?:就?是|为|:|is|=)?\s*\d{4,8}(?!\d)",
    re.IGNORECASE,
)


def minor_units(text: str, currency: str) -> int | None:
    """An exact amount as people write it, such as 12.5, ¥1,280.00 or 99元; None when it is none of this currency."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    if len(plain) > LONGEST_AMOUNT:
        return None
    before, after = _SPELT.get(currency, (currency, currency))
    plain = re.sub(rf"^(?:{currency}|{before})\s*|\s*(?:{currency}|{after})$", "", plain)
    found = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?", plain, re.ASCII)
    if found is None or (currency in _WHOLE and found[2]):
        return None
    whole = int(found[1].replace(",", ""))
    return whole if currency in _WHOLE else whole * 100 + int((found[2] or "").ljust(2, "0"))


def money(amount: int, currency: str, locale: Locale) -> str:
    """`amount` is in the minor unit. As browsers write it in that language, and with them the rest of the desk."""
    symbol = _SYMBOLS[locale].get(currency, f"{currency} ")
    return f"{symbol}{amount:,}" if currency in _WHOLE else f"{symbol}{amount // 100:,}.{amount % 100:02}"


def amount_in(line: str, currency: str) -> int | None:
    """An exact amount, alone or as the only number of a sentence, such as 扣了 128 元."""
    if (alone := minor_units(line, currency)) is not None:
        return alone
    plain = unicodedata.normalize("NFKC", line[:SENTENCE])
    if _FOREIGN.search(plain):
        return None
    found = _FIGURE.findall(plain)
    numbers = re.findall(r"\d+", plain, re.ASCII)
    whole = len(found) == 1 and "".join(numbers) == re.sub(r"\D", "", found[0])
    return minor_units(found[0], currency) if whole else None


def contact(line: str) -> dict[str, str] | None:
    """An address or a number, alone or as the only one in a sentence."""
    plain = unicodedata.normalize("NFKC", line[:SENTENCE]).strip()
    addresses = _EMAIL.findall(plain)
    if len(addresses) == 1 and len(addresses[0]) <= 254:
        return {"email": addresses[0], "phone": ""}
    numbers = [found for found in _PHONE.findall(plain) if 7 <= sum(map(str.isdigit, found)) <= 15]
    if len(numbers) == 1 and not addresses:
        return {"email": "", "phone": numbers[0].strip()}
    return None


def is_telephone(number: str) -> bool:
    """A Chinese mobile number."""
    return re.fullmatch(r"1[3-9]\d{9}", number) is not None


def tells_a_secret(line: str) -> bool:
    """A password or a code that nobody should be told."""
    return _SECRET.search(unicodedata.normalize("NFKC", line[:SENTENCE])) is not None


def shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def is_visible(line: str) -> bool:
    return any(unicodedata.category(each) not in {"Zs", "Zl", "Zp", "Cc", "Cf"} for each in line)
