"""Marker words by language, for telling languages of one script apart.

Written by hand: the words that hold sentences together, and a few that people write to brands. A word that
several languages share counts less for each (`table`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

Markers = Mapping[str, tuple[tuple[str, float], ...]]
"""For each word the languages that it speaks for, each with a weight."""

LATIN: Mapping[str, str] = MappingProxyType(
    {
        "en": """the and you that was for are with his they have this from had not but what all were when your
            can said there use each which she how their will other about out many then them these some her would
            make like him into time has look more write see could people my than first been call who its now find
            long down day did get come made may after i'm i've don't can't won't isn't doesn't didn't it's that's
            you're we're i'll is it be of to in on at as by or an if we he just still why where any got really
            very too much because should our us am does only over again never always thanks thank please love
            great good best bad new today back need want know think going here hey hello hi sorry service
            customer order refund flight ticket app working waiting help yes off while ever even every
            happy birthday night tomorrow watch watching game right work so up her ur u lol omg wow nice
            awesome amazing worst cancelled delayed hours minutes phone email account delivery money guys
            something nothing anyone someone everyone well way ok okay hope years weeks days week ago
            y'all cool let's let next last things thing sure keep say says being having getting trying i
            tell told since until before through another both between same own though away around that'll wasn't
            haven't hasn't couldn't wouldn't aren't ain't there's what's who's he's she's they're we've
            you've hate sucks suck damn fuck fucking hell wtf yay stupid bad worse fun pissed shit lost died day
            listening watching reading running free photo via news first real friends school home gonna wanna
            gotta thx pls plz dm agree true happened smart beautiful care matter hard believe text message
            problem store website broken late wrong bought buy paid pay charged cancel box package arrived may
            friday saturday sunday monday thursday tuesday wednesday june july march""",
        "es": """el los las una unos unas del al que qué en por para con sin sobre pero más muy también ya está
            están estoy estás estamos era eran fue fueron ser soy eres somos tengo tiene tienes tienen tenemos
            hay había ha han hemos he yo tú él ella ellos nosotros ustedes usted vosotros mi mis tu tus su sus
            este esta estos estas ese esa eso esto como cómo cuando cuándo donde dónde porque quien quién cual
            todo todos toda todas nada nadie nunca siempre ahora hoy mañana ayer aquí ahí bien mal mejor peor
            gracias hola buenos buenas días tardes noches favor pedido dinero reembolso quiero quiere puedo puede
            pueden hacer hace hago desde hasta entre mucho mucha muchos muchas así si sí lo le les nos se te me
            es son un la de y o no ni va voy vamos ver solo sólo otra otro cosas gente vida años después antes
            cada tan tanto algo algún alguien llegó llega servicio cliente tienda cuánto feliz qué bueno buena
            día amigo amor creo dice decir estaba eso ante tuve contra ese sea sean sido mismo misma parece
            jajaja jaja tengan feliz nuevo nueva veces vez menos casa año dos gran pues aunque mientras dios
            quieren hizo hecho dijo acabo espero gusta encanta necesito verdad mejores aún""",
        "pt": """o os as um uma uns umas do da dos das no na nos nas ao aos à às pelo pela que quê em por para
            com sem sobre mas mais muito também já está estão estou estava era eram foi foram ser sou é são
            tenho tem têm tinha há eu tu ele ela eles elas nós você vocês vc vcs meu minha meus minhas seu sua
            seus suas este esta esse essa isso isto aquele como quando onde porque pq quem qual tudo todos toda
            todas nada ninguém nunca sempre agora hoje amanhã ontem aqui ali bem mal melhor pior obrigado
            obrigada olá oi bom boa dia tarde noite favor pedido dinheiro reembolso quero quer posso pode podem
            fazer faz faço desde até entre muita muitos muitas assim se sim não nem vai vou vamos ver só outra
            outro coisa coisas gente pessoas vida anos depois antes cada tão tanto algo alguém chegou chega
            entrega loja atendimento cliente quanto cadê tá tô pra pro pros num numa dele dela deles delas mesmo
            ainda então lindo linda feliz kkk kkkk kkkkk rs mano cara saudade ficar fica ficou sei acho dizer
            disse estar tava vem ter tive e de a me te lhe q hj nao ta to eh mto tbm vez gosto amo queria
            aí lá alguma algum nenhum quase porém enquanto dessa desse nesse nessa pessoa deus hora amigo""",
        "fr": """le la les un une des du de au aux et est sont suis êtes sommes était étaient été être avoir ai
            as a avons avez ont avait que qui quoi dont où en dans par pour avec sans sur sous mais plus très
            aussi déjà je tu il elle on nous vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos
            leur leurs ce cet cette ces ça cela comme quand comment pourquoi parce tout tous toute toutes rien
            personne jamais toujours maintenant aujourd'hui demain hier ici là bien mal mieux pire merci bonjour
            bonsoir salut svp commande argent remboursement colis livraison veux veut peux peut pouvez faire
            fait depuis jusqu entre beaucoup trop ainsi si oui non ne pas ni va vais vont voir autre autres
            chose choses gens vie ans après avant chaque tant quelque quelqu quel quelle c'est j'ai n'est d'un
            d'une qu'il qu'on l'on s'il j'aime c'était n'ai m'a t'as y'a y'en moi toi lui eux même mêmes encore
            alors donc car chez contre faut doit être service client magasin combien jour jours mdr ptdr
            quoi bon bonne petit vrai vraiment temps monde soir nuit année heureux aime veulent dire dit
            puis pendant selon vers lors fois leur toutes belle beau c j qu d l n s""",
        "de": """der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren
            bin bist seid sein gewesen habe hast hat haben hatte hatten werde wird werden wurde wurden ich du er
            sie es wir ihr mich dich sich uns euch mir dir ihm ihnen mein meine meinen dein deine seine ihre
            unser unsere euer dieser diese dieses dass daß wenn wann wo wie was wer warum wieso weil mit ohne
            für gegen auf aus bei bis durch nach seit von vom zu zum zur über unter um im ins am an auch schon
            noch nur mehr sehr viel viele alle alles nichts niemand nie immer jetzt heute morgen gestern hier
            da dort gut gute guten schlecht besser danke bitte hallo bestellung geld rückerstattung paket
            lieferung will möchte kann können konnte muss müssen soll machen macht gemacht seit zwischen so ja
            nein doch mal halt eben dann also denn kein keine keinen keiner man wieder einfach leute tag tage
            jahre uhr kunden kundenservice laden warte immer gibt geht kommt ganz gerade wirklich leider schön
            endlich bahn zug mach weiß haha euch eigentlich damit daran darf dafür davon dazu ob vor als
            beim deutsche deutschland neue neuen freue hätte wäre würde wollen habt sagt sagen erst nächste
            zug züge verspätung viel spaß glück mehr fahren""",
        "it": """il lo gli la le un uno una del dello della dei degli delle al allo alla ai agli alle dal dalla
            nel nello nella nei nelle sul sulla sui con per tra fra che chi cui non ma più molto anche già è sono
            sei siamo siete era erano stato stata stati essere ho hai ha abbiamo avete hanno avevo aveva avere io
            tu lui lei noi voi loro mio mia miei mie tuo tua suo sua nostro nostra vostro questo questa questi
            queste quello quella quelli quelle come quando dove perché perchè quanto quale quali tutto tutti tutta
            tutte niente nulla nessuno mai sempre ora adesso oggi domani ieri qui qua bene male meglio peggio
            grazie ciao buongiorno buonasera prego favore ordine soldi rimborso pacco spedizione voglio vuole
            posso può possono potete fare fa faccio fatto dal fino così se sì no né va vado vanno andare vedere
            altro altra altri cosa cose gente vita anni dopo prima ogni tanto qualcosa qualcuno servizio cliente
            negozio ancora allora quindi solo poi troppo proprio buon buona giorno sera notte dire detto stai sto
            sta stanno c'è cè com'è dell all nell un'altra l'ho d'italia governo ed e di da in si ci vi ne mi ti
            bello bella bravo brava invece senza contro secondo sia però davvero dell'anno scuola italia""",
        "hi-Latn": """hai hain h haan hun hoon ho hoga hogi honge hua hui hue tha thi nahi nahin nhi nai kya kyu
            kyun kyon kyunki kab kahan kaha kaun kaise kaisa kaisi kitna kitne kitni mera meri mere tera teri
            tere aap aapka aapki aapke aapko apka apki apke apko tum tumhara tumhare tumhe tumko hum humko hume
            hamara hamare hamari hmare mujhe mujhko muje mujhse kar karo karna karne karta karte karti karke kiya
            kiye karenge karega raha rahe rahi rha rhe rhi gaya gayi gaye gya gyi diya diye liya liye lia bhi aur
            koi kuch kuchh bahut bohot bhot bahot accha acha achha achi achhi paisa paise wapas vapas waapas yeh
            ye woh wo vo abhi sirf lekin agar jab tab tak phir fir bhai bhaiya yaar yar sab sabhi sabko apna apne
            apni chahiye milega mila mile milta mil aaya aayi aaye aya ayi aata matlab sahi galat kaam log logo
            ek iska iski iske isko isse uska uski uske usko unka unki unke unko inka inki inke inko jaise jaisa
            kisi kis jo ka ki ke ko se mein mai main par pe wala wali wale dena dijiye dekho dekh dekha bola
            bolo bol baat bata batao batana jao jana jata jaa aa raat din ghar desh janta dost hogaya hojaye
            kardo krdo kr kro krna rahega sakta sakte sakti chal chalo jaldi zyada jyada bilkul bekar ganda kharab
            dhanyavad shukriya namaste ji sir ap hi toh na bhi aaj kal abb ab yaha yahan waha wahan sath saath
            liye mat jai sabse pehle baad bhagwan allah khush pyar dil zindagi hona hote hota hoti salam mubarak
            beta didi madam bhejo bheja kyo kuchbhi isliye isiliye warna wrna yahi wahi usse unhe inhe tujhe tu""",
        "nl": """het een van niet zijn heeft hebben maar ook voor naar deze dit wij jullie mijn jouw ik je hij zij
            wat waar wanneer waarom hoe omdat geen nog wel al veel meer graag bedankt hallo bestelling geld terug
            worden werd kunnen kan moet zou dan als bij uit door over onder tot goed heel mensen jaar dag vandaag
            morgen gisteren altijd nooit iets niets iemand de en dat op te aan er was met om""",
        "tr": """bir ve bu için çok ama değil var yok ben sen biz siz daha gibi kadar sonra önce ne neden nasıl
            nerede zaman bugün yarın dün teşekkürler teşekkür lütfen merhaba sipariş param iade güzel iyi kötü
            hiç her şey şimdi oldu olan olarak ile mi mı mu mü da de ki en""",
        "id": """yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya kamu anda dia mereka kami
            kita sudah belum bisa ada apa kenapa bagaimana kapan dimana karena tapi atau jika kalau lagi sangat
            terima kasih tolong pesanan uang kembali banget nggak gak aja udah hari orang""",
        "pl": """nie się jest na że do co jak ale tak już czy tylko to mnie mam masz jestem są był była było być
            dlaczego kiedy gdzie kto dla przez przed bardzo dziękuję dzięki proszę dzień dobry zamówienie
            pieniądze zwrot jeszcze teraz dzisiaj jutro wszystko nic nigdy zawsze moje mój moja""",
        "sv": """och att det som för på är av med den till inte om ett har jag men vi du han hon de var från
            vill kan ska när hur varför där här bara också mycket tack hej beställning pengar tillbaka idag
            imorgon alltid aldrig något inget min mitt mina din ditt en i""",
        "ro": """și nu este sunt care pentru din cu mai dar foarte când unde cum ce de la în pe sau mulțumesc
            bună comanda bani înapoi acum astăzi mâine tot toate nimic niciodată mereu am ai are avem sa să""",
    }
)

