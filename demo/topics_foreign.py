# ruff: noqa: E501 -- a phrase book reads best with one template a line
"""Phrase books of the English and German pages a Danish municipality has.

A site has one page of each, so their subjects need no names; Danish names would also make the sentences look Danish.
"""

from demo.topics import Topic

ENGLISH = Topic(
    id="english",
    label="In English",
    section="",
    subjects=("the international citizen office", "the language centre for newcomers", "the welcome office"),
    titles=("Newcomers: {inst}", "Living here: {inst}"),
    headings=("Before you arrive", "Health and school", "Learning the language", "Opening hours"),
    facts=(
        "During the year {year} {inst} of {place} Municipality helped {n:120-990} newcomers with their first applications.",
        "The free evening course which is offered by {inst} of {place} has room for {n:12-48} students and continues for {n:6-30} weeks.",
        "Every Tuesday between {n:8-10} and {n:13-17} o'clock you can speak with one of the advisers who work for {inst} of {place}.",
        "A guided walking tour for families with children starts outside {inst} of {place} and takes about {n:40-120} minutes.",
        "The volunteers who work with {inst} of {place} speak {n:5-21} languages and answer about {n:10-90} questions every week.",
    ),
    prose=(
        "[When you move|If you have just moved] to Denmark, you [must|need to] register [your address|with the municipality] within [five days|a few days] of your arrival.",
        "[Children|All children] [between {n:6-7} and {n:15-17} years of age|of school age] are [entitled to|offered] [free education|a place at a public school].",
        "[Please bring|Remember to bring] [your passport|your work contract|your rental agreement] and [a recent photo|your marriage certificate] [to the meeting|when you visit us].",
        "[The yellow health card|Your health card] [gives you access to|is proof of your right to] [a family doctor|medical care] and [arrives by post|is sent to you] within {n:2-4} weeks.",
        "[Many people|Most newcomers] [find it useful|are glad] to [join a sports club|meet other families|take a language class] [during the first months|early on].",
        "[We are happy|Our staff will be pleased] to [explain|help you understand] [the tax system|the rules for residence|how day care works], [even if|also when] you [only need a short answer|do not have an appointment].",
        "[Public libraries|Most sports halls|The local museums] are open [until {n:6-9} in the evening|on most days], and [everybody is|visitors are] welcome to [read the newspapers|use the computers|ask for help].",
    ),
)

GERMAN = Topic(
    id="deutsch",
    label="Auf Deutsch",
    section="",
    subjects=("das Gästehaus der Gemeinde", "das Bürgerbüro der Gemeinde", "das Begegnungshaus der Gemeinde"),
    titles=("Willkommen: {inst}", "Für Besucher: {inst}"),
    headings=("Anreise", "Wohnen und Arbeiten", "Natur erleben", "Öffnungszeiten"),
    facts=(
        "Im Jahr {year} haben insgesamt {n:190-980} Gäste aus dem Ausland {inst} {place} besucht.",
        "Für größere Gruppen öffnet {inst} {place} auch am Abend, und eine Führung kostet dann {n:40-190} Euro.",
        "Wer {inst} {place} besuchen möchte, findet dort {n:12-140} kostenlose Parkplätze und {n:4-20} Ladesäulen.",
        "Seit dem Umbau im Jahr {year} bietet {inst} {place} Platz für {n:30-260} Besucherinnen und Besucher.",
    ),
    prose=(
        "[Wenn Sie|Falls Sie] in Dänemark [arbeiten|wohnen] [möchten|wollen], [brauchen Sie|benötigen Sie] [eine Anmeldung|eine persönliche Nummer] bei [der Gemeinde|den Behörden].",
        "[Am Strand|Im Wald|An der Küste] [dürfen Hunde|müssen Hunde] [zwischen April und September|im Sommer] [nur an der Leine|immer an der Leine] geführt werden.",
        "[Unsere Mitarbeiter|Die Kolleginnen vor Ort] [helfen Ihnen gern|beraten Sie] [auf Deutsch|in mehreren Sprachen], [wenn Sie Fragen haben|sobald Sie sich melden].",
        "[Kinder|Familien mit Kindern] [finden|entdecken] [hier|in unserer Gegend] [viele Spielplätze|ruhige Radwege], die [das ganze Jahr|von Mai bis Oktober] [geöffnet sind|genutzt werden können].",
        "[Bitte beachten Sie|Denken Sie daran], dass [die Geschäfte|die Ämter] [an Feiertagen|am Wochenende] [geschlossen bleiben|früher schließen].",
        "[Für die Anreise|Wenn Sie mit dem Auto kommen], [empfehlen wir|nehmen Sie am besten] [die Fähre|die Autobahn|die Küstenstraße], [vor allem|besonders] [im Sommer|bei schlechtem Wetter].",
    ),
)
