"""What a message says besides its question: alarm, the wish for a person, orders to the bot.

All of these read normalised text (see `bots.text`): no punctuation, no spaces beside Chinese characters. The
patterns only ever search or substitute, so their cost grows with the text and no faster.
"""

import re


def _pattern(*, chinese: str = "", english: str = "") -> re.Pattern[str]:
    """Either the Chinese alternatives, found anywhere, or the English ones, found as whole words."""
    parts = [f"(?:{chinese})"] if chinese else []
    parts += [rf"\b(?:{english})\b"] if english else []
    return re.compile("|".join(parts))


_COURTESY = _pattern(
    chinese="你好|您好|请问一?下?|麻烦[你您]?|谢谢[你您]?|谢了|拜托|在吗|想问一?下?|问一下|咨询一?下|帮我看看|急急+",
    english=(
        "hi|hello|hey|there|please|pls|thanks|thank you|kindly|sorry|excuse me|good (?:morning|afternoon|evening)"
    ),
)

# Theft and fraud, as who was hit by it says it; then danger to a person.
_ALARM = _pattern(
    chinese=(
        "诈骗|被骗|骗子|骗了|骗我|骗走|受骗|上当了|上了当|杀猪盘|盗刷|盗用|盗号|被盗|盗了|盗走|盗取|被偷|偷了|偷走|偷刷"
        "|钱被转走|卡被刷|账号被登录"
        "|不是我(?:本人)?(?:操作|付的|买的|转的|刷的|登录)|(?:不是|非)本人(?:操作|交易|支付|登录)"
        "|报警|报案|勒索|敲诈|威胁|恐吓|洗钱|人身安全|自杀|不想活|活不下去|轻生|有危险|有生命危险|救命|绑架|跟踪我|家暴"
    ),
    english=(
        r"scam(?:s|med|mers?)?|fraud\w*|defrauded|phished|stole|stolen|theft|thie(?:f|ves)|hacked|hijacked"
        r"|robbed|unauthori[sz]ed|blackmail\w*|extort\w*|threaten\w*|kidnapped|stalking me|stalked"
        r"|suicid(?:e|al)|kill myself|end my life|in danger|call(?:ed)? the police"
        r"|(?:didnt|did not|never) (?:make|made|authori[sz]ed?) (?:this|that|the|these|any) (?:payments?|transfers?)"
        r"|not me who"
    ),
)
# Guarding against it, or asking how to tell, is a question for the articles, unless it has happened already.
_CAUTION = _pattern(
    chinese="防|识别|分辨|辨别|判断|避免|会不会|是不是|担心|怕被|小心|没有?被|未被|以免",
    english=(
        "avoid|prevent|spot|recogni[sz]e|identify|worried|afraid|in case|is (?:this|that|it) an?"
        "|how (?:to|do i|can i|do you) (?:know|tell|protect)"
    ),
)
_HAPPENED = _pattern(
    chinese=(
        "被骗了|骗了我|被骗走|骗走了|被盗了|被盗刷|盗刷了|盗走了|被盗走|被偷了|被偷走|偷走了|正在转走|救命|自杀|不想活"
        "|有生命危险"
    ),
    english=(
        "(?:was|were|got|been|being) (?:scammed|hacked|robbed|defrauded|hijacked|phished|threatened)"
        "|(?:has|have|had|is|was|were|been) stolen|stole|suicidal|kill myself|end my life"
    ),
)

# Whoever tells the bot what to be or to forget wants no article, though the words may be those of one.
_ORDERS = _pattern(
    chinese=(
        "(?:忽略|忘记|忘掉|无视|不要管)[^，]{0,6}(?:指令|规则|设定|提示|限制)|你现在(?:是一[个只名]|是我的|扮演)"
        "|从现在(?:开始|起)你|(?:请|来)扮演|假装你是|(?:系统|你的)?提示(?:词|语)|开发者模式|越狱模式|解除[^，]{0,4}限制"
    ),
    english=(
        r"(?:ignore|forget|disregard|override) (?:\w+ ){0,3}(?:instructions?|rules|prompts?)"
        r"|you are now (?:an? )?(?:\w+ )?(?:dan|ai|bot|model|assistant|my|unrestricted|free)|you are dan"
        r"|(?:pretend|imagine) (?:that )?you are|system prompt|developer mode|jailbreak|from now on you"
    ),
)

_PERSON = re.compile(
    r"(?<!不)(?<!不用)(?<!不要)(?<!不想)(?<!无需)(?<!别)"
    r"(?:转接?人工|转接?客服|人工客服|人工服务|人工坐席|接人工|找人工|要人工|叫人工"
    r"|找客服|叫客服|要客服|换客服|接客服|真人|活人"
    r"|[和跟与](?:客服|人工|人)(?:说|聊|讲|谈|沟通|对话)|找(?:一?个)?人(?:来|帮|跟|和|处理|解决)"
    r"|不要机器人|不想[跟和]机器人)"
    r"|^(?:人工|客服|客服在吗|客服人员|接线员)$"
    r"|(?<!not )(?<!dont )\b(?:"
    r"(?:talk|speak|chat)(?:ing)? (?:to|with) (?:(?:a|an|the|some|your|my) )?(?:(?:real|live|actual|human) )?"
    r"(?:person|human|agent|someone|somebody|one|body|representative|rep|operator|manager|staff|people|support)"
    r"|(?:real|live|actual) (?:person|human|agent)|human (?:agent|being|support|please)"
    r"|(?:get|want|need)(?: me)? (?:an? )?(?:real |live )?"
    r"(?:human|agent|representative|operator|manager|person)"
    r"|(?:connect|transfer|put) me (?:to|through|with))\b"
    r"|^(?:agent|human|representative|operator|person)(?: please)?$"
)
_ABOUT_HOURS = _pattern(chinese="几点|时间|上班|下班|周末|节假日", english="hours|what time|weekends?|holidays?")

_BARE = re.compile(
    r"是的?|不是|对|不对|没有?|有|好|行|不行|可以|不可以|我?有(?:个|一个|点)?问题|问个问题|有事|求助|救急|帮帮我|帮我"
    r"|y(?:es|eah|ep)?|n(?:o|ope)?|sure|help(?: me)?|(?:i )?need help"
    r"|(?:i have a )?(?:question|problem)"
)


def leaves_the_question_open(key: str) -> bool:
    """A yes or no without our having asked, or a call for help that does not say with what."""
    return _BARE.fullmatch(without_courtesies(key)) is not None


def has_happened(key: str) -> bool:
    """Fraud, theft or danger that the customer is in the middle of."""
    return bool(_HAPPENED.search(key))


def is_urgent(key: str) -> bool:
    """Words of fraud, theft or danger, unless the customer is only on guard."""
    return has_happened(key) or (bool(_ALARM.search(key)) and not _CAUTION.search(key))


def gives_orders(key: str) -> bool:
    """Tells the bot what to be, to forget or to reveal."""
    return bool(_ORDERS.search(key))


def asks_for_person(key: str) -> bool:
    return bool(_PERSON.search(key)) and not _ABOUT_HOURS.search(key)


def without_courtesies(key: str) -> str:
    """The question alone; the whole text when nothing else is in it."""
    return " ".join(_COURTESY.sub(" ", key).split()) or key