_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "en": "tion ness ight ings ould ully ally ment able ing ers",
        "es": "ción ones idad ando iendo ados adas ción ente ería ita ito",
        "pt": "ção ções dade ando endo ados adas ente inha inho ável",
        "fr": "tion ment ique euse eaux ités ment ance ence ée ées eur eux ais ait",
        "de": "ung heit keit lich ngen sche isch cht tzt sten chen",
        "it": "zione ioni ente tore aggio ezza etto mente ità elli",
        "hi-Latn": "enge unga ungi aaya iyan",
        "nl": "heid ijk aat ijn",
    }
)
"""Endings of three and four letters that speak for a language when the word itself is not known."""


def _endings() -> Markers:
    owners: dict[str, list[str]] = {}
    for language, text in _ENDINGS.items():
        for ending in dict.fromkeys(text.split()):
            owners.setdefault(ending, []).append(language)
    return MappingProxyType(
        {ending: tuple((language, 0.5 / len(found)) for language in found) for ending, found in owners.items()}
    )


DEVANAGARI: Mapping[str, str] = MappingProxyType(
    {
        "hi": """है हैं था थी थे हूँ हूं हो और का की के को में से ने पर नहीं नही मैं हम आप तुम वह यह ये वे मेरा मेरी मेरे आपका आपकी
            आपके हमारा क्या क्यों कब कहाँ कहां कैसे कौन कर करो करना करने किया गया गई गए रहा रही रहे भी ही तो तक लिए लिये
            साथ कोई कुछ बहुत अच्छा अच्छी अब अभी जब तब एक इस उस जो वाला वाले वाली दिया लिया हुआ हुई होता होती मुझे हमें
            पैसा पैसे वापस चाहिए धन्यवाद नमस्ते जी मत सब अपना अपने अपनी फिर या लेकिन अगर जैसे हैै सकता सकते होगा काम""",
        "mr": """आहे आहेत नाही नाहीत आणि मी आम्ही तुम्ही तू तो ती ते हे हा ही माझा माझी माझे माझ्या तुमचा तुमची तुमचे तुमच्या आपला
            आपली आपले आपल्या काय का कधी कुठे कसे कसा कोण होता होती होते झाला झाली झाले केला केली केले करून करा
            करत असे असा अशी असेल म्हणून म्हणजे पण खूप चांगला चांगली चांगले आता तर मला तुला आम्हाला तुम्हाला त्याला तिला पैसे परत हवे
            धन्यवाद नमस्कार सर्व सगळे एक या त्या जर किंवा साठी मध्ये वर पासून येथे तेथे व च ना की नको नये हो आज उद्या काल बघा
            दिला दिली गेला गेली गेले असतो असते असतात त्यांनी यांनी त्यांच्या यांच्या त्याच्या याच्या""",
        "ne": """छ छन् छैन हो थियो गर्नु गरेको भएको हामी तपाईं तपाईंको मेरो हाम्रो यो त्यो पनि लागि लाई बाट मात्र धेरै राम्रो
            किन कहिले कहाँ कसरी अनि तर अहिले सबै गर्न भन्ने पैसा फिर्ता""",
    }
)

