"""Afrikaans."""

WORDS: dict[str, tuple[str, ...]] = {
    "greet_rude": ("Wat wil jy hê?", "Jy alweer. Wat is dit nou?", "Toe, maak gou, ek het nie heeldag nie."),
    "greet_curt": ("Volgende.", "Ja?", "Nommer?"),
    "greet_neutral": ("Hallo.", "Goeiemôre, hoe kan ek help?", "Hallo, wat kan ek vir u doen?"),
    "greet_polite": (
        "Goeiemôre, welkom! Hoe kan ek u vandag help?",
        "Goeiedag en welkom, dankie dat u gekom het.",
        "Goeiemiddag, lekker om u te sien. Hoe kan ek help?",
    ),
    "greet_by_name": (
        "Hallo {name}, hoe kan ek help?",
        "Goeiemôre {name}, welkom terug.",
        "Goeiedag {name}, lekker om u te sien.",
    ),
    "say_rude": (
        "Dis jou eie dom skuld.",
        "Nie my probleem nie. Hou op kla.",
        "Is jy doof? Ek het jou klaar gesê, idioot.",
    ),
    "say_curt": ("Wag.", "Vorm. Teken hier.", "Nee. Ander toonbank."),
    "say_neutral": (
        "Ek kyk nou in die stelsel.",
        "Kan ek die bestelnommer kry?",
        "Dit staan op bladsy twee.",
    ),
    "say_polite": (
        "Baie dankie vir u geduld, ek help u graag hiermee.",
        "Sit asseblief, ek kyk graag vir u, dankie.",
        "Baie dankie dat u dit verduidelik, dit help baie.",
    ),
    "answer_rude": (
        "Lees die instruksies, as jy kan lees.",
        "So is dit, bly nou stil.",
        "Snert. Jy het dit gebreek, idioot.",
    ),
    "answer_curt": ("Nie moontlik nie.", "Klaar.", "Dit is wat dit is."),
    "answer_neutral": (
        "So werk dit: die onderdeel word volgens die voorwaardes vervang.",
        "Die bedrag staan op die strokie.",
        "Ek het die verandering ingevoer.",
    ),
    "answer_polite": (
        "Ek het dit graag vir u gereël, baie dankie dat u gewag het.",
        "Natuurlik, met plesier: dit is wat ons vir u kan doen. Dankie.",
        "Baie dankie dat u laat weet het, ek maak dit graag vir u reg.",
    ),
    "sorry": ("Ek is baie jammer hieroor.", "Ons vra om verskoning.", "Jammer vir die moeite."),
    "informed": (
        "Dit sal nog omtrent tien minute neem, ons wou u laat weet.",
        "Net om u te laat weet: ons is vandag laat.",
        "Voordat u vra: dit neem langer as verwag.",
    ),
    "issue": (
        "Ek het 'n vraag oor my {product}.",
        "Ek wil my bestelling verander.",
        "Iets op my rekening is nie duidelik nie.",
    ),
    "fault": ("My {product} is stukkend.", "Die {product} werk nie.", "Daar is 'n fout in my {product}."),
    "friendly": ("Wonderlik, baie dankie!", "Lekker, dankie.", "Geen haas nie, dankie vir die hulp."),
    "plain": ("Ja, dit is reg.", "Die nommer is op die strokie.", "Ek sien."),
    "upset": ("Dit is onaanvaarbaar.", "Ek is regtig kwaad hieroor.", "Hoe lank nog? Dit is belaglik!"),
    "complaint": (
        "Ek wil kla, dit was verskriklike diens.",
        "Ek is baie teleurgesteld en kwaad.",
        "Nooit weer nie. Ek eis 'n verduideliking.",
    ),
    "again": ("Dit werk steeds nie.", "Die probleem is terug.", "Dit is toe nie opgelos nie."),
}
