"""Examples at the end of the help of each command."""

from __future__ import annotations

_EXAMPLES = {
    "simulate": ("simulate data --interactions 12000",),
    "import": (
        "import --suggest tickets.csv --output mapping.yaml",
        "import mapping.yaml tickets.csv --output data",
    ),
    "check": ("check data", "check data --output report"),
    "features": ("features data --output features.parquet --as-of 2026-04-01T20:00:00Z",),
    "check-features": (
        "check-features parking data",
        "check-features models/helpdesk/parking.py data --model models/helpdesk",
    ),
    "new-feature": ("new-feature parking --output models/helpdesk",),
    "train": ("train data --model models/helpdesk", "train data --model models/helpdesk --tune 30"),
    "log": ("log forestall-unlogged/helpdesk-risk-20260401-200000-3f0a",),
    "promote": (
        "promote --name helpdesk-risk",
        "promote --dry-run",
    ),
    "rollback": ("rollback --name helpdesk-risk",),
    "evaluate": ("evaluate models:/helpdesk-risk@champion newer-data --output evaluation",),
    "score": (
        "score models:/helpdesk-risk@champion data --output tonight --as-of 2026-04-01T20:00:00Z",
        "score models:/helpdesk-risk@champion data --output tonight --reasons-from high --contacts 50",
    ),
    "explain": (
        "explain models:/helpdesk-risk@champion data --interaction T1908-0105",
        "explain models:/helpdesk-risk@champion data --interaction T1908-0105 --what-if service_wait_s=60",
    ),
    "monitor": (
        "monitor models:/helpdesk-risk@champion --reference data --current newer-data --output monitoring",
    ),
    "effect": ("effect data --output effect --experiment 2026-spring",),
    "contacts": (
        "contacts --ledger sqlite:///contacts.db",
        "contacts --record results.csv --ledger sqlite:///contacts.db",
    ),
    "forget": ("forget C1042 data tonight", "forget --customers-file leavers.txt --in data --in tonight"),
    "sign": ("sign --new-key forestall.key", "sign models:/helpdesk-risk@champion --key forestall.key"),
    "serve": (
        "serve models:/helpdesk-risk@champion --port 8080",
        "serve models:/helpdesk-risk@champion --host 0.0.0.0 --token-file tokens.txt",
    ),
    "new": ("new helpdesk", "new helpdesk tickets.csv"),
    "doctor": ("doctor", "doctor --output /mnt/scores --port 8080"),
}


def epilog(command: str) -> str | None:
    """Return the text at the end of a command's help; None if it has no examples."""
    examples = _EXAMPLES.get(command)
    if examples is None:
        return None
    title = "Example:" if len(examples) == 1 else "Examples:"
    return "\b\n" + "\n".join([title, *(f"  forestall {one}" for one in examples)])
