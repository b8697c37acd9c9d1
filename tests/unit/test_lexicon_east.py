"""What people write to brands in Russian, Arabic and Urdu: how it sounds, what it says, whether it needs an answer."""

from __future__ import annotations

import pytest

from cminbox.rules.analysis import Analyser

ANALYSER = Analyser()

RUSSIAN = [
    # text, class, signals that it has, signals that it has not, needs an answer
    (
        "@bank Третий день не могу войти в приложение, поддержка молчит.",
        "negative",
        "broken unanswered",
        "thanks",
        True,
    ),
    ("@shop Добрый день, подскажите, когда придёт мой заказ №4471?", "neutral", "question delivery", "complaint", True),
    ("@shop Спасибо большое, всё пришло быстро и в целости!", "positive", "thanks", "complaint", False),
    ("@telecom всё, уже заработало, вопрос снят", "positive", "sorted", "broken complaint", False),
    ("@telecom Вы охренели? Опять нет интернета, б***ь, сколько можно", "negative", "abuse broken", "", True),
    ("@shop Очень понравилась коллекция, супер! А будет ли размер 46?", "positive", "praise question", "", True),
    ("@telecom Отличная работа, опять весь вечер без связи. Спасибо за испорченный вечер.", "negative", "", "", True),
    ("@cafe После вашего салата ребёнок отравился, лежим в больнице", "negative", "safety", "", True),
    ("@shop С меня дважды списали деньги, верните деньги", "negative", "double-charge refund", "", True),
    ("ахаха жиза", "", "chatter", "complaint", False),
    ("@telecom х*ево работаете, п***ц", "negative", "complaint", "praise", True),
    ("@bank это не мошенники, всё честно", "positive", "", "scam", False),
    ("@telecom не плохая связь на даче", "positive", "", "complaint", True),
    ("неудобно и дорого", "negative", "complaint", "praise", True),
    ("@shop пришла не та модель, и коробка порвана", "negative", "misdelivery damage", "", True),
    ("@bank взломали аккаунт, с моей карты списали 5000", "negative", "stolen-account", "", True),
    ("@bank Закрываю счёт, ухожу к конкурентам", "negative", "cancelling", "", True),
    ("@bank Соедините меня с живым человеком", "", "human-wanted", "", True),
    ("@telecom Подам на вас в суд, жалоба уже написана", "negative", "legal complaint", "", True),
    ("МТС запустил новый тариф в Казани", "neutral", "", "complaint praise", True),
    ("@bank у меня тоже не работает", "negative", "same broken", "", True),
    ("В йогурте нашёл плесень", "negative", "safety complaint", "", True),
    ("@bank ваше приложение вылетает при каждом входе", "negative", "broken complaint", "", True),
    ("Мне не хватает слов, чтобы описать восторг", "positive", "", "complaint", False),
    ("@shop Лучше бы не заказывал", "negative", "complaint", "praise", True),
    ("@shop Хватит слать спам!", "negative", "complaint", "", True),
    ("@shop Подпишитесь на мой канал, заработок от 5000 в день", "", "spam", "", False),
    ("@telecom клаассссс", "positive", "", "complaint", False),
]

ARABIC = [
    ("@shop المنتج وصلني مكسور وخدمة العملاء سيئة جدا", "negative", "damage complaint", "praise", True),
    ("@shop متى يوصل طلبي؟ رقم الطلب 4471", "neutral", "question delivery", "complaint", True),
    ("@shop شكرا لكم، وصلني الطلب بسرعة والتغليف ممتاز", "positive", "thanks", "complaint", False),
    ("@telecom خلاص النت رجع، المشكلة انحلت", "positive", "sorted", "broken complaint", False),
    ("@telecom محد يرد عليكم من أسبوع يا كلاب، حسبي الله ونعم الوكيل", "negative", "unanswered abuse", "", True),
    ("@cafe القهوة روعة والمكان يجنن! متى تفتحون فرع جدة؟", "positive", "praise question", "complaint", True),
    ("@telecom ما شاء الله على السرعة، النت مقطوع من أمس. شكرا على لا شيء", "negative", "broken", "", True),
    ("@food ولدي تسمم من الأكل عندكم وهو في المستشفى", "negative", "safety", "", True),
    ("@shop خصمتوا المبلغ مرتين من بطاقتي، رجعوا فلوسي", "negative", "double-charge refund", "", True),
    ("ههههه صباح الخير", "", "chatter", "complaint", False),
    ("@shop الاوردر مجاش لحد دلوقتي ومحدش بيرد", "negative", "delivery unanswered", "", True),
    ("@shop وين طلبي صارلي ناطر من اسبوع", "negative", "delivery unanswered", "sorted", True),
    ("@app التطبيق مش شغال وما يفتح", "negative", "broken", "", True),
    ("@shop الخدمة مو سيئة", "positive", "", "complaint", False),
    ("@shop مش نصابين والله بس متأخرين", "negative", "", "scam", True),
    ("@shop نصاااابين", "negative", "scam", "", True),
    ("@cafe ممتااااز", "positive", "praise", "", False),
    ("@bank حسابي تهكر وسحبوا كل فلوسي", "negative", "stolen-account", "", True),
    ("@shop السلام عليكم كم سعر هذا؟", "neutral", "sale question", "complaint", True),
    ("@shop ابي اكلم موظف مو بوت", "", "human-wanted", "", True),
    ("@telecom بغير الشركة، خدمتكم فاشلة", "negative", "cancelling complaint", "", True),
    ("@shop مافي احلى منكم", "positive", "praise", "complaint", False),
    ("@shop انصدمت من سوء الخدمة", "negative", "complaint", "praise", True),
    ("@shop الله يعطيكم العافية بس الطلب ناقص قطعة", "negative", "misdelivery", "", True),
    ("@shop وصل الحمد لله", "positive", "sorted", "complaint", False),
    ("@shop سحبتوا من حسابي ٢٠٠ ريال بدون علمي", "negative", "stolen-account", "", True),
    ("تابعوني اتابعكم", "", "spam", "", False),
    ("@shop يعطيكم العافية", "positive", "thanks", "", False),
    ("وزير الخارجية يلتقي السفير في الرياض", "neutral", "", "complaint praise", True),
]

