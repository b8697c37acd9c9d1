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

# language | signal | text
WANTS = """
hi|damage|कप टुकड़ों में मिला, पैकिंग भी फटी थी
hi|misdelivery|मैंने जूते मंगवाए थे, किसी और का पार्सल दे गए
hi|double-charge|एक ऑर्डर के लिए मुझसे डबल चार्ज किया गया
hi|legal|अब मैं कंज्यूमर कोर्ट जाऊंगा
hi|human-wanted|मुझे किसी इंसान से बात करनी है, मुझे कॉल करें
hi|cancelling|मेरा सब्सक्रिप्शन कैंसिल कर दीजिए
hi|urgent|तुरंत जवाब दीजिए, बहुत अर्जेंट है
hi|spam|घर बैठे पैसे कमाएं, लिंक पर क्लिक करें
hi|sale|यह साड़ी कितने की है?
hi|same|मेरा भी यही हाल है
hi|stolen-account|किसी ने मेरा अकाउंट हैक कर लिया है
hi|request|कृपया मेरी मदद कीजिए
hi-Latn|damage|cup tukdo me mila packing bhi fati thi
hi-Latn|misdelivery|maine shoes mangwaye the kisi aur ka parcel de gaye
hi-Latn|double-charge|ek order ke liye double charge kar diya
hi-Latn|legal|ab consumer court jaunga
hi-Latn|human-wanted|mujhe call karo baat karni hai
hi-Latn|cancelling|mera subscription cancel kar do
hi-Latn|urgent|jaldi reply do bahut urgent hai
hi-Latn|spam|ghar baithe paise kamao link pe click karo
hi-Latn|sale|ye saree kitne ki hai
hi-Latn|same|mera bhi yahi haal hai
hi-Latn|stolen-account|kisi ne mera account hack kar liya
hi-Latn|request|please meri help karo
hi-Latn|safety|charger se dhua nikal raha hai
mr|damage|कप तुटलेला मिळाला, पॅकिंग पण फाटलेले होते
mr|misdelivery|दुसऱ्याचे पार्सल मला दिले
mr|double-charge|एका ऑर्डरचे दोन वेळा पैसे कापले
mr|legal|आता ग्राहक न्यायालयात जाणार
mr|human-wanted|मला माणसाशी बोलायचे आहे, कॉल करा
mr|cancelling|माझे सबस्क्रिप्शन कॅन्सल करा
mr|urgent|ताबडतोब उत्तर द्या
mr|spam|घरबसल्या पैसे कमवा, लिंक वर क्लिक करा
mr|sale|ही साडी केवढ्याला आहे?
mr|same|माझा पण हाच अनुभव, मला पण असेच झाले
mr|stolen-account|माझे अकाउंट हॅक झाले आहे
mr|request|कृपया मदत करा
gu|damage|કપ તૂટેલો મળ્યો, પેકિંગ પણ ફાટેલું હતું
gu|misdelivery|બીજા કોઈનું પાર્સલ આપી ગયા
gu|double-charge|એક ઓર્ડરના બે વખત પૈસા કપાઈ ગયા
gu|legal|હવે ગ્રાહક અદાલતમાં જઈશ
gu|human-wanted|મને કોલ કરો, માણસ સાથે વાત કરવી છે
gu|cancelling|મારું સબ્સ્ક્રિપ્શન કેન્સલ કરો
gu|urgent|તાત્કાલિક જવાબ આપો
gu|spam|ઘરે બેઠા પૈસા કમાઓ, લિંક પર ક્લિક કરો
gu|sale|આ સાડી કેટલાની છે?
gu|same|મારી સાથે પણ એવું જ થયું
gu|stolen-account|મારું એકાઉન્ટ હેક થઈ ગયું છે
gu|request|મહેરબાની કરીને મદદ કરો
pa|damage|ਕੱਪ ਟੁੱਟਿਆ ਹੋਇਆ ਮਿਲਿਆ
pa|misdelivery|ਕਿਸੇ ਹੋਰ ਦਾ ਪਾਰਸਲ ਦੇ ਗਏ
pa|double-charge|ਇੱਕ ਆਰਡਰ ਦੇ ਡਬਲ ਚਾਰਜ ਕੀਤੇ
pa|legal|ਹੁਣ ਖਪਤਕਾਰ ਅਦਾਲਤ ਜਾਵਾਂਗਾ
pa|human-wanted|ਮੈਨੂੰ ਕਾਲ ਕਰੋ, ਕਿਸੇ ਬੰਦੇ ਨਾਲ ਗੱਲ ਕਰਨੀ ਹੈ
pa|cancelling|ਮੇਰਾ ਆਰਡਰ ਕੈਂਸਲ ਕਰੋ
pa|urgent|ਤੁਰੰਤ ਜਵਾਬ ਦਿਓ
pa|spam|ਘਰ ਬੈਠੇ ਪੈਸੇ ਕਮਾਓ
pa|sale|ਇਹ ਸੂਟ ਕਿੰਨੇ ਦਾ ਹੈ?
pa|same|ਮੇਰੇ ਨਾਲ ਵੀ ਇਹੀ ਹੋਇਆ
pa|stolen-account|ਮੇਰਾ ਅਕਾਊਂਟ ਹੈਕ ਹੋ ਗਿਆ
pa|request|ਕਿਰਪਾ ਕਰਕੇ ਮਦਦ ਕਰੋ
gu-Latn|damage|cup tutelo malyo packing pan fatelu hatu
gu-Latn|misdelivery|bija koi nu parcel aapi gaya
gu-Latn|double-charge|ek order na be vakhat paisa kapai gaya
gu-Latn|legal|have grahak adalat ma jaish
gu-Latn|cancelling|maro order cancel karo
gu-Latn|urgent|tatkalik jawab aapo
gu-Latn|sale|aa saree ketla ni che
gu-Latn|same|mari sathe pan evu j thayu
gu-Latn|stolen-account|maru account hack thai gayu
pa-Latn|damage|cup tuteya hoya mileya
pa-Latn|misdelivery|kise hor da parcel de gye
pa-Latn|legal|hun consumer court javanga
pa-Latn|cancelling|mera order cancel karo
pa-Latn|urgent|turant jawab deo
pa-Latn|sale|eh suit kinne da aa
pa-Latn|same|mere naal vi ehi hoya
pa-Latn|stolen-account|mera account hack ho gya
"""

