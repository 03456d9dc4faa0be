"""Portuguese."""

WORDS: dict[str, tuple[str, ...]] = {
    "greet_rude": (
        "O que é que quer?",
        "Outra vez você. O que foi agora?",
        "Despache-se, não tenho o dia todo.",
    ),
    "greet_curt": ("Seguinte.", "Sim?", "Número?"),
    "greet_neutral": ("Olá.", "Bom dia, em que posso ajudar?", "Boa tarde, diga."),
    "greet_polite": (
        "Bom dia, seja bem-vindo! Em que posso ajudar hoje?",
        "Olá e bem-vindo, obrigado por ter vindo.",
        "Boa tarde, que bom vê-lo. Como posso ajudar?",
    ),
    "greet_by_name": (
        "Olá {name}, em que posso ajudar?",
        "Bom dia {name}, bem-vindo de volta.",
        "Boa tarde {name}, que bom vê-lo.",
    ),
    "say_rude": (
        "A culpa é sua, seu estúpido.",
        "Não é problema meu. Pare de se queixar.",
        "É surdo? Já lhe disse, idiota.",
    ),
    "say_curt": ("Espere.", "Formulário. Assine aqui.", "Não. Outro balcão."),
    "say_neutral": ("Estou a ver no sistema.", "Pode dar-me o número da encomenda?", "Está na página dois."),
    "say_polite": (
        "Muito obrigado pela sua paciência, ajudo com todo o gosto.",
        "Por favor sente-se, vejo isso com todo o gosto, obrigado.",
        "Muito obrigado por explicar, isso ajuda muito.",
    ),
    "answer_rude": (
        "Leia as instruções, se souber ler.",
        "É assim, portanto cale-se.",
        "Disparate. Foi você que o partiu, idiota.",
    ),
    "answer_curt": ("Não é possível.", "Feito.", "É o que é."),
    "answer_neutral": (
        "Funciona assim: a peça é trocada segundo as condições.",
        "O valor está no recibo.",
        "Já registei a alteração.",
    ),
    "answer_polite": (
        "Tratei disso com todo o gosto, obrigado por esperar.",
        "Claro, com prazer: é isto que podemos fazer por si. Obrigado.",
        "Muito obrigado por nos dizer, corrijo isso com todo o gosto.",
    ),
    "sorry": ("Lamento muito.", "Pedimos desculpa.", "Desculpe o incómodo."),
    "informed": (
        "Vai demorar mais uns dez minutos, queríamos avisar.",
        "Só para avisar: hoje estamos atrasados.",
        "Antes que pergunte: está a demorar mais.",
    ),
    "issue": (
        "Tenho uma pergunta sobre {product}.",
        "Quero alterar a minha encomenda.",
        "Há algo na fatura que não é claro.",
    ),
    "fault": ("{product} está avariado.", "{product} não funciona.", "Há um defeito em {product}."),
    "friendly": ("Ótimo, muito obrigado!", "Que bom, obrigado.", "Sem pressa, obrigado pela ajuda."),
    "plain": ("Sim, está certo.", "O número está no papel.", "Estou a ver."),
    "upset": (
        "Isto é inaceitável.",
        "Estou mesmo aborrecido com isto.",
        "Quanto tempo mais? Isto é ridículo!",
    ),
    "complaint": (
        "Quero reclamar, foi um serviço horrível.",
        "Estou muito desiludido e zangado.",
        "Nunca mais. Exijo uma explicação.",
    ),
    "again": ("Continua a não funcionar.", "O problema voltou.", "Afinal não ficou resolvido."),
}
