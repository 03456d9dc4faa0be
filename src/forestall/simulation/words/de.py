"""German."""

WORDS: dict[str, tuple[str, ...]] = {
    "greet_rude": (
        "Was wollen Sie?",
        "Sie schon wieder. Was denn jetzt?",
        "Los, ich habe nicht den ganzen Tag Zeit.",
    ),
    "greet_curt": ("Der Nächste.", "Ja?", "Nummer?"),
    "greet_neutral": ("Hallo.", "Guten Morgen, wie kann ich helfen?", "Guten Tag, worum geht es?"),
    "greet_polite": (
        "Guten Morgen und willkommen! Wie darf ich Ihnen heute helfen?",
        "Guten Tag und herzlich willkommen, danke für Ihren Besuch.",
        "Guten Tag, schön, Sie zu sehen. Wie darf ich helfen?",
    ),
    "greet_by_name": (
        "Hallo {name}, wie kann ich helfen?",
        "Guten Morgen {name}, willkommen zurück.",
        "Guten Tag {name}, schön, Sie zu sehen.",
    ),
    "say_rude": (
        "Das ist Ihre eigene dumme Schuld.",
        "Nicht mein Problem. Hören Sie auf zu jammern.",
        "Sind Sie taub? Idiot.",
    ),
    "say_curt": ("Warten.", "Formular. Hier unterschreiben.", "Nein. Anderer Schalter."),
    "say_neutral": (
        "Ich sehe im System nach.",
        "Kann ich die Bestellnummer haben?",
        "Das steht auf Seite zwei.",
    ),
    "say_polite": (
        "Vielen Dank für Ihre Geduld, ich kümmere mich gerne darum.",
        "Bitte nehmen Sie Platz, ich sehe gerne für Sie nach, danke.",
        "Herzlichen Dank für die Erklärung, das hilft sehr.",
    ),
    "answer_rude": (
        "Lesen Sie die Anleitung, wenn Sie lesen können.",
        "So ist das, also Ruhe jetzt.",
        "Unsinn. Das haben Sie kaputt gemacht, Idiot.",
    ),
    "answer_curt": ("Geht nicht.", "Erledigt.", "Ist eben so."),
    "answer_neutral": (
        "So geht es: das Teil wird nach den Bedingungen getauscht.",
        "Der Betrag steht auf dem Beleg.",
        "Ich habe die Änderung eingetragen.",
    ),
    "answer_polite": (
        "Das habe ich gerne für Sie erledigt, danke fürs Warten.",
        "Natürlich, mit Vergnügen: das können wir für Sie tun. Danke.",
        "Vielen Dank für den Hinweis, ich bringe das gerne für Sie in Ordnung.",
    ),
    "sorry": ("Das tut mir sehr leid.", "Wir bitten um Entschuldigung.", "Entschuldigung für die Umstände."),
    "informed": (
        "Es dauert noch etwa zehn Minuten, das wollten wir Ihnen sagen.",
        "Nur damit Sie es wissen: wir sind heute verspätet.",
        "Bevor Sie fragen: es dauert länger.",
    ),
    "issue": (
        "Ich habe eine Frage zu {product}.",
        "Ich möchte meine Bestellung ändern.",
        "Etwas auf meiner Rechnung ist unklar.",
    ),
    "fault": ("{product} ist kaputt.", "{product} funktioniert nicht.", "Es gibt einen Fehler an {product}."),
    "friendly": ("Prima, vielen Dank!", "Schön, danke.", "Keine Eile, danke für die Hilfe."),
    "plain": ("Ja, das stimmt.", "Die Nummer steht auf dem Zettel.", "Aha."),
    "upset": ("Das ist inakzeptabel.", "Ich bin wirklich verärgert.", "Wie lange noch? Das ist lächerlich!"),
    "complaint": (
        "Ich möchte mich beschweren, das war ein schrecklicher Service.",
        "Ich bin sehr enttäuscht und wütend.",
        "Nie wieder. Ich verlange eine Erklärung.",
    ),
    "again": (
        "Es funktioniert immer noch nicht.",
        "Das Problem ist wieder da.",
        "Das wurde doch nicht gelöst.",
    ),
}
