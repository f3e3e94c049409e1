"""Tables of the knowledge base."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

knowledge = Migrations("knowledge")

_TABLES = (
    """
    CREATE TABLE knowledge_topics (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        pl TEXT NOT NULL,
        en TEXT NOT NULL,
        position INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE knowledge_articles (
        id INTEGER PRIMARY KEY,
        topic_id INTEGER NOT NULL REFERENCES knowledge_topics (id),
        slug TEXT NOT NULL,            -- the same in all languages
        language TEXT NOT NULL CHECK (language IN ('pl', 'en')),
        position INTEGER NOT NULL,
        published INTEGER,             -- number of the version that is read; NULL: none is
        UNIQUE (slug, language)
    ) STRICT
    """,
    "CREATE INDEX knowledge_of_topic ON knowledge_articles (topic_id, position)",
    """
    CREATE TABLE knowledge_versions (
        article_id INTEGER NOT NULL REFERENCES knowledge_articles (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,            -- Markdown
        staff INTEGER NOT NULL CHECK (staff IN (0, 1)),  -- whether it is for these only
        person TEXT NOT NULL,          -- empty: came with the program
        at TEXT NOT NULL,
        PRIMARY KEY (article_id, number)
    ) STRICT, WITHOUT ROWID
    """,
    # Of published versions, as stems; its rows have the ids of articles, and go with them.
    "CREATE VIRTUAL TABLE knowledge_index USING fts5 (title, text)",
    """
    CREATE TRIGGER knowledge_index_gone AFTER DELETE ON knowledge_articles BEGIN
        DELETE FROM knowledge_index WHERE rowid = OLD.id;
    END
    """,
    """
    CREATE TABLE knowledge_votes (
        article_id INTEGER NOT NULL REFERENCES knowledge_articles (id) ON DELETE CASCADE,
        voter TEXT NOT NULL,           -- a person, or the sum of a session
        helped INTEGER NOT NULL CHECK (helped IN (0, 1)),
        word TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (article_id, voter)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE knowledge_pictures (
        id INTEGER PRIMARY KEY,
        file TEXT NOT NULL UNIQUE,     -- its name in the folder of pictures
        name TEXT NOT NULL,
        media TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE knowledge_shipped (
        slug TEXT NOT NULL,
        language TEXT NOT NULL,
        digest TEXT NOT NULL,          -- of the file that was taken last
        PRIMARY KEY (slug, language)
    ) STRICT, WITHOUT ROWID
    """,
)


@knowledge()
def articles(db: sqlite_utils.Database) -> None:
    """Topics, articles with their versions, pictures, and what readers say of them."""
    for statement in _TABLES:
        db.execute(statement)