CYRILLIC: Mapping[str, str] = MappingProxyType(
    {
        "ru": """и в не на что я с он как это по но они мы все за то его из у же вы так от меня мне еще ещё нет да бы
            только когда уже для если или где почему какой очень спасибо здравствуйте привет заказ деньги возврат был
            была было были есть быть сейчас сегодня завтра вчера можно нужно просто к до о мой моя ваш ваша кто""",
        "uk": """і й та що як це від але вони ми ви він вона його її є немає ні чи якщо де чому дуже дякую привіт
            замовлення гроші повернення був була було були зараз сьогодні завтра вчора можна треба""",
        "bg": """и е да се са ще съм това благодаря във със към защо много няма има когато вече само поръчка пари
            добре здравейте днес утре този тази""",
    }
)


ENDINGS: Markers = _endings()
"""For each ending the languages that it speaks for, each with a weight."""


@cache
def table(script: str) -> Markers:
    """The markers of a script (`latin`, `devanagari` or `cyrillic`); a word of n languages counts 1/n for each."""
    lists = {"latin": LATIN, "devanagari": DEVANAGARI, "cyrillic": CYRILLIC}[script]
    owners: dict[str, list[str]] = {}
    for language, text in lists.items():
        for word in dict.fromkeys(text.split()):
            owners.setdefault(word, []).append(language)
    return {
        word: tuple((language, _weight(word, len(languages))) for language in languages)
        for word, languages in owners.items()
    }


def _weight(word: str, shared_by: int) -> float:
    """Short words collide with names, abbreviations and typing errors, so they say less."""
    return (0.5 if len(word) == 1 else 1.0) / shared_by
