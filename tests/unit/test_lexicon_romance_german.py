"""What is heard in what people write to a brand in Italian, French, Spanish, Portuguese and German."""

from __future__ import annotations

import pytest

from cminbox.rules.analysis import Analyser
from cminbox.rules.lexicon import SIGNALS

ANALYSER = Analyser()

# language | class, where the text sounds clearly | signals that must be heard, `-` those that must not | needs an
# answer | text
SENTENCES = """
it|||yes|Buongiorno, ho comprato un tavolo da voi sabato e nella scatola c'è una gamba in più
it|negative|complaint|yes|Sono molto deluso, il vostro servizio clienti è pessimo e i prezzi continuano ad aumentare.
it|neutral|delivery question|yes|Quando arriva il mio pacco? L'ho ordinato lunedì.
it|positive|thanks -complaint|no|Grazie mille per la vostra gentilezza e disponibilità!
it||sorted thanks -complaint|no|Tutto risolto, ora funziona di nuovo. Grazie!
it|negative|broken abuse|yes|Ma che cazzo, l'app non funziona da tre giorni, andate a cagare
it|positive|praise question|yes|Adoro le vostre borse, bellissime! Quando torna disponibile quella rossa?
it|negative|complaint|yes|Complimenti vivissimi, altro treno cancellato. Grazie per niente.
it|negative|safety|yes|Mia figlia è finita al pronto soccorso dopo aver mangiato il vostro yogurt, c'era la muffa
it|negative|double-charge refund|yes|Mi avete addebitato l'importo due volte, rivoglio i miei soldi
it|positive|chatter -complaint|no|Buongiorno e buona domenica a tutti! ahahah
it|negative|unanswered|yes|Ho scritto tre volte e nessuno mi risponde, aspetto da due settimane
it|negative|damage|yes|Il pacco è arrivato danneggiato e il vaso è in mille pezzi
it||misdelivery|yes|Ho ordinato la taglia M e mi avete mandato un altro prodotto
it||cancelling|yes|Voglio disdire l'abbonamento, come faccio?
it||human-wanted|yes|Vorrei parlare con un operatore umano, non con un bot
it||legal|yes|Se non mi date una risposta vado dall'avvocato
it|positive|-complaint|no|Nessun problema, ci vediamo domani
it|positive||no|Niente male il nuovo aggiornamento, davvero carino
it|negative|scam|yes|Questa è una truffa, non comprate qui
it||same|yes|Anche a me, stesso problema
it||stolen-account|yes|Mi hanno hackerato il profilo e cambiato la password
it|neutral|sale question|yes|Quanto costa la spedizione in Svizzera?
it|negative||yes|Non mi piace per niente
it|neutral|question|yes|Siete aperti domenica?
it|positive|praise|no|Siete i migliori, consegna in anticipo e tutto perfetto
it|negative|unanswered|yes|Buonasera, ho mandato tre mail e nessuno mi ha risposto
it||delivery|yes|Buongiorno, il mio pacco risulta consegnato ma non ho ricevuto nulla
it|negative|safety|yes|Ho trovato un insetto nell'insalata
it|negative|broken|yes|Senza linea da ieri sera, il modem non si accende
it|||yes|Ciao, vi ho scritto in dm
it|negative|complaint|yes|Che schifo di servizio, mai più
it||request|yes|Per favore rimettete il gusto al pistacchio
it|negative||yes|Non vi vergognate?
it|positive|sorted|no|Arrivato oggi, grazie mille!
it||spam|no|Guadagna da casa 500 euro al giorno, clicca qui, link in bio
it||misdelivery|yes|Mi è arrivata la taglia sbagliata
it||broken|yes|Non riesco ad accedere al mio account
it|positive|praise|no|Il nuovo gelato è buonissimo
it|negative||yes|Il volo è stato cancellato e siamo bloccati a Roma
it|||yes|Da ieri la bolletta è visibile solo a metà
it||complaint|yes|Bel servizio, complimenti, un'ora di ritardo
it|positive||no|Vi voglio bene, siete simpaticissimi!
it|||yes|Il link non porta da nessuna parte
it||cancelling|yes|Chiudete il mio conto
it||refund|yes|Quando mi rimborsate?
it|negative|broken|yes|L'app crasha appena la apro
it|negative|abuse|yes|Siete dei buffoni
it||urgent|yes|È urgente, il volo parte tra un'ora
fr|negative|complaint|yes|Vraiment déçu de vos produits, la qualité est devenue lamentable et les prix montent.
fr|neutral|delivery question|yes|Bonjour, quand est-ce que mon colis sera livré ?
fr|positive|thanks -complaint|no|Merci beaucoup pour votre aide, vous êtes adorables !
fr||sorted thanks -complaint|no|C'est réglé, tout remarche. Merci à vous !
fr|negative|broken abuse|yes|Putain votre appli de merde ne marche plus depuis ce matin, bande de connards
fr|positive|praise question|yes|J'adore vos carnets, ils sont magnifiques ! Le bleu existe en grand format ?
fr|negative|complaint|yes|Bravo, encore une heure de retard. Merci pour rien.
fr|negative|safety|yes|Mon fils a fait une allergie après avoir mangé vos biscuits, on est aux urgences
fr|negative|double-charge refund|yes|Vous m'avez débité deux fois la même somme, je veux être remboursée
fr|positive|chatter -complaint|no|mdr moi je pars en vacances demain, bisous à tous !
fr|negative|unanswered|yes|Trois mails et toujours aucune réponse, personne ne répond au téléphone
fr|negative|damage|yes|Colis ouvert et vase cassé, bravo le livreur
fr||cancelling|yes|Je veux résilier mon abonnement
fr||human-wanted|yes|Je voudrais parler à un conseiller, pas à un robot
fr||legal|yes|Sans réponse de votre part je saisis mon avocat et la DGCCRF
fr|positive|-complaint|no|Pas de souci, à demain
fr|positive||no|Pas mal du tout cette nouvelle version
fr|negative|scam|yes|C'est une arnaque, ces voleurs ont gardé mon argent
fr||-scam|yes|Ce n'est pas une arnaque, juste un livreur lent
fr||stolen-account|yes|Je me suis fait pirater, on a changé mon mot de passe
fr||same|yes|Moi aussi, même problème
fr|neutral|sale|yes|Combien coûte la livraison en Belgique ?
fr|negative||yes|Je n'aime pas du tout
fr|||yes|Bonjour, j'ai acheté une table chez vous samedi et il y a un pied en trop dans le carton
fr||delivery|yes|Bonjour, mon colis est noté livré mais je n'ai rien reçu
fr|negative|safety|yes|J'ai trouvé un cafard dans ma salade
fr||request|yes|S'il vous plaît remettez le goût pistache
fr||request|yes|Je vous ai envoyé un dm
fr||spam|no|Gagnez de l'argent depuis chez vous, cliquez ici, lien en bio
fr|positive|sorted|no|Bien reçu ce matin, merci !
fr|negative|broken|yes|Plus internet depuis hier soir, la box ne s'allume plus
fr|negative|complaint|yes|Quelle honte, plus jamais
fr|neutral|question|yes|Vous êtes ouverts dimanche ?
fr|positive|praise|no|Livré en avance, tout est parfait, vous êtes les meilleurs
fr||misdelivery|yes|J'ai reçu la mauvaise taille
fr||broken|yes|Impossible de me connecter à mon compte
fr|positive|praise|no|Votre nouvelle glace est excellente
fr|negative|urgent|yes|Vol annulé, on est bloqués à Lyon
fr||complaint|yes|Encore un retard, génial
fr|positive||no|Vous êtes trop drôles, j'adore
fr|||yes|Le lien ne mène nulle part
fr||cancelling|yes|Fermez mon compte
fr||refund|yes|Quand serai-je remboursé ?
fr|negative|broken|yes|L'appli plante dès que je l'ouvre
fr||urgent|yes|C'est urgent, mon vol part dans une heure
es|negative|complaint|yes|Estoy muy decepcionado con la tienda, la atención es pésima y nadie da la cara.
es|neutral|delivery question|yes|¿Cuándo me llega mi pedido?
es|positive|thanks -complaint|no|¡Muchas gracias por la ayuda, sois un encanto!
es||sorted thanks -complaint|no|Ya está solucionado, funciona de nuevo. Gracias
es|negative|broken abuse|yes|Joder, vuestra puta aplicación no funciona desde ayer, panda de gilipollas
es|positive|praise question|yes|Me encantan vuestras mochilas, son preciosas. ¿Hay en verde?
es|negative|complaint|yes|Genial, otro tren cancelado. Gracias por nada.
es|negative|safety|yes|Mi hijo está en el hospital con una intoxicación por vuestra ensalada
es|negative|double-charge refund|yes|Me cobraron dos veces la misma compra, quiero mi dinero
es|positive|chatter -complaint|no|jajaja feliz finde a todos
es|negative|unanswered|yes|Llevo dos semanas esperando y nadie contesta
es|negative|damage|yes|El jarrón llegó roto y la caja abierta
es||cancelling|yes|Quiero darme de baja
es||human-wanted|yes|Quiero hablar con una persona de verdad, no con un bot
es||legal|yes|Voy a poner una hoja de reclamaciones y a llamar a mi abogado
es|positive|-complaint|no|No hay problema, hasta mañana
es|positive||no|Nada mal la nueva versión, me gusta mucho
es|negative|scam|yes|Esto es una estafa, son unos ladrones
es||-scam|yes|No es estafa, solo tarda
es||stolen-account|yes|Me hackearon la cuenta y cambiaron mi contraseña
es||same|yes|A mí también, el mismo problema
es|neutral|sale|yes|¿Cuánto cuesta el envío a Canarias?
es|negative||yes|No me gusta nada
es|||yes|Buenas tardes, compré una lavadora con ustedes y vino sin la manguera
es||delivery|yes|Hola, el paquete aparece entregado pero no he recibido nada
es|negative|safety|yes|Encontré una cucaracha en la ensalada
es||request|yes|Por favor traigan de vuelta el sabor a pistacho
es||request|yes|Os he mandado un dm
es||spam|no|Gana dinero desde casa, haz clic, link en mi bio
es|positive|sorted|no|Ya me llegó, muchas gracias!
es|negative|broken|yes|Sin internet desde anoche, el router no enciende
es|negative|complaint|yes|Qué vergüenza, nunca más
es|neutral|question|yes|¿Abren el domingo?
es|positive|praise|no|Llegó antes de tiempo, todo perfecto, son los mejores
es||misdelivery|yes|Me enviaron la talla equivocada
es||broken|yes|La app no me deja pagar
es|positive|praise|no|El nuevo helado está buenísimo
es|negative|urgent|yes|Cancelaron el vuelo y estamos varados en Lima
es||complaint|yes|Otra vez tarde, qué sorpresa
es|positive||no|Sois lo más, os quiero
es|||yes|El enlace no lleva a ninguna parte
es||cancelling|yes|Cierren mi cuenta
es||refund|yes|¿Cuándo me devuelven el dinero?
es|negative|broken|yes|La aplicación se cierra sola
es|negative|abuse|yes|Sois unos payasos
es||urgent|yes|Es urgente, mi vuelo sale en una hora
pt|negative|complaint|yes|Muito decepcionada com a loja, o atendimento é péssimo e ninguém resolve nada.
pt|neutral|delivery question|yes|Oi, quando chega a minha encomenda?
pt|positive|thanks -complaint|no|Muito obrigada pela ajuda, vocês foram muito atenciosos!
pt||sorted thanks -complaint|no|Problema resolvido, voltou a funcionar. Valeu!
pt|negative|broken abuse|yes|Que merda de aplicativo, não abre desde ontem, vão se foder
pt|positive|praise question|yes|Amei os vestidos, são lindos demais! Tem no tamanho G?
pt|negative|complaint|yes|Parabéns pelo atraso de três horas, nota dez pra vocês. Obrigado por nada.
pt|negative|safety|yes|Minha filha foi parar no hospital com intoxicação depois de comer o lanche de vocês
pt|negative|double-charge refund|yes|Fui cobrado duas vezes pela mesma compra, quero meu dinheiro de volta
pt|positive|chatter -complaint|no|kkkkk bom domingo a todos
pt|negative|unanswered|yes|Já liguei três vezes e ninguém responde, até hoje nada
pt|negative|damage|yes|O vaso veio quebrado e a caixa toda amassada
pt||cancelling|yes|Quero cancelar minha assinatura
pt||human-wanted|yes|Quero falar com uma pessoa de verdade, não com robô
pt||legal|yes|Se não resolverem vou no Procon
pt|positive|-complaint|no|Sem problemas, até amanhã
pt|positive||no|Nada mal a nova versão, gostei bastante
pt|negative|scam|yes|Isso é golpe, me roubaram
pt||-scam|yes|Não é golpe, só demorou
pt||stolen-account|yes|Hackearam minha conta e trocaram minha senha
pt||same|yes|Comigo também, mesmo problema
pt|neutral|sale|yes|Quanto custa o frete para Manaus?
pt|negative||yes|Não gostei nada
pt|||yes|Boa tarde, comprei um celular com vocês e ele veio sem o carregador
pt||delivery|yes|Boa noite, meu pacote consta como entregue mas não recebi nada
pt|negative|safety|yes|Achei uma barata na salada
pt||request|yes|Por favor tragam de volta o sabor pistache
pt||spam|no|Ganhe dinheiro em casa, clique aqui, link na bio
pt|positive|sorted|no|Já chegou, muito obrigada!
pt|negative|broken|yes|Sem internet desde ontem, o modem não liga
pt|negative|complaint|yes|Que vergonha, nunca mais
pt|neutral|question|yes|Abrem no domingo?
pt|positive|praise|no|Chegou antes do prazo, tudo perfeito, vocês são os melhores
pt||misdelivery|yes|Recebi o tamanho errado
pt||broken|yes|Não consigo entrar na minha conta
pt|positive|praise|no|O sorvete novo é uma delícia
pt|negative|urgent|yes|Cancelaram o voo e estamos presos no aeroporto
pt||complaint|yes|Mais um atraso, que surpresa
pt|positive||no|Vocês são demais, amo
pt|||yes|O link não leva a lugar nenhum
pt||cancelling|yes|Encerrem minha conta
pt||refund|yes|Quando devolvem o meu dinheiro?
pt|negative|broken|yes|O aplicativo fecha sozinho
pt|negative|abuse|yes|Bando de palhaços
pt||urgent|yes|É urgente, meu voo sai em uma hora
de|negative|complaint|yes|Bin echt enttäuscht, euer Kundenservice ist miserabel und alles wird teurer.
de|neutral|delivery question|yes|Wann kommt mein Paket?
de|positive|thanks -complaint|no|Vielen Dank für die schnelle Hilfe, ihr seid super!
de||sorted thanks -complaint|no|Hat sich erledigt, läuft wieder. Danke!
de|negative|broken abuse|yes|Eure scheiß App stürzt ständig ab, ihr Idioten, leckt mich
de|positive|praise question|yes|Eure Tassen sind wunderschön, ich liebe sie! Gibt es die auch in Blau?
de|negative|complaint|yes|Na super, schon wieder 40 Minuten Verspätung. Danke für nichts.
de|negative|safety|yes|Mein Sohn liegt nach eurem Müsliriegel mit einem allergischen Schock im Krankenhaus
de|negative|double-charge refund|yes|Ihr habt mir das Abo doppelt abgebucht, ich will mein Geld zurück
de|positive|chatter -complaint|no|haha schönes Wochenende euch allen
de|negative|unanswered|yes|Warte seit zwei Wochen, niemand antwortet auf meine Mails
de|negative|damage|yes|Die Vase kam kaputt an, der Karton war aufgerissen
de||cancelling|yes|Ich möchte meinen Vertrag kündigen
de||human-wanted|yes|Kann ich mit einem Menschen sprechen? Kein Bot bitte
de||legal|yes|Das geht jetzt an meinen Anwalt und die Verbraucherzentrale
de|positive|-complaint|no|Kein Problem, bis morgen
de|positive||no|Gar nicht schlecht, die neue Version gefällt mir
de|negative|scam|yes|Das ist Betrug, ihr habt mich abgezockt
de||-scam|yes|Das ist kein Betrug, die Lieferung dauert nur
de||stolen-account|yes|Mein Konto wurde gehackt und das Passwort geändert
de||same|yes|Bei mir auch, gleiches Problem
de|neutral|sale|yes|Was kostet der Versand nach Österreich?
de|negative||yes|Gefällt mir überhaupt nicht
de|||yes|Guten Morgen, ich habe bei euch einen Tisch gekauft und im Karton liegt ein Bein zu viel
de||delivery|yes|Hallo, mein Paket gilt als zugestellt, aber ich habe nichts bekommen
de|negative|safety|yes|In meinem Salat war eine Kakerlake
de||request|yes|Bitte bringt die Sorte Pistazie zurück
de||request|yes|Hab euch eine DM geschickt
de||spam|no|Geld verdienen von zuhause, hier klicken, Link in Bio
de|positive|sorted|no|Heute angekommen, vielen Dank!
de|negative|broken|yes|Seit gestern kein Internet, der Router geht nicht an
de|negative|complaint|yes|Eine Schande, nie wieder
de|neutral|question|yes|Habt ihr Sonntag offen?
de|positive|praise|no|Früher da als gedacht, alles perfekt, ihr seid die besten
de|||yes|Kriege ich auch eine Rechnung?
de|negative||yes|Das finde ich nicht schön
de|negative||yes|Die Lieferung ist schon wieder zu spät
de||misdelivery|yes|Ich habe die falsche Größe bekommen
de|||yes|Guten Tag, an meinem Schrank ist ein Scharnier anders als das andere
de||broken|yes|Ich kann mich nicht einloggen
de|positive|praise|no|Das neue Eis ist super lecker
de|negative|urgent|yes|Flug gestrichen, wir sitzen fest in Rom
de||complaint|yes|Toll, wieder Verspätung
de|positive||no|Ihr seid so lustig, ich liebe es
de|||yes|Der Link führt ins Leere
de||cancelling|yes|Löscht mein Konto
de||refund|yes|Wann bekomme ich mein Geld?
de|negative|broken|yes|Die App stürzt beim Öffnen ab
de|negative|abuse|yes|Ihr Vollidioten
de||urgent|yes|Es ist dringend, mein Flug geht in einer Stunde
""".strip().splitlines()


