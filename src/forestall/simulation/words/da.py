"""Danish."""

WORDS: dict[str, tuple[str, ...]] = {
    "greet_rude": ("Hvad vil du?", "Dig igen. Hvad er der nu?", "Skynd dig, jeg har ikke hele dagen."),
    "greet_curt": ("Næste.", "Ja?", "Nummer?"),
    "greet_neutral": ("Hej.", "Godmorgen, hvad kan jeg hjælpe med?", "Goddag, hvad drejer det sig om?"),
    "greet_polite": (
        "Godmorgen og velkommen! Hvad kan jeg hjælpe dig med i dag?",
        "Goddag og velkommen, tak fordi du kom.",
        "God eftermiddag, dejligt at se dig. Hvad kan jeg hjælpe med?",
    ),
    "greet_by_name": (
        "Hej {name}, hvad kan jeg hjælpe med?",
        "Godmorgen {name}, velkommen tilbage.",
        "Goddag {name}, godt at se dig.",
    ),
    "say_rude": (
        "Det er din egen dumme skyld.",
        "Ikke mit problem. Hold op med at klynke.",
        "Er du døv? Det har jeg sagt, din idiot.",
    ),
    "say_curt": ("Vent.", "Blanket. Skriv under her.", "Nej. Anden skranke."),
    "say_neutral": ("Jeg ser efter i systemet.", "Må jeg få ordrenummeret?", "Det står på side to."),
    "say_polite": (
        "Mange tak for tålmodigheden, jeg hjælper dig gerne med det.",
        "Tag endelig plads, jeg undersøger det gerne for dig, tak.",
        "Tusind tak for forklaringen, det er en stor hjælp.",
    ),
    "answer_rude": (
        "Læs vejledningen, hvis du kan læse.",
        "Sådan er det, så hold mund.",
        "Vrøvl. Du har selv ødelagt det, din idiot.",
    ),
    "answer_curt": ("Ikke muligt.", "Færdig.", "Sådan er det."),
    "answer_neutral": (
        "Sådan virker det: delen skiftes efter vilkårene.",
        "Beløbet står på kvitteringen.",
        "Jeg har indtastet ændringen.",
    ),
    "answer_polite": (
        "Jeg har gerne ordnet det for dig, tak fordi du ventede.",
        "Selvfølgelig, med fornøjelse: det her kan vi gøre for dig. Tak.",
        "Mange tak fordi du sagde det, jeg retter det gerne for dig.",
    ),
    "sorry": ("Det er jeg meget ked af.", "Vi beklager meget.", "Undskyld ulejligheden."),
    "informed": (
        "Det varer cirka ti minutter endnu, det ville vi gerne sige.",
        "Bare så du ved det: vi er forsinkede i dag.",
        "Inden du spørger: det tager længere tid.",
    ),
    "issue": (
        "Jeg har et spørgsmål om min {product}.",
        "Jeg vil gerne ændre min ordre.",
        "Noget på min regning er ikke klart.",
    ),
    "fault": ("Min {product} er i stykker.", "Min {product} virker ikke.", "Der er en fejl i min {product}."),
    "friendly": ("Fint, mange tak!", "Dejligt, tak.", "Det haster ikke, tak for hjælpen."),
    "plain": ("Ja, det er rigtigt.", "Nummeret står på sedlen.", "Javel."),
    "upset": (
        "Det er uacceptabelt.",
        "Jeg er virkelig sur over det her.",
        "Hvor længe endnu? Det er latterligt!",
    ),
    "complaint": (
        "Jeg vil klage, det var en elendig service.",
        "Jeg er meget skuffet og vred.",
        "Aldrig mere. Jeg kræver en forklaring.",
    ),
    "again": ("Det virker stadig ikke.", "Problemet er tilbage.", "Det blev alligevel ikke løst."),
}
