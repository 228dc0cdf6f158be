# ruff: noqa: E501 -- a phrase book reads best with one template a line
"""Texts that several sites carry word for word, as sites import them from borger.dk.

Fixed texts, no chance: the same article is the same on every site. Each has its facts, which are the same facts
wherever the article stands.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SharedText:
    id: str
    title: str
    facts: tuple[str, ...]
    prose: tuple[str, ...]


SHARED_TEXTS: tuple[SharedText, ...] = (
    SharedText(
        id="boligstoette",
        title="Boligstøtte",
        facts=(
            "Boligstøtten bliver beregnet ud fra husstandens samlede indkomst, huslejens størrelse og boligens areal.",
            "Hvis din indkomst ændrer sig i årets løb, skal du selv give besked senest 14 dage efter ændringen.",
            "Du kan tidligst få boligstøtte fra den 1. i måneden efter, at du har sendt din ansøgning.",
        ),
        prose=(
            "Bor du til leje, kan du søge om hjælp til at betale huslejen.",
            "Pensionister får boligydelse, og alle andre kan få boligsikring.",
            "Du ansøger på nettet, og det er en god idé at have lejekontrakten ved hånden.",
            "Opgørelsen bliver sendt til din digitale postkasse hvert år i december.",
        ),
    ),
    SharedText(
        id="navneaendring",
        title="Ændring af navn",
        facts=(
            "Når du skifter navn, får du automatisk tilsendt et nyt sundhedskort i løbet af cirka to uger.",
            "Et barn skal have et fornavn og et efternavn senest seks måneder efter fødslen.",
            "Gebyret for et navneskift skal som regel være betalt, før sognet begynder at behandle sagen.",
        ),
        prose=(
            "Du kan skifte navn uden at angive en grund.",
            "Ansøgningen udfyldes digitalt, og den behandles i det sogn, hvor du bor.",
            "Pas og kørekort bliver ugyldige, når navnet er ændret, og du skal derfor bestille nye.",
            "Ønsker I fælles efternavn ved vielsen, er ændringen gratis inden for de første tre måneder.",
        ),
    ),
    SharedText(
        id="hjaelpemidler",
        title="Hjælpemidler",
        facts=(
            "Et hjælpemiddel bliver givet som udlån, og det skal derfor leveres tilbage, når du ikke længere bruger det.",
            "Kommunen betaler for reparation af hjælpemidlet, medmindre skaden skyldes, at du har behandlet det uforsvarligt.",
            "Du kan selv vælge en anden leverandør, men du skal så selv betale en eventuel forskel i prisen.",
        ),
        prose=(
            "Har du en varig nedsat funktionsevne, kan du få støtte til hjælpemidler.",
            "Det kan f.eks. være en rollator, en kørestol eller et høreapparat.",
            "Du skal søge, før du køber noget, for ellers kan udgiften normalt ikke dækkes.",
            "En terapeut besøger dig og vurderer, hvilken løsning der er bedst egnet og billigst.",
        ),
    ),
    SharedText(
        id="barsel",
        title="Barsel og dagpenge",
        facts=(
            "Forældre har efter fødslen ret til 24 ugers orlov med dagpenge hver, hvis de bor sammen.",
            "Din arbejdsgiver skal have besked om den forventede fødsel mindst tre måneder på forhånd.",
            "Selvstændige kan få barselsdagpenge, når virksomheden har haft overskud i mindst seks af de seneste tolv måneder.",
        ),
        prose=(
            "Venter I barn, er der flere frister at holde øje med.",
            "Noget af orloven er øremærket og falder bort, hvis den ikke bliver holdt.",
            "Pengene udbetales bagud, og du skal søge om dem på nettet.",
            "Soloforældre kan overdrage orlov til nære familiemedlemmer.",
        ),
    ),
    SharedText(
        id="begravelse",
        title="Begravelse og dødsfald",
        facts=(
            "Et dødsfald skal anmeldes til sognet senest to hverdage efter, at det er sket.",
            "Begravelseshjælpen bliver nedsat krone for krone, når afdøde efterlader sig en større formue.",
            "Ønsker man at få spredt asken over havet, skal ønsket foreligge skriftligt fra den afdøde selv.",
        ),
        prose=(
            "Når en af dine nærmeste dør, er der meget at tage stilling til.",
            "De fleste bruger en bedemand, men familien må gerne selv sørge for det hele.",
            "Skifteretten indkalder de pårørende til en samtale om boet.",
            "Plejeorlov og efterløn ophører, og bankkonti bliver som regel spærret.",
        ),
    ),
    SharedText(
        id="valg",
        title="Valg og afstemning",
        facts=(
            "Valgkortet bliver sendt ud med posten, og det skal være hos vælgeren senest fem dage før valgdagen.",
            "Du kan afgive din brevstemme på alle landets folkeregistre, uanset hvilken kommune du selv er bosat i.",
            "Er du syg eller svækket, kan du stemme hjemme, hvis du beder om det senest tolv dage før valget.",
        ),
        prose=(
            "Alle vælgere har ret til hjælp ved afstemningen.",
            "Valgstederne åbner om morgenen og lukker kl. 20.",
            "Borgere fra andre lande kan stemme til kommunalvalg, når de har boet her i fire år.",
            "Resultatet bliver talt op samme aften og kontrolleret dagen efter.",
        ),
    ),
)