# language | class | text
MOODS = """
hi|negative|थैंक्स लेकिन अभी तक रिफंड नहीं मिला
hi|negative|समस्या अभी तक हल नहीं हुई
hi|positive|धोखा नहीं है, बस थोड़ा धीमा है पर अच्छा है
hi|positive|मज़ा आ गया भाई 😂😂
hi|negative|😡😡😡
hi|negative|मर जाओ कुत्तों
hi|negative|ये दवा खाकर मेरी माँ की तबीयत खराब हो गई
hi|positive|आपकी वजह से मेरा काम हो गया, भगवान आपका भला करे
hi|negative|आपसे ये उम्मीद नहीं थी
hi|negative|क्या मजाक है, 500 रुपये में इतना सा खाना
hi|negative|पानी की बोतल में कीड़ा तैर रहा था
hi|neutral|यह किस मॉडल का है?
hi|negative|सुबह से लाइन में हूं, कोई सुन नहीं रहा
hi|negative|आपका चैटबॉट किसी काम का नहीं, किसी इंसान से बात कराओ
hi-Latn|negative|thanks lekin abhi tak refund nahi mila
hi-Latn|negative|problem abhi tak solve nahi hui
hi-Latn|positive|maza aa gaya bhai 😂😂
hi-Latn|negative|aapse ye umeed nahi thi
hi-Latn|negative|kya mazak hai 500 rs me itna sa khana
hi-Latn|negative|subah se line me hu koi sun nahi raha
hi-Latn|negative|apka chatbot kisi kaam ka nahi, kisi insaan se baat karao
hi-Latn|negative|achha nahi laga apka behaviour
hi-Latn|negative|bht bekar app h bilkul kaam nai karta
hi-Latn|negative|pls mera order cancel kr do aur paise wapas do
hi-Latn|positive|apki service mast h
hi-Latn|negative|galat saman bhej diya return bhi nahi le rahe
hi-Latn|neutral|ye kitne ka hai
hi-Latn|positive|mil gaya thank u so much
hi-Latn|negative|abhi tk nhi aya parcel
hi-Latn|negative|nakli product bechte ho tum log
mr|negative|धन्यवाद पण अजून रिफंड मिळाला नाही
mr|negative|तुमच्याकडून ही अपेक्षा नव्हती
mr|negative|चुकीची वस्तू पाठवली आणि परत पण घेत नाहीत
mr|positive|लय भारी सर्विस 👌
mr|negative|नकली प्रॉडक्ट विकता तुम्ही
gu|negative|આભાર પણ હજી રિફંડ મળ્યું નથી
gu|negative|તમારી પાસેથી આવી અપેક્ષા નહોતી
gu|negative|ખોટી વસ્તુ મોકલી અને પાછી પણ નથી લેતા
gu|positive|જોરદાર સર્વિસ 👌
gu|negative|નકલી પ્રોડક્ટ વેચો છો તમે
pa|negative|ਧੰਨਵਾਦ ਪਰ ਅਜੇ ਤੱਕ ਰਿਫੰਡ ਨਹੀਂ ਮਿਲਿਆ
pa|negative|ਤੁਹਾਡੇ ਤੋਂ ਇਹ ਉਮੀਦ ਨਹੀਂ ਸੀ
pa|negative|ਗਲਤ ਸਾਮਾਨ ਭੇਜ ਦਿੱਤਾ ਤੇ ਵਾਪਸ ਵੀ ਨਹੀਂ ਲੈ ਰਹੇ
pa|positive|ਸਿਰਾ ਸਰਵਿਸ ਜੀ 👌
pa|negative|ਨਕਲੀ ਪ੍ਰੋਡਕਟ ਵੇਚਦੇ ਹੋ ਤੁਸੀਂ
gu-Latn|negative|khoti vastu mokli ane pachi pan nathi leta
gu-Latn|negative|tamari pase thi aavi apeksha nahoti
pa-Latn|negative|tuhade to eh umeed nahi si
pa-Latn|negative|galat saman bhej ditta te wapas vi nahi lai rahe
pa-Latn|positive|sirra service ji 👌
hi|negative|आपकी ऐप खुल ही नहीं रही, कल से कोशिश कर रहा हूँ
hi|neutral|क्या आपका स्टोर रविवार को खुला रहता है?
hi|neutral|आज दिल्ली में नई शाखा का उद्घाटन हुआ
hi|negative|पाँच बार कॉल किया, कोई उठाता ही नहीं
hi|positive|आपकी टीम ने बहुत जल्दी मदद की, शुक्रिया
hi|negative|मेरे साथ भी यही हुआ, बिल्कुल भरोसा मत करना इन पर
hi|negative|इतनी घटिया सर्विस मैंने ज़िंदगी में नहीं देखी
hi|positive|खाना बुरा नहीं था, डिलीवरी भी समय पर हुई
hi|negative|खाने में बाल निकला और वेटर ने बदतमीजी की
hi|neutral|मेरा ऑर्डर नंबर 4521 है, पता बदलना है
hi|negative|refund कब मिलेगा? 20 दिन हो गए 😡
hi|negative|worst service, कोई reply नहीं करता
hi|positive|love this product, बहुत मस्त है ❤️
hi|negative|वाह रे कंपनी, पैसे ले लिए और सामान गायब
hi|neutral|कल सुबह 10 बजे लाइव आएंगे
hi|negative|बिजली बिल दोगुना आया है, ये क्या लूट मची है
hi|negative|बच्चे को आपके दूध से एलर्जी हो गई
hi|positive|अब सब ठीक है, धन्यवाद टीम
hi|negative|मेरा अकाउंट हैक हो गया है, तुरंत मदद करें
hi-Latn|negative|app khul hi nahi raha kal se try kar rha hu
hi-Latn|neutral|kya aapka store sunday ko khula hai?
hi-Latn|negative|5 baar call kiya koi uthata hi nahi
hi-Latn|positive|apki team ne bahut jaldi help ki, thank you
hi-Latn|negative|mere sath bhi yahi hua, bilkul bharosa mat karna
hi-Latn|negative|itni ghatiya service maine kabhi nahi dekhi
hi-Latn|positive|khana bura nahi tha, delivery bhi time pe hui
hi-Latn|negative|khane me baal nikla aur waiter ne badtameezi ki
hi-Latn|neutral|mera order number 4521 hai address change karna hai
hi-Latn|negative|refund kab milega? 20 din ho gaye 😡
hi-Latn|negative|worst service yaar koi reply hi nai karta
hi-Latn|positive|bhai product to ekdum jhakaas hai, maza aa gaya
hi-Latn|negative|wah re company, paise le liye aur saman gayab
hi-Latn|neutral|kal subah 10 baje live aayenge
hi-Latn|negative|net itna slow hai ki video nahi chal raha
hi-Latn|negative|paisa vapas kro warna consumer court jaunga
hi-Latn|negative|mera account hack ho gaya hai please help
hi-Latn|positive|ab sab theek hai thanks team
hi-Latn|negative|faltu app hai, delete kar diya
hi-Latn|negative|delivery boy ne gali di aur parcel phek ke chala gaya
hi-Latn|positive|aap log best ho, sabse fast delivery
mr|negative|तुमचे ॲप उघडतच नाही, कालपासून प्रयत्न करतोय
mr|neutral|तुमचे दुकान रविवारी उघडे असते का?
mr|negative|पाच वेळा फोन केला, कोणी उचलत नाही
mr|positive|तुमच्या टीमने खूप लवकर मदत केली, धन्यवाद
mr|negative|माझ्यासोबत पण असेच झाले, अजिबात विश्वास ठेवू नका
mr|negative|इतकी घाणेरडी सेवा मी आयुष्यात पाहिली नाही
mr|positive|जेवण वाईट नव्हते, डिलिव्हरी पण वेळेवर झाली
mr|neutral|माझा ऑर्डर नंबर 4521 आहे, पत्ता बदलायचा आहे
mr|negative|रिफंड कधी मिळणार? वीस दिवस झाले 😡
mr|neutral|उद्या सकाळी दहा वाजता कार्यक्रम आहे
mr|negative|वीज बिल दुप्पट आले आहे, ही लूट थांबवा
mr|positive|आता सगळे ठीक आहे, धन्यवाद
gu|negative|તમારી એપ ખુલતી જ નથી, કાલથી પ્રયત્ન કરું છું
gu|neutral|તમારી દુકાન રવિવારે ખુલ્લી હોય છે?
gu|negative|પાંચ વાર ફોન કર્યો, કોઈ ઉપાડતું નથી
gu|positive|તમારી ટીમે બહુ જલ્દી મદદ કરી, આભાર
gu|negative|મારી સાથે પણ આવું જ થયું, ભરોસો ના કરતા
gu|negative|આટલી ખરાબ સેવા મેં જિંદગીમાં નથી જોઈ
gu|positive|ખાવાનું ખરાબ નહોતું, ડિલિવરી પણ સમયસર થઈ
gu|neutral|મારો ઓર્ડર નંબર 4521 છે, સરનામું બદલવું છે
gu|negative|રિફંડ ક્યારે મળશે? વીસ દિવસ થયા 😡
gu|neutral|કાલે સવારે દસ વાગ્યે લાઇવ આવીશું
gu|negative|લાઇટ બિલ ડબલ આવ્યું છે, આ લૂંટ બંધ કરો
gu|positive|હવે બધું બરાબર છે, આભાર
pa|negative|ਤੁਹਾਡੀ ਐਪ ਖੁੱਲ੍ਹਦੀ ਹੀ ਨਹੀਂ, ਕੱਲ੍ਹ ਤੋਂ ਕੋਸ਼ਿਸ਼ ਕਰ ਰਿਹਾ ਹਾਂ
pa|neutral|ਕੀ ਤੁਹਾਡੀ ਦੁਕਾਨ ਐਤਵਾਰ ਨੂੰ ਖੁੱਲ੍ਹੀ ਹੁੰਦੀ ਹੈ?
pa|negative|ਪੰਜ ਵਾਰ ਫੋਨ ਕੀਤਾ, ਕੋਈ ਚੁੱਕਦਾ ਨਹੀਂ
pa|positive|ਤੁਹਾਡੀ ਟੀਮ ਨੇ ਬਹੁਤ ਜਲਦੀ ਮਦਦ ਕੀਤੀ, ਸ਼ੁਕਰੀਆ
pa|negative|ਮੇਰੇ ਨਾਲ ਵੀ ਇਹੀ ਹੋਇਆ, ਬਿਲਕੁਲ ਭਰੋਸਾ ਨਾ ਕਰਿਓ
pa|negative|ਐਨੀ ਮਾੜੀ ਸੇਵਾ ਮੈਂ ਕਦੇ ਨਹੀਂ ਦੇਖੀ
pa|positive|ਖਾਣਾ ਮਾੜਾ ਨਹੀਂ ਸੀ, ਡਿਲੀਵਰੀ ਵੀ ਸਮੇਂ ਸਿਰ ਹੋਈ
pa|neutral|ਮੇਰਾ ਆਰਡਰ ਨੰਬਰ 4521 ਹੈ, ਪਤਾ ਬਦਲਣਾ ਹੈ
pa|negative|ਰਿਫੰਡ ਕਦੋਂ ਮਿਲੇਗਾ? ਵੀਹ ਦਿਨ ਹੋ ਗਏ 😡
pa|neutral|ਕੱਲ੍ਹ ਸਵੇਰੇ ਦਸ ਵਜੇ ਲਾਈਵ ਆਵਾਂਗੇ
pa|negative|ਬਿਜਲੀ ਦਾ ਬਿੱਲ ਦੁੱਗਣਾ ਆਇਆ, ਇਹ ਲੁੱਟ ਬੰਦ ਕਰੋ
pa|positive|ਹੁਣ ਸਭ ਠੀਕ ਹੈ, ਧੰਨਵਾਦ
gu-Latn|negative|tamari app khulti j nathi kal thi try karu chu
gu-Latn|neutral|tamari dukan ravivare khulli hoy che?
gu-Latn|negative|panch var phone karyo koi upadtu nathi
gu-Latn|positive|tamari team e bahu jaldi madad kari, thank you
gu-Latn|negative|aatli kharab service me jindagi ma nathi joi
gu-Latn|positive|khavanu kharab nathi, delivery pan time par thai
gu-Latn|negative|refund kyare malse? 20 divas thaya 😡
gu-Latn|positive|have badhu barabar che aabhar
gu-Latn|neutral|kale savare 10 vagye live aavishu
pa-Latn|negative|tuhadi app khuldi hi nahi kal to try kr reha
pa-Latn|neutral|tuhadi dukan aitvaar nu khulli hundi aa?
pa-Latn|negative|panj vaari phone kita koi chukda nahi
pa-Latn|positive|tuhadi team ne bahut jaldi madad kiti, thanks
pa-Latn|negative|enni maadi service main kade nahi dekhi
pa-Latn|positive|khana maada nahi si, delivery vi time te hoyi
pa-Latn|negative|refund kado milega? 20 din ho gye 😡
pa-Latn|positive|hun sab theek aa, dhanwad
pa-Latn|neutral|kall savere 10 vaje live aavange
hi|negative|भाई ये सब फ्रॉड है, किसी झांसे में मत आना
hi|neutral|कृपया अपना मोबाइल नंबर भेजें
hi|positive|मेरा बेटा इस खिलौने से बहुत खुश है
hi|negative|डिलीवरी वाला पैसे मांग रहा था, बहुत बदतमीज था
hi|neutral|नए ऑफर कब से शुरू होंगे?
hi|negative|चार्जर दो दिन में जल गया
hi|neutral|सरकार ने नई योजना की घोषणा की
hi|positive|हमेशा की तरह लाजवाब स्वाद, दिल खुश कर दिया
hi|negative|आपके कस्टमर केयर वाले फोन काट देते हैं
hi|negative|तीन महीने से रिफंड के लिए चक्कर लगा रहा हूँ
hi|negative|बस में एसी काम नहीं कर रहा और सीट टूटी हुई है
hi|positive|ड्राइवर बहुत अच्छे थे, समय पर पहुंचा दिया
hi|negative|नेटवर्क बिल्कुल नहीं आता, सिम पोर्ट करवा लूंगा
hi|neutral|मुझे XL साइज चाहिए
hi|negative|मेरी शिकायत का अभी तक कोई समाधान नहीं हुआ
hi-Latn|negative|bhai ye sab fraud hai kisi jhanse me mat aana
hi-Latn|neutral|apna mobile number bhejo
hi-Latn|positive|mera beta is toy se bahut khush hai
hi-Latn|negative|delivery wala extra paise mang raha tha bahut badtameez tha
hi-Latn|neutral|naye offer kab se start honge?
hi-Latn|negative|charger do din me jal gaya
hi-Latn|neutral|mujhe XL size chahiye
hi-Latn|negative|meri complaint ka abhi tak koi solution nahi mila
hi-Latn|negative|network bilkul nhi aata sim port karwa lunga
hi-Latn|positive|driver bahut acche the time par pahucha diya
hi-Latn|negative|customer care wale phone kaat dete hai
hi-Latn|negative|3 mahine se refund ke liye chakkar laga raha hu
hi-Latn|negative|bus me ac kaam nahi kar raha aur seat tuti hui hai
hi-Latn|positive|hamesha ki tarah lajawab taste, dil khush kar diya
hi-Latn|negative|itna mehnga aur quality zero
hi-Latn|negative|band kar do apni company, nautanki hai sab
hi-Latn|positive|bhaiya bohot pyari hai ye saree, love it
hi-Latn|neutral|kya cod available hai?
hi-Latn|neutral|bhai link bhej do
hi-Latn|negative|bkl log ho tum, paisa wapas karo
hi-Latn|positive|thnx bro ho gya kaam
hi-Latn|negative|same problem mera bhi
mr|negative|हे सगळे फ्रॉड आहे, कोणी फसू नका
mr|neutral|कृपया तुमचा मोबाईल नंबर पाठवा
mr|positive|माझा मुलगा या खेळण्याने खूप खुश आहे
mr|negative|डिलिव्हरी बॉय उद्धट होता आणि जास्त पैसे मागत होता
mr|neutral|नवीन ऑफर कधीपासून सुरू होणार?
mr|negative|चार्जर दोन दिवसात जळाला
mr|neutral|मला XL साईज पाहिजे
mr|negative|माझ्या तक्रारीचे अजून निवारण झाले नाही
mr|negative|नेटवर्क अजिबात येत नाही
mr|positive|ड्रायव्हर खूप चांगले होते, वेळेवर पोहोचवले
mr|negative|बसमध्ये एसी बंद होता आणि सीट तुटलेली होती
mr|negative|तीन महिन्यांपासून रिफंडसाठी चकरा मारतोय
gu|negative|આ બધું ફ્રોડ છે, કોઈ ફસાતા નહીં
gu|neutral|તમારો મોબાઈલ નંબર મોકલો
gu|positive|મારો દીકરો આ રમકડાંથી બહુ ખુશ છે
gu|negative|ડિલિવરી બોય તોછડો હતો અને વધારે પૈસા માંગતો હતો
gu|neutral|નવી ઓફર ક્યારથી શરૂ થશે?
gu|negative|ચાર્જર બે દિવસમાં બળી ગયું
gu|neutral|મારે XL સાઇઝ જોઈએ છે
gu|negative|મારી ફરિયાદનો હજી કોઈ ઉકેલ નથી આવ્યો
gu|negative|નેટવર્ક બિલકુલ આવતું નથી
gu|positive|ડ્રાઈવર બહુ સારા હતા, સમયસર પહોંચાડ્યા
gu|negative|બસમાં એસી બંધ હતું અને સીટ તૂટેલી હતી
gu|negative|ત્રણ મહિનાથી રિફંડ માટે ધક્કા ખાઉં છું
pa|negative|ਇਹ ਸਭ ਫਰਾਡ ਆ, ਕੋਈ ਝਾਂਸੇ ਵਿੱਚ ਨਾ ਆਇਓ
pa|neutral|ਆਪਣਾ ਮੋਬਾਈਲ ਨੰਬਰ ਭੇਜੋ
pa|positive|ਮੇਰਾ ਪੁੱਤ ਇਸ ਖਿਡੌਣੇ ਨਾਲ ਬਹੁਤ ਖੁਸ਼ ਹੈ
pa|negative|ਡਿਲੀਵਰੀ ਵਾਲਾ ਬਦਤਮੀਜ਼ ਸੀ ਤੇ ਵਾਧੂ ਪੈਸੇ ਮੰਗਦਾ ਸੀ
pa|neutral|ਨਵੀਂ ਆਫਰ ਕਦੋਂ ਸ਼ੁਰੂ ਹੋਵੇਗੀ?
pa|negative|ਚਾਰਜਰ ਦੋ ਦਿਨਾਂ ਵਿੱਚ ਸੜ ਗਿਆ
pa|neutral|ਮੈਨੂੰ XL ਸਾਈਜ਼ ਚਾਹੀਦਾ ਹੈ
pa|negative|ਮੇਰੀ ਸ਼ਿਕਾਇਤ ਦਾ ਅਜੇ ਤੱਕ ਕੋਈ ਹੱਲ ਨਹੀਂ ਹੋਇਆ
pa|negative|ਨੈੱਟਵਰਕ ਬਿਲਕੁਲ ਨਹੀਂ ਆਉਂਦਾ
pa|positive|ਡਰਾਈਵਰ ਬਹੁਤ ਚੰਗੇ ਸੀ, ਸਮੇਂ ਸਿਰ ਪਹੁੰਚਾ ਦਿੱਤਾ
pa|negative|ਬੱਸ ਵਿੱਚ ਏਸੀ ਬੰਦ ਸੀ ਤੇ ਸੀਟ ਟੁੱਟੀ ਹੋਈ ਸੀ
gu-Latn|negative|aa badhu fraud che koi fasata nahi
gu-Latn|neutral|tamaro mobile number moklo
gu-Latn|positive|maro dikro aa ramkda thi bahu khush che
gu-Latn|negative|charger be divas ma bali gayu
gu-Latn|neutral|mare XL size joie che
gu-Latn|negative|network bilkul aavtu nathi
gu-Latn|negative|bus ma ac bandh hatu ane seat tuteli hati
gu-Latn|positive|driver bahu sara hata, time par pahonchadya
pa-Latn|negative|eh sab fraud aa koi jhanse vich na aayo
pa-Latn|neutral|apna mobile number bhejo ji
pa-Latn|positive|mera putt is toy naal bahut khush hai
pa-Latn|negative|charger do dina vich sad gya
pa-Latn|neutral|mainu XL size chahida aa
pa-Latn|negative|network bilkul nahi aunda
pa-Latn|negative|bus vich ac band si te seat tutti hoyi si
pa-Latn|positive|driver bahut change si, time te pahuncha ditta
"""


