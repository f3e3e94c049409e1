"""Values as people read them, on pages and on paper."""

from sipagent.messages.wording import money_text
from sipagent.reports.report import Column, Unit, Value, clock_text


def value_text(column: Column, value: Value, language: str) -> str:
    """Return a value in a language; a dash where there is none."""
    if value is None:
        return "–"
    match column.unit:
        case Unit.SECONDS:
            return clock_text(float(value))
        case Unit.SHARE:
            text = f"{float(value):.1%}"
            return text.replace(".", ",") if language == "pl" else text
        case Unit.GROSZE:
            return money_text(int(value), language)
        case _:
            return str(value)
