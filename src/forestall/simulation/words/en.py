"""English."""

WORDS: dict[str, tuple[str, ...]] = {
    "greet_rude": ("What do you want?", "You again. What is it now?", "Oi, hurry up, I haven't got all day."),
    "greet_curt": ("Next.", "Yes?", "Number?"),
    "greet_neutral": ("Hello.", "Good morning, how can I help?", "Hi, what can I do for you?"),
    "greet_polite": (
        "Good morning, welcome! How may I help you today?",
        "Hello and welcome, thank you for coming.",
        "Good afternoon, lovely to see you. How may I help?",
    ),
    "greet_by_name": (
        "Hello {name}, how can I help?",
        "Good morning {name}, welcome back.",
        "Hi {name}, nice to see you.",
    ),
    "say_rude": (
        "That is your own stupid fault.",
        "Not my problem. Stop whining.",
        "Are you deaf? I told you already, idiot.",
    ),
    "say_curt": ("Wait.", "Form. Sign here.", "No. Other desk."),
    "say_neutral": (
        "I am checking that in the system.",
        "Could I have the order number?",
        "It is on page two.",
    ),
    "say_polite": (
        "Thank you for your patience, I am happy to look into this for you.",
        "Please take a seat, I will gladly check that for you, thank you.",
        "Thanks so much for explaining, that is very helpful.",
    ),
    "answer_rude": (
        "Read the instructions, if you can read at all.",
        "That is how it is, so shut up about it.",
        "Rubbish. You broke it, you idiot.",
    ),
    "answer_curt": ("Not possible.", "Done.", "It is what it is."),
    "answer_neutral": (
        "This is how it works: the part is changed under the terms.",
        "The amount is shown on the receipt.",
        "I have entered the change.",
    ),
    "answer_polite": (
        "I have gladly arranged that for you, thank you for waiting.",
        "Of course, with pleasure: this is what we can do for you. Thank you.",
        "Thank you for telling us, I would be glad to put that right for you.",
    ),
    "sorry": ("I am very sorry about this.", "Please accept our apologies.", "Sorry for the trouble."),
    "informed": (
        "It will take about ten more minutes, we wanted to let you know.",
        "Just to let you know: we are running late today.",
        "An update before you ask: it is taking longer.",
    ),
    "issue": (
        "I have a question about my {product}.",
        "I would like to change my order.",
        "Something on my bill is not clear.",
    ),
    "fault": (
        "My {product} is broken.",
        "The {product} does not work.",
        "There is a defect in my {product}.",
    ),
    "friendly": ("Great, thanks a lot!", "Lovely, thank you.", "No rush, thanks for helping."),
    "plain": ("Yes, that is right.", "The number is on the slip.", "I see."),
    "upset": (
        "This is unacceptable.",
        "I am really annoyed by this.",
        "How much longer? This is ridiculous!",
    ),
    "complaint": (
        "I want to complain, this was terrible service.",
        "I am very disappointed and angry.",
        "Never again. I demand an explanation.",
    ),
    "again": ("It is still not working.", "The problem is back.", "This was not solved after all."),
}