URDU = [
    ("@shop آپ کی سروس بہت گھٹیا ہے، آرڈر ٹوٹا ہوا ملا", "negative", "complaint damage", "praise", True),
    ("@shop میرا آرڈر کب آئے گا؟ آرڈر نمبر 4471", "neutral", "question delivery", "complaint", True),
    ("@shop بہت شکریہ، چیز وقت پر مل گئی اور بہت اچھی ہے", "positive", "thanks praise", "complaint", False),
    ("@telecom مسئلہ حل ہو گیا، نیٹ چل گیا", "positive", "sorted", "broken complaint", False),
    ("@telecom کتے کے بچوں، تین دن سے نیٹ بند ہے، لعنت ہو تم پر", "negative", "broken abuse", "", True),
    (
        "@cafe بریانی زبردست تھی! کیا آپ لاہور میں بھی ڈیلیوری کرتے ہیں؟",
        "positive",
        "praise question",
        "complaint",
        True,
    ),
    ("@telecom واہ کیا سروس ہے، صبح سے انٹرنیٹ بند ہے، شکریہ دن برباد کرنے کا", "negative", "broken", "", True),
    ("@food آپ کا کھانا کھا کر بچہ بیمار پڑ گیا، ہسپتال میں ہیں", "negative", "safety", "", True),
    ("@shop ایک آرڈر کے دو بار پیسے کاٹ لیے، میرے پیسے واپس کریں", "negative", "double-charge refund", "", True),
    ("ہاہاہا صبح بخیر", "", "chatter", "complaint", False),
    ("@shop یہ برا نہیں ہے", "positive", "", "complaint", True),
    ("@shop اچھا نہیں لگا", "negative", "complaint", "praise", True),
    ("@shop ابھی تک جواب نہیں آیا", "negative", "unanswered", "", True),
    ("@bank میرا اکاؤنٹ ہیک ہو گیا ہے", "negative", "stolen-account", "", True),
    ("@shop السلام علیکم، اس کی قیمت کیا ہے", "neutral", "sale question", "complaint", True),
    ("@shop فراڈ کمپنی ہے، نقلی سامان بھیجا", "negative", "scam", "", True),
    ("@shop میرے ساتھ بھی یہی ہوا", "", "same", "", True),
    ("@bank کنزیومر کورٹ جاؤں گا", "negative", "legal", "", True),
    ("@food کھانے میں کیڑا نکلا", "negative", "safety", "", True),
    ("@shop سروس اچھی ہے لیکن قیمت زیادہ ہے", "negative", "", "", True),
    ("@bank میرے کارڈ سے کسی نے پیسے نکال لیے", "negative", "stolen-account", "", True),
    ("@telecom بھائی نیٹ کیوں نہیں چل رہا", "negative", "broken question", "praise", True),
    ("@shop پیسے واپس مل گئے، شکریہ", "positive", "sorted thanks", "complaint", False),
    ("مجھے فالو کریں فالو بیک ملے گا", "", "spam", "", False),
    ("@shop جزاک اللہ", "positive", "thanks", "", False),
    ("وزیر اعظم آج لاہور کا دورہ کریں گے", "neutral", "", "complaint praise", True),
]

SENTENCES = [(lang, *rest) for lang, rows in (("ru", RUSSIAN), ("ar", ARABIC), ("ur", URDU)) for rest in rows]


@pytest.mark.parametrize(("lang", "text", "label", "has", "has_not", "needs"), SENTENCES)
def test_what_people_write(lang: str, text: str, label: str, has: str, has_not: str, needs: bool) -> None:
    """An empty class is not looked at: a plain fact may sound either way."""
    heard = ANALYSER.analyse(text, lang=lang)
    assert not label or heard.sentiment.label == label
    assert set(has.split()) <= set(heard.signals)
    assert set(has_not.split()).isdisjoint(heard.signals)
    assert heard.needs is needs


@pytest.mark.parametrize(
    ("lang", "weightier", "lighter"),
    [
        ("ru", "до сих пор не вернули деньги, третий раз пишу, нет ответа", "когда вы открываетесь"),
        ("ru", "дважды списали деньги", "интернет медленный"),
        ("ar", "انخصم مرتين ومحد يرد علي", "متى يفتح الفرع"),
        ("ar", "حسابي تهكر", "التطبيق بطيء"),
        ("ur", "دو بار پیسے کاٹ لیے، کوئی جواب نہیں", "آپ کب کھولتے ہیں"),
    ],
)
def test_what_presses_more_has_more_points(lang: str, weightier: str, lighter: str) -> None:
    more, less = (ANALYSER.analyse(text, lang=lang) for text in (weightier, lighter))
    assert more.urgency > less.urgency
    assert more.urgent_words
