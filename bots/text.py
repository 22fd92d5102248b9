"""Brings what customers type into one spelling, so that equal questions compare equal."""

import re
import unicodedata

# Nobody needs more to ask a question, and it keeps the cost of hostile input flat.
MOST_CODE_POINTS = 500

# Traditional and Simplified forms, side by side, of the characters that occur in support talk. 帐 is a
# Simplified character of its own, but 帐号 is how many customers misspell 账号.
_PAIRS = """
帳账 帐账 賬账 號号 碼码 錢钱 戶户 訂订 單单 購购 買买 賣卖 貨货 費费 額额 價价 優优 運运 遞递 達达 發发 髮发
貼贴 財财 產产 資资 務务 員员 問问 題题 請请 謝谢 幫帮 麼么 嗎吗 們们 個个 這这 裡里 裏里 還还 過过 時时 間间
幾几 點点 開开 關关 閉闭 啟启 動动 進进 邊边 選选 擇择 條条 項项 類类 種种 數数 據据 庫库 檔档 檢检 驗验 證证
認认 識识 訊讯 電电 話话 機机 線线 網网 頁页 鏈链 連连 結结 絡络 絕绝 經经 業业 銀银 儲储 轉转 匯汇 兌兑 換换
貸贷 債债 賠赔 償偿 贈赠 紅红 積积 禮礼 滿满 減减 繳缴 納纳 稅税 總总 計计 記记 錄录 歷历 紀纪 級级 別别 權权
許许 規规 則则 約约 協协 議议 訴诉 訟讼 爭争 處处 辦办 審审 復复 複复 覆复 覈核 執执 將将 當当 與与 無无 沒没
為为 爲为 從从 來来 後后 對对 錯错 誤误 壞坏 損损 舊旧 斷断 凍冻 鎖锁 鑰钥 獲获 護护 衛卫 險险 騙骗 詐诈 盜盗
竊窃 偽伪 嚇吓 脅胁 報报 緊紧 聯联 繫系 係系 聽听 說说 講讲 語语 譯译 讀读 寫写 書书 簡简 體体 製制 圖图 畫画
傳传 輸输 變变 設设 備备 裝装 載载 軟软 環环 範范 圍围 區区 國国 際际 灣湾 門门 陸陆 東东 廣广 場场 內内 週周
節节 歲岁 歡欢 親亲 慣惯 應应 該该 實实 確确 覺觉 觀观 視视 見见 覽览 顯显 現现 顧顾 須须 預预 領领 頭头 願愿
風风 餘余 魚鱼 齊齐 雖虽 雙双 離离 難难 靜静 響响 頻频 補补 標标 樣样 極极 構构 歸归 毀毁 氣气 爛烂 獎奖 獨独
盡尽 監监 盤盘 眾众 稱称 穩稳 筆笔 簽签 細细 終终 組组 給给 統统 維维 緩缓 縮缩 績绩 續续 罰罚 職职 聲声 臉脸
舉举 虧亏 術术 訪访 評评 試试 詢询 誠诚 誰谁 課课 調调 談谈 論论 諮咨 負负 責责 質质 賺赚 趕赶 跡迹 車车 輕轻
較较 輛辆 輪轮 遠远 適适 遲迟 遺遗 郵邮 醫医 釋释 針针 鈔钞 鈕钮 鋪铺 鍵键 鏡镜 鐘钟 鑒鉴 隊队 階阶 隨随 隱隐
雜杂 順顺 飾饰 驅驱 幣币 師师 幹干 強强 惡恶 態态 憑凭 拋抛 掃扫 掛挂 採采 擠挤 擴扩 攝摄 暫暂 會会 棄弃 勝胜
參参 堅坚 婦妇 媽妈 學学 導导 專专 屬属 並并 倉仓 側侧 偵侦 儘尽 億亿 兒儿 兩两 凈净 淨净 劃划 剛刚 創创 刪删
辭辞 丟丢 亂乱 亞亚 佔占 於于 妳你 異异 綁绑 臺台 驟骤 讓让 攔拦 擋挡 閃闪 櫃柜 貴贵 詳详 麽么 遊游 託托 誌志
讚赞 釣钓 販贩 贓赃 啞哑 鑑鉴 徵征 鈴铃 頓顿 賓宾 遷迁 卻却
"""

# The same thing said in other letters: other regions' words, common typos, English written apart or together.
_SAME_WORDS = {
    "登陆": "登录",
    "登入": "登录",
    "网路": "网络",
    "简讯": "短信",
    "信箱": "邮箱",
    "储值": "充值",
    "软体": "软件",
    "身分证": "身份证",
    "有没有办法": "怎么",
    "如何": "怎么",
    "怎样": "怎么",
    "咋": "怎么",
    "为啥": "为什么",
    "啥": "什么",
}
_SAME_ENGLISH = (
    (re.compile(r"\b(?:log|sign)(?:ging|ged)? ?(?:in|on)\b"), "login"),
    (re.compile(r"\be mail(s?)\b"), r"email\1"),
    (re.compile(r"\bpass word\b"), "password"),
    (re.compile(r"\b(?:cannot|can not|could not|unable to)\b"), "cant"),
    (re.compile(r"\bcell ?phone\b"), "phone"),
)

_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_MARKUP = re.compile(r"</?[a-z][^<>]{0,60}>|&(?:nbsp|ensp|emsp|thinsp|#160|#xa0);", re.IGNORECASE)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")
_APOSTROPHES = "'\u2019\u02bc`"


def normalise(text: str) -> str:
    """The text as it is compared: one width, one case, one script, words apart by one space, no punctuation.

    Empty when there is nothing to read in it. At most 500 code points are looked at.
    """
    return fold(text[:MOST_CODE_POINTS])[:MOST_CODE_POINTS].rstrip()


def fold(text: str) -> str:
    """The same without a bound, for texts of our own."""
    text = unicodedata.normalize("NFKC", _MARKUP.sub(" ", text)).casefold()
    text = "".join(map(_letter_or_space, text.translate(_SIMPLIFIED)))
    return _one_wording(_BESIDE_HAN.sub("", " ".join(text.split())))


def _letter_or_space(character: str) -> str:
    if character.isalnum():
        return character
    # Zero-width characters, loose accents and apostrophes stand inside a word, the rest between words.
    inside = character in _APOSTROPHES or unicodedata.category(character) in ("Cf", "Mn", "Me")
    return "" if inside else " "


def _one_wording(text: str) -> str:
    for other, usual in _SAME_WORDS.items():
        text = text.replace(other, usual)
    for pattern, usual in _SAME_ENGLISH:
        text = pattern.sub(usual, text)
    return text
