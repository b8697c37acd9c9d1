"""What is heard in the usual messages of the screens' tests, written down: it does not change with the word lists."""

from __future__ import annotations

from cminbox.model import Sentiment
from cminbox.rules.analysis import Analysis

HEARD: dict[str, Analysis] = {
    "Mi pedido llegó roto y nadie contesta. ¿Qué hago?": Analysis(
        "es",
        "network",
        Sentiment(-0.84, "negative", None, (("roto", -2.4), ("nadie contesta", -2.0))),
        signals=("damage", "delivery", "question", "unanswered"),
        signal_words={"delivery": ("mi pedido",), "damage": ("llegó roto", "roto"), "unanswered": ("nadie contesta",)},
        urgency=15,
        urgent_words=("nadie contesta", "roto"),
    ),
    "मेरा पैसा वापस करो, ऑर्डर अब तक नहीं आया 😠": Analysis(
        "hi",
        "network",
        Sentiment(
            -0.73, "negative", None, (("ऑर्डर ... नहीं आया", -2.3), ("😠", -2.0), ("मेरा पैसा", -1.5), ("वापस कर*", -0.8))
        ),
        signals=("complaint", "delivery", "refund"),
        signal_words={"refund": ("पैसा वापस",), "delivery": ("ऑर्डर ... नहीं",), "complaint": ("अब तक नहीं", "नहीं आया")},
        urgency=15,
        urgent_words=("ऑर्डर ... नहीं आया", "मेरा पैसा"),
    ),
    "ਮੇਰਾ ਆਰਡਰ ਖਰਾਬ ਆਇਆ, ਪੈਸੇ ਵਾਪਸ ਕਰੋ": Analysis(
        "pa",
        "network",
        Sentiment(-0.85, "negative", None, (("ਪੈਸੇ ਵਾਪਸ ਕਰੋ", -2.6), ("ਖਰਾਬ", -2.4))),
        signals=("complaint", "refund"),
        signal_words={"complaint": ("ਖਰਾਬ",), "refund": ("ਪੈਸੇ ਵਾਪਸ",)},
        urgency=10,
        urgent_words=("ਪੈਸੇ ਵਾਪਸ ਕਰੋ",),
    ),
    "You are thieves!!! I want a REFUND NOW, or I go to my bank and tell everybody about it": Analysis(
        "en",
        "network",
        Sentiment(-0.95, "negative", -0.6, (("refund now", -1.9), ("thieves", -1.8))),
        signals=("refund", "request", "scam"),
        signal_words={"scam": ("thieves",), "request": ("want a",), "refund": ("refund",)},
        urgency=14,
        urgent_words=("refund now", "thieves"),
    ),
    "How much is the 500 g pack, and do you ship to Canada?": Analysis(
        "en",
        "network",
        Sentiment(0.0, "neutral", 0.0, ()),
        signals=("question", "sale"),
        signal_words={"sale": ("how much is", "do you ship", "ship to"), "question": ("how much", "do you ship")},
    ),
    "Is it just me or did the packaging change?": Analysis(
        "en",
        "network",
        Sentiment(0.0, "neutral", 0.0, ()),
        signals=("complaint", "question"),
        signal_words={"complaint": ("packaging",)},
    ),
    "same here, the tin is gone": Analysis(
        "en", "network", Sentiment(0.0, "neutral", 0.0, ()), signals=("same",), signal_words={"same": ("same here",)}
    ),
    "ખૂબ સરસ ❤️ અમદાવાદમાં દુકાન ક્યાં છે?": Analysis(
        "gu",
        "network",
        Sentiment(0.65, "positive", None, (("સરસ", 2.6), ("❤", 2.2))),
        signals=("praise", "question"),
        signal_words={"praise": ("ખૂબ સરસ", "સરસ"), "question": ("ક્યાં છે",)},
    ),
    "我的訂單還沒有到,請問什麼時候發貨?": Analysis(
        "zh", "network", Sentiment(None, "unknown", None, ()), signals=("question",)
    ),
    "Vocês são ótimos 👩\u200d👩\u200d👧\u200d👦 obrigada! 🇧🇷": Analysis(
        "pt",
        "network",
        Sentiment(0.81, "positive", None, (("ótim*", 2.3), ("obrigada", 2.0))),
        signals=("thanks",),
        signal_words={"thanks": ("obrigad*",)},
        needs=False,
    ),
    "متى يصل طلبي؟": Analysis(
        "ar",
        "network",
        Sentiment(0.0, "neutral", None, ()),
        signals=("delivery", "question"),
        signal_words={"delivery": ("متى يصل", "طلبي"), "question": ("متى",)},
    ),
    "Bonjour, le colis est arrivé ouvert, que faire ?": Analysis(
        "fr", "network", Sentiment(0.0, "neutral", None, ()), signals=("question",)
    ),
    "Wann kommt meine Bestellung endlich an?": Analysis(
        "de",
        "network",
        Sentiment(0.0, "neutral", None, ()),
        signals=("delivery", "question"),
        signal_words={"question": ("wann kommt",), "delivery": ("wann kommt",)},
    ),
    "order kab aayega bhai, kitna wait karna padega": Analysis(
        "hi-Latn",
        "detected",
        Sentiment(-0.42, "negative", None, (("kitna wait", -2.6),)),
        signals=("delivery", "question"),
        signal_words={"delivery": ("order ... kab", "order kab", "kab aayega*"), "question": ("kab aayega",)},
        urgency=12,
        urgent_words=("kitna wait", "kab aayega"),
    ),
    "कोई है? तीन दिन से इंतज़ार कर रहा हूँ 😠": Analysis(
        "hi",
        "network",
        Sentiment(-0.54, "negative", None, (("😠", -2.0), ("इंतजार कर रह*", -1.6))),
        signals=("question",),
        urgency=6,
        urgent_words=("इंतजार कर रह*",),
    ),
    "Where is it?": Analysis(
        "en",
        "network",
        Sentiment(0.0, "neutral", 0.0, ()),
        signals=("delivery", "question"),
        signal_words={"delivery": ("where is it",), "question": ("where is",)},
    ),
}
"""By text. The language is that of the test."""
