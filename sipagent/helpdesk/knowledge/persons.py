"""What readers and writers of the knowledge base have left there as persons."""

from sipagent.persons.holding import Holding, Table
from sipagent.persons.person import ERASED

#: As ``panel/pages/help.py`` names them: by the number that goes with the person.
_HERS = "voter IN (SELECT 'person:' || id FROM panel_people WHERE name IN {people})"


READERS = Holding(
    "knowledge",
    {"pl": "Baza wiedzy", "en": "Knowledge base"},
    [
        # That it has helped is counted on; who said so is by lot from then on.
        Table("knowledge_votes", _HERS, {"voter": "hex(randomblob(16))", "word": "''"}),
        Table("knowledge_versions", "person IN {people}", {"person": f"'{ERASED}'"}),
    ],
)
