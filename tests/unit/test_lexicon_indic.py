"""What is heard in what people write to a brand in Hindi, Marathi, Gujarati and Punjabi, also in Latin letters."""

from __future__ import annotations

import pytest

from cminbox.rules.analysis import Analyser

ANALYSER = Analyser()

# language | class | signals that must be heard | needs an answer | text
SENTENCES = """
hi|negative|complaint delivery|yes|दस दिन हो गए, मेरा ऑर्डर अभी तक नहीं आया। बहुत घटिया सर्विस है।
hi|neutral|delivery question|yes|मेरा पार्सल कब तक आएगा?
hi|positive|thanks|no|आपकी मदद के लिए बहुत बहुत धन्यवाद!
hi|positive|sorted thanks|no|रिफंड मिल गया, समस्या हल हो गई। धन्यवाद।
hi|negative|abuse scam|yes|साले चोर कंपनी, मेरे पैसे खा गए, हरामखोर लोग
hi|positive|praise question|yes|बहुत बढ़िया फोन है! क्या यह नीले रंग में भी मिलेगा?
hi|negative|complaint broken|yes|वाह, नया मिक्सर दूसरे दिन ही बंद हो गया। क्या बकवास क्वालिटी है।
hi|negative|safety|yes|खाने में कीड़ा निकला, मेरी बेटी अस्पताल में है
hi|negative|double-charge refund|yes|एक ही बिल के पैसे दो बार कट गए, तुरंत रिफंड करो
hi|positive|chatter|no|शुभ प्रभात! दिवाली की हार्दिक शुभकामनाएं 🙏
hi|positive||no|कोई समस्या नहीं हुई, सब बढ़िया चल रहा है
hi|negative|unanswered|yes|तीन बार मेल किया, कोई जवाब नहीं दे रहा
hi-Latn|negative|complaint delivery|yes|10 din ho gaye mera order abhi tak nahi aaya, bahut ghatiya service hai
hi-Latn|neutral|delivery question|yes|bhai mera parcel kab tak aayega?
hi-Latn|positive|thanks|no|bahut bahut shukriya aapki madad ke liye
hi-Latn|positive|sorted thanks|no|paise wapas mil gaye, problem solve ho gayi thanks
hi-Latn|negative|abuse scam|yes|saale chor company ho tum log, mere paise kha gaye bc
hi-Latn|positive|praise question|yes|bhot mast phone hai yaar, kya ye blue colour me milega?
hi-Latn|negative|complaint broken|yes|wah kya quality hai, 2 din me hi kharab ho gaya bakwas product
hi-Latn|negative|safety|yes|khane me cockroach nikla, meri beti hospital me hai
hi-Latn|negative|double-charge refund|yes|ek order ke 2 baar paise kat gaye, refund karo jaldi
hi-Latn|positive|chatter|no|good morning bhai, diwali ki hardik shubhkamnaye
hi-Latn|positive||no|koi dikkat nhi hui, sab badhiya chal raha hai
hi-Latn|negative|unanswered|yes|kitni baar msg kiya koi reply nhi deta
hi-Latn|negative|cancelling|yes|mera account band karo, phir kabhi nahi lunga yahan se
mr|negative|complaint delivery|yes|दहा दिवस झाले, माझी ऑर्डर अजून आली नाही. अतिशय वाईट सेवा.
mr|neutral|delivery question|yes|माझे पार्सल कधी येणार?
mr|positive|thanks|no|तुमच्या मदतीबद्दल मनापासून आभार!
mr|positive|sorted thanks|no|पैसे परत मिळाले, प्रश्न सुटला. धन्यवाद!
mr|negative|abuse scam|yes|चोर कंपनी आहे ही, नालायक लोक, माझे पैसे खाल्ले
mr|positive|praise question|yes|खूप छान फोन आहे! हा निळ्या रंगात मिळेल का?
mr|negative|broken|yes|वा, नवीन मिक्सर दुसऱ्याच दिवशी बंद पडला. फालतू दर्जा.
mr|negative|safety|yes|जेवणात अळी निघाली, मुलगी आजारी पडली
mr|negative|double-charge refund|yes|एका बिलाचे पैसे दोनदा कापले, ताबडतोब पैसे परत करा
mr|positive|chatter|no|शुभ सकाळ! गणेशोत्सवाच्या हार्दिक शुभेच्छा
gu|negative|complaint delivery|yes|દસ દિવસ થયા, મારો ઓર્ડર હજી સુધી આવ્યો નથી. ખૂબ ખરાબ સર્વિસ છે.
gu|neutral|delivery question|yes|મારું પાર્સલ ક્યારે આવશે?
gu|positive|thanks|no|તમારી મદદ માટે ખૂબ ખૂબ આભાર!
gu|positive|sorted thanks|no|રિફંડ મળી ગયું, સમસ્યા હલ થઈ ગઈ. આભાર!
gu|negative|abuse scam|yes|સાલા ચોર કંપની, મારા પૈસા ખાઈ ગયા, હરામખોરો
gu|positive|praise question|yes|ખૂબ સરસ ફોન છે! શું આ વાદળી રંગમાં મળશે?
gu|negative|broken|yes|વાહ, નવું મિક્સર બીજા જ દિવસે બંધ પડી ગયું. સાવ નકામું.
gu|negative|safety|yes|જમવામાં જીવાત નીકળી, મારી દીકરી હોસ્પિટલમાં છે
gu|negative|double-charge refund|yes|એક બિલના બે વાર પૈસા કપાયા, તાત્કાલિક પૈસા પાછા આપો
gu|positive|chatter|no|સુપ્રભાત! દિવાળીની હાર્દિક શુભેચ્છાઓ
pa|negative|complaint delivery|yes|ਦਸ ਦਿਨ ਹੋ ਗਏ, ਮੇਰਾ ਆਰਡਰ ਅਜੇ ਤੱਕ ਨਹੀਂ ਆਇਆ। ਬਹੁਤ ਘਟੀਆ ਸੇਵਾ ਹੈ।
pa|neutral|delivery question|yes|ਮੇਰਾ ਪਾਰਸਲ ਕਦੋਂ ਆਵੇਗਾ?
pa|positive|thanks|no|ਤੁਹਾਡੀ ਮਦਦ ਲਈ ਬਹੁਤ ਬਹੁਤ ਧੰਨਵਾਦ ਜੀ!
pa|positive|sorted thanks|no|ਰਿਫੰਡ ਮਿਲ ਗਿਆ, ਮਸਲਾ ਹੱਲ ਹੋ ਗਿਆ। ਧੰਨਵਾਦ!
pa|negative|abuse scam|yes|ਚੋਰ ਕੰਪਨੀ ਆ ਇਹ, ਮੇਰੇ ਪੈਸੇ ਖਾ ਗਏ, ਕੁੱਤੇ ਕਮੀਨੇ
pa|positive|praise question|yes|ਬਹੁਤ ਵਧੀਆ ਫੋਨ ਹੈ! ਕੀ ਇਹ ਨੀਲੇ ਰੰਗ ਵਿੱਚ ਮਿਲੇਗਾ?
pa|negative|broken|yes|ਵਾਹ, ਨਵਾਂ ਮਿਕਸਰ ਦੂਜੇ ਦਿਨ ਹੀ ਬੰਦ ਹੋ ਗਿਆ। ਨਿਰਾ ਬਕਵਾਸ।
pa|negative|safety|yes|ਖਾਣੇ ਵਿੱਚ ਕੀੜਾ ਨਿਕਲਿਆ, ਮੇਰੀ ਧੀ ਹਸਪਤਾਲ ਵਿੱਚ ਹੈ
pa|negative|double-charge refund|yes|ਇੱਕੋ ਬਿੱਲ ਦੇ ਦੋ ਵਾਰ ਪੈਸੇ ਕੱਟੇ ਗਏ, ਤੁਰੰਤ ਰਿਫੰਡ ਦਿਓ
pa|positive|chatter|no|ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ ਜੀ! ਵਿਸਾਖੀ ਦੀਆਂ ਲੱਖ ਲੱਖ ਵਧਾਈਆਂ
gu-Latn|negative|complaint delivery|yes|10 divas thai gaya maro order haji sudhi avyo nathi, bahu kharab service che
gu-Latn|neutral|delivery question|yes|maru parcel kyare aavshe?
gu-Latn|positive|thanks|no|tamari madad mate khub khub aabhar
gu-Latn|positive|sorted thanks|no|refund mali gayu, problem solve thai gayo thanks
gu-Latn|negative|abuse scam|yes|chor company che, mara paisa khai gaya haramkhor
gu-Latn|positive|praise question|yes|bahu saras phone che, blue color ma kya malshe?
gu-Latn|negative|broken|yes|vaah, navu mixer bija j divase bandh padi gayu, sav nakamu
gu-Latn|negative|safety|yes|jamva ma jivat nikli, mari dikri hospital ma che
gu-Latn|negative|double-charge refund|yes|ek bill na be vaar paisa kapai gaya, paisa pacha aapo
gu-Latn|positive|chatter|no|jay shri krishna, happy diwali tamne badhane
pa-Latn|negative|complaint delivery|yes|das din ho gye mera order aje tak nahi aaya, bahut ghatia service aa
pa-Latn|neutral|delivery question|yes|veer ji mera parcel kado aavega?
pa-Latn|positive|thanks|no|tuhadi madad layi bahut bahut dhanwad ji
pa-Latn|positive|sorted thanks|no|refund mil gya, masla hall ho gya, dhanwad
pa-Latn|negative|abuse scam|yes|chor company aa, mere paise kha gaye kutte kamine
pa-Latn|positive|praise question|yes|bahut vadhia phone aa, eh blue colour vich kithe milega?
pa-Latn|negative|broken|yes|waah, nva mixer duje din hi band ho gya, nira bakwas
pa-Latn|negative|safety|yes|khane vich keeda nikleya, meri dhee hospital vich aa
pa-Latn|negative|double-charge refund|yes|ikko bill de do vaar paise katt laye, refund deo
pa-Latn|positive|chatter|no|sat sri akal ji, vaisakhi diyan lakh lakh vadhaiyan
"""
ROWS = [line.split("|", 4) for line in SENTENCES.strip().splitlines()]


@pytest.mark.parametrize(
    ("lang", "label", "signals", "needs", "text"), ROWS, ids=[f"{row[0]} {row[4][:30]}" for row in ROWS]
)
def test_what_people_write_to_a_brand_is_heard(lang: str, label: str, signals: str, needs: str, text: str) -> None:
    heard = ANALYSER.analyse(text, kind="dm", lang=lang)
    assert heard.sentiment.label == label
    assert set(signals.split()) <= set(heard.signals)
    assert heard.needs == (needs == "yes")


@pytest.mark.parametrize("lang", ["hi", "hi-Latn", "mr", "gu", "pa", "gu-Latn", "pa-Latn"])
def test_there_are_ten_sentences_in_each_language(lang: str) -> None:
    assert sum(row[0] == lang for row in ROWS) >= 10