@pytest.mark.parametrize("line", SENTENCES)
def test_what_people_write(line: str) -> None:
    language, label, signals, needs, text = line.split("|")
    heard = ANALYSER.analyse(text)
    assert heard.lang == language
    assert not label or heard.sentiment.label == label
    has = {name for name in signals.split() if name[0] != "-"}
    has_not = {name[1:] for name in signals.split() if name[0] == "-"}
    assert has | has_not <= set(SIGNALS)
    assert has <= set(heard.signals)
    assert has_not.isdisjoint(heard.signals)
    assert heard.needs is (needs == "yes")


PRESSING = """
it|mi avete addebitato due volte e nessuno risponde|la fattura è arrivata in ritardo
fr|vous m'avez débité deux fois et personne ne répond|la facture a du retard
es|me cobraron dos veces y nadie contesta|la factura llegó con retraso
pt|fui cobrado duas vezes e ninguém responde|a fatura veio com atraso
de|ihr habt doppelt abgebucht und niemand antwortet|die Rechnung kam mit Verspätung
""".strip().splitlines()


@pytest.mark.parametrize("line", PRESSING)
def test_what_presses_more_has_more_points(line: str) -> None:
    language, *texts = line.split("|")
    more, less = (ANALYSER.analyse(text, lang=language) for text in texts)
    assert more.urgency > less.urgency > 0
    assert more.urgent_words


INNOCENT = """
it|Il libro parla di una scuola di Torino
it|Grazie alla nuova legge il comune pubblica i dati
fr|La Coupe du monde commence samedi
fr|Le règlement général est publié en ligne
fr|Je suis en train de lire un article
es|Esta tarde llega el autobús a las ocho
es|El tema de la semana es la lista de libros
pt|O Ministério publicou os dados do mês
pt|Comprei um chocolate na segunda-feira
de|Ich habe gestern einen Brief geschrieben
de|Die Qualitätskontrolle ist am Montag
de|Wir schicken euch morgen einen Brief
de|Der Hubschrauber fliegt nach Ehrenfeld
fr|Il faut se connecter au site
de|Der Zug fährt in Richtung Hamburg, Wagen der 1. Klasse
""".strip().splitlines()


@pytest.mark.parametrize("line", INNOCENT)
def test_words_that_only_look_bad_or_good_say_nothing(line: str) -> None:
    """Stems catch no innocent word, and a word without its accents is not taken for a strong one with them."""
    language, text = line.split("|")
    assert ANALYSER.analyse(text, lang=language).sentiment.label == "neutral"