@pytest.mark.parametrize(
    ("lang", "label", "signals", "needs", "text"), ROWS, ids=[f"{row[0]} {row[4][:30]}" for row in ROWS]
)
def test_what_people_write_to_a_brand_is_heard(lang: str, label: str, signals: str, needs: str, text: str) -> None:
    heard = ANALYSER.analyse(text, kind="dm", lang=lang)
    assert heard.sentiment.label == label
    assert set(signals.split()) <= set(heard.signals)
    assert heard.needs == (needs == "yes")


@pytest.mark.parametrize("line", WANTS.strip().splitlines())
def test_what_a_message_wants_is_heard(line: str) -> None:
    lang, signal, text = line.split("|")
    heard = ANALYSER.analyse(text, kind="dm", lang=lang)
    assert signal in heard.signals
    assert heard.needs == (signal != "spam")


@pytest.mark.parametrize("line", MOODS.strip().splitlines())
def test_the_mood_of_a_message_is_heard(line: str) -> None:
    lang, label, text = line.split("|")
    assert ANALYSER.analyse(text, kind="dm", lang=lang).sentiment.label == label


@pytest.mark.parametrize("lang", ["hi", "hi-Latn", "mr", "gu", "pa", "gu-Latn", "pa-Latn"])
def test_there_are_ten_sentences_in_each_language(lang: str) -> None:
    assert sum(row[0] == lang for row in ROWS) >= 10
