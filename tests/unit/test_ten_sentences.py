"""Ten sentences in each language, by nobody who wrote its lists: what every brand hears."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cminbox.rules.analysis import Analyser

ANALYSER = Analyser()
UNANSWERED = ("negative", {"unanswered"}, True)
PRAISE = ("positive", {"praise"}, False)
QUESTION = ("neutral", {"question"}, True)
TWICE = ("negative", {"double-charge"}, True)
BROKEN = ("negative", {"damage", "broken"}, True)
# Whether plain news needs an answer nobody can be sure.
NEWS: tuple[str, set[str], bool | None] = ("neutral", set(), None)
THANKS = ("positive", {"thanks", "sorted"}, False)
SAFETY = ("negative", {"safety"}, True)
LEGAL = ("negative", {"legal"}, True)
CANCELLING = ("negative", {"cancelling"}, True)
WANTED = [UNANSWERED, PRAISE, QUESTION, TWICE, BROKEN, NEWS, THANKS, SAFETY, LEGAL, CANCELLING]
OTHER_ORDERS = {
    "en": [*WANTED[:9], PRAISE],
    "es": [BROKEN, UNANSWERED, QUESTION, TWICE, PRAISE, NEWS, THANKS, SAFETY, LEGAL, CANCELLING],
}
SENTENCES = """
# en
Third week and my blender still hasn't turned up, nobody picks up the phone.
The new cardigan fits like a dream, wearing it every day!
Could you tell me if the Leeds branch opens on Sunday?
You took 49 pounds from my account for a plan I never signed up for.
The lid snapped off the first time I used it.
Our winter catalogue is out on Thursday at the town hall.
Turns out it was my router, everything runs fine now, cheers.
My son broke out in hives after the cereal, there is no nut warning on the box.
If this isn't fixed by Friday my solicitor will be in touch.
Honestly not bad at all, pleasantly surprised.
# es
El paquete llegó aplastado y con la mitad de las tazas rotas.
Llevo dos horas al teléfono y nadie me atiende, qué vergüenza.
¿A qué hora abre la tienda de Sevilla los domingos?
Me cobraron dos veces la misma factura.
Qué maravilla de chaqueta, la uso todos los días.
El jueves presentamos el catálogo de invierno en el ayuntamiento.
Ya me lo arreglaron, muchísimas gracias por la rapidez.
A mi hija le dio alergia su crema, ¿qué lleva?
Si no me contestan hoy voy a poner una denuncia en consumo.
Quiero darme de baja y no me dejan.
# pt
Faz três semanas que espero a batedeira e ninguém responde.
Amei o vestido, caiu perfeito!
A loja do Porto abre no domingo?
Debitaram duas vezes o valor da assinatura no meu cartão.
A tampa quebrou no primeiro uso.
Na quinta apresentamos o catálogo de inverno na prefeitura.
Deu tudo certo aqui, valeu pela ajuda!
Minha filha teve alergia depois de usar o creme.
Vou no Procon se não resolverem hoje.
Quero cancelar meu plano, cansei.
# fr
Cela fait trois semaines que j'attends mon colis, personne ne répond.
J'adore ma nouvelle veste, elle est parfaite !
Le magasin de Lyon est ouvert dimanche ?
Vous m'avez prélevé deux fois le même abonnement.
Le couvercle s'est cassé à la première utilisation.
Le catalogue d'hiver sera présenté jeudi à la mairie.
C'est arrivé ce matin, merci pour votre aide !
Ma fille a fait une allergie après votre crème.
Sans réponse ce soir je saisis mon avocat.
Je veux résilier, j'en ai marre.
# de
Seit drei Wochen warte ich auf mein Paket und niemand meldet sich.
Die neue Jacke ist ein Traum, ich trage sie täglich!
Hat die Filiale in Köln am Sonntag geöffnet?
Ihr habt mir die Rechnung doppelt abgebucht.
Der Deckel ist beim ersten Mal abgebrochen.
Am Donnerstag stellen wir im Rathaus den Winterkatalog vor.
Hat sich geklärt, vielen Dank für die schnelle Hilfe!
Meine Tochter hat nach eurer Creme Ausschlag bekommen.
Wenn bis Freitag nichts passiert, schalte ich meinen Anwalt ein.
Ich will kündigen und komme nirgends durch.
# it
Sono tre settimane che aspetto il pacco e nessuno risponde.
Adoro la giacca nuova, è perfetta!
Il negozio di Torino è aperto domenica?
Mi avete addebitato due volte lo stesso abbonamento.
Il coperchio si è rotto al primo utilizzo.
Giovedì presentiamo il catalogo invernale in municipio.
È arrivato stamattina, grazie mille per l'aiuto!
Mia figlia ha avuto una reazione allergica alla vostra crema.
Se non rispondete entro oggi chiamo l'avvocato.
Voglio disdire, non ne posso più.
# ru
Третью неделю жду посылку, никто не отвечает.
Обожаю новую куртку, сидит идеально!
Магазин в Казани работает в воскресенье?
С меня дважды списали деньги за подписку.
Крышка сломалась в первый же день.
В четверг в мэрии представят зимний каталог.
Всё пришло сегодня утром, спасибо за помощь!
У дочки аллергия после вашего крема.
Если до пятницы не решите, подаю в суд.
Хочу отключить тариф, надоело.
# hi
तीन हफ्ते से पार्सल का इंतज़ार कर रहा हूँ, कोई जवाब नहीं देता।
नई जैकेट बहुत पसंद आई, एकदम परफेक्ट!
क्या जयपुर वाली दुकान रविवार को खुलती है?
मेरे खाते से दो बार पैसे कट गए।
ढक्कन पहली बार में ही टूट गया।
गुरुवार को नगर भवन में शीतकालीन सूची जारी होगी।
आज सुबह मिल गया, मदद के लिए धन्यवाद!
आपकी क्रीम से मेरी बेटी को एलर्जी हो गई।
शुक्रवार तक हल नहीं हुआ तो उपभोक्ता अदालत जाऊंगा।
प्लान बंद करना है, तंग आ गया हूँ।
# hi-Latn
Teen hafte se parcel ka wait kar raha hu, koi jawab nahi deta.
Nayi jacket bahut pasand aayi, ekdum perfect!
Kya Jaipur wali dukaan Sunday ko khulti hai?
Mere account se do baar paise kat gaye.
Dhakkan pehli baar mein hi toot gaya.
Guruvaar ko town hall mein winter catalogue aayega.
Aaj subah mil gaya, madad ke liye dhanyavaad!
Aapki cream se meri beti ko allergy ho gayi.
Friday tak solve nahi hua to consumer court jaunga.
Plan band karna hai, tang aa gaya hu.
# ar
أنتظر الطرد منذ ثلاثة أسابيع ولا أحد يرد.
أحببت الجاكيت الجديد، رائع جدا!
هل فرع جدة مفتوح يوم الجمعة؟
خصمتم مني مبلغ الاشتراك مرتين.
الغطاء انكسر من أول استعمال.
يوم الخميس نعرض كتالوج الشتاء في البلدية.
وصل هذا الصباح، شكرا على المساعدة!
ابنتي أصيبت بحساسية من الكريم حقكم.
إذا ما حليتوا المشكلة اليوم بشتكي عليكم في حماية المستهلك.
أريد إلغاء الاشتراك، تعبت منكم.
# ur
تین ہفتے سے پارسل کا انتظار کر رہا ہوں، کوئی جواب نہیں دیتا۔
نئی جیکٹ بہت پسند آئی، زبردست!
کیا لاہور والی دکان اتوار کو کھلتی ہے؟
میرے اکاؤنٹ سے دو بار پیسے کٹ گئے۔
ڈھکن پہلی بار میں ہی ٹوٹ گیا۔
جمعرات کو ٹاؤن ہال میں سردیوں کی فہرست پیش ہوگی۔
آج صبح مل گیا، مدد کا شکریہ!
آپ کی کریم سے میری بیٹی کو الرجی ہو گئی۔
جمعہ تک مسئلہ حل نہ ہوا تو صارف عدالت جاؤں گا۔
پلان بند کرنا ہے، تنگ آ گیا ہوں۔
# gu
ત્રણ અઠવાડિયાથી પાર્સલની રાહ જોઉં છું, કોઈ જવાબ આપતું નથી.
નવું જેકેટ બહુ ગમ્યું, એકદમ સરસ!
શું રાજકોટની દુકાન રવિવારે ખુલ્લી હોય છે?
મારા ખાતામાંથી બે વાર પૈસા કપાયા.
ઢાંકણું પહેલી વારમાં જ તૂટી ગયું.
ગુરુવારે ટાઉન હોલમાં શિયાળાની યાદી રજૂ થશે.
આજે સવારે મળી ગયું, મદદ માટે આભાર!
તમારી ક્રીમથી મારી દીકરીને એલર્જી થઈ.
શુક્રવાર સુધીમાં ઉકેલ નહીં આવે તો ગ્રાહક કોર્ટમાં જઈશ.
પ્લાન બંધ કરવો છે, કંટાળી ગયો છું.
# pa
ਤਿੰਨ ਹਫ਼ਤਿਆਂ ਤੋਂ ਪਾਰਸਲ ਦੀ ਉਡੀਕ ਕਰ ਰਿਹਾ ਹਾਂ, ਕੋਈ ਜਵਾਬ ਨਹੀਂ ਦਿੰਦਾ।
ਨਵੀਂ ਜੈਕਟ ਬਹੁਤ ਪਸੰਦ ਆਈ, ਕਮਾਲ ਹੈ!
ਕੀ ਲੁਧਿਆਣੇ ਵਾਲੀ ਦੁਕਾਨ ਐਤਵਾਰ ਨੂੰ ਖੁੱਲ੍ਹਦੀ ਹੈ?
ਮੇਰੇ ਖਾਤੇ ਵਿੱਚੋਂ ਦੋ ਵਾਰ ਪੈਸੇ ਕੱਟੇ ਗਏ।
ਢੱਕਣ ਪਹਿਲੀ ਵਾਰ ਵਿੱਚ ਹੀ ਟੁੱਟ ਗਿਆ।
ਵੀਰਵਾਰ ਨੂੰ ਟਾਊਨ ਹਾਲ ਵਿੱਚ ਸਰਦੀਆਂ ਦੀ ਸੂਚੀ ਪੇਸ਼ ਹੋਵੇਗੀ।
ਅੱਜ ਸਵੇਰੇ ਮਿਲ ਗਿਆ, ਮਦਦ ਲਈ ਧੰਨਵਾਦ!
ਤੁਹਾਡੀ ਕਰੀਮ ਨਾਲ ਮੇਰੀ ਧੀ ਨੂੰ ਐਲਰਜੀ ਹੋ ਗਈ।
ਸ਼ੁੱਕਰਵਾਰ ਤੱਕ ਹੱਲ ਨਾ ਹੋਇਆ ਤਾਂ ਖਪਤਕਾਰ ਅਦਾਲਤ ਜਾਵਾਂਗਾ।
ਪਲਾਨ ਬੰਦ ਕਰਨਾ ਹੈ, ਤੰਗ ਆ ਗਿਆ ਹਾਂ।
# mr
तीन आठवड्यांपासून पार्सलची वाट पाहतोय, कोणी उत्तर देत नाही.
नवीन जॅकेट खूप आवडलं, एकदम मस्त!
पुण्याचं दुकान रविवारी उघडं असतं का?
माझ्या खात्यातून दोनदा पैसे कापले गेले.
झाकण पहिल्याच वेळी तुटलं.
गुरुवारी नगर भवनात हिवाळी यादी सादर होणार आहे.
आज सकाळी मिळालं, मदतीबद्दल धन्यवाद!
तुमच्या क्रीममुळे माझ्या मुलीला अ‍ॅलर्जी झाली.
शुक्रवारपर्यंत सुटलं नाही तर ग्राहक न्यायालयात जाईन.
प्लॅन बंद करायचा आहे, कंटाळलो आहे.
"""


def sentences() -> Iterator[tuple[str, str, tuple[str, set[str], bool | None]]]:
    language, wanted = "", iter(WANTED)
    for line in SENTENCES.strip().split("\n"):
        if line.startswith("# "):
            language = line[2:]
            wanted = iter(OTHER_ORDERS.get(language, WANTED))
        else:
            yield language, line, next(wanted)


@pytest.mark.parametrize(("language", "text", "wanted"), sentences())
def test_ten_things_that_every_brand_hears(language: str, text: str, wanted: tuple[str, set[str], bool | None]) -> None:
    label, one_of, needs = wanted
    found = ANALYSER.analyse(text)
    assert (found.lang, found.sentiment.label) == (language, label)
    assert one_of.intersection(found.signals) or not (one_of or found.signals)
    assert needs in (None, found.needs)


@pytest.mark.parametrize(
    ("text", "language", "needs"),
    [
        ("no problem", "en", False),
        ("No problem!", "en", False),
        ("ty", "en", False),
        ("nice one", "en", False),
        ("refund please", "en", True),
        ("sin problema", "es", False),
        ("me encanta", "es", False),
        ("estafa", "es", True),
        ("hay stock?", "es", True),
        ("nada aún", "es", True),
        ("sem problema", "pt", False),
        ("valor?", "pt", True),
        ("de rien", "fr", False),
        ("j'adore", "fr", False),
        ("prix svp", "fr", True),
        ("kein Problem", "de", False),
        ("geht nicht", "de", True),
        ("super Produkt", "de", False),
        ("nessun problema", "it", False),
        ("कोई बात नहीं", "hi", False),
        ("कीमत क्या है", "hi", True),
        ("koi baat nahi", "hi-Latn", False),
        ("price kya hai", "hi-Latn", True),
    ],
)
def test_posts_of_one_to_three_words(text: str, language: str, needs: bool) -> None:
    found = ANALYSER.analyse(text)
    assert (found.lang, found.needs) == (language, needs)
    assert found.sentiment.label != "negative" or needs


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("शुक्रवार तक हल नहीं तो उपभोक्ता अदालत", "hi"),
        ("શુક્રવાર સુધી નહીં તો ગ્રાહક કોર્ટ", "gu"),
        ("शुक्रवारपर्यंत सुटलं नाही तर ग्राहक न्यायालय", "mr"),
    ],
)
def test_a_condition_that_is_not_met_denies_nothing_behind_it(text: str, language: str) -> None:
    found = ANALYSER.analyse(text, lang=language)
    assert "legal" in found.signals
    assert found.sentiment.label == "negative"


def test_a_word_inside_a_kind_phrase_is_no_trouble() -> None:
    assert "broken" not in ANALYSER.analyse("Amei o vestido, caiu perfeito!").signals
    assert "broken" in ANALYSER.analyse("O site caiu de novo, não consigo entrar").signals
