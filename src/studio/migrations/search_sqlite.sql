-- The index of the search in SQLite. It is made anew where it is missing or of another version.
DROP TABLE IF EXISTS search_vocabulary;
DROP TABLE IF EXISTS search_index;
DROP TABLE IF EXISTS search_counted;
DROP TABLE IF EXISTS search_counts;
DROP TABLE IF EXISTS search_rows;

-- Words as `model::words` makes them, between spaces; what they were made of lies in the titles' own tables.
CREATE VIRTUAL TABLE search_index USING fts5 (
    name, tags, people, description, spoken, audience, facets,
    content = '', contentless_delete = 1, detail = column, tokenize = 'ascii', prefix = '2 3'
);
CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab (search_index, 'row');

-- Numbers of the index's rows, in the order in which titles were made.
CREATE TABLE search_rows (
    number INTEGER NOT NULL PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    -- each word and token of its entry once, between spaces: what it is found by where the index is not asked
    words TEXT NOT NULL DEFAULT ''
);

-- Tags and categories of titles that everybody may find, and how many titles have each.
CREATE TABLE search_counted (
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (title, kind, name)
);
CREATE TABLE search_counts (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    titles BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX search_counts_titles ON search_counts (kind, titles DESC, name);

DROP TRIGGER IF EXISTS search_titles_insert;
CREATE TRIGGER search_titles_insert AFTER INSERT ON titles BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.id);
END;
DROP TRIGGER IF EXISTS search_titles_update;
CREATE TRIGGER search_titles_update
AFTER UPDATE OF owner, name, description, category, language, visibility, state, published, deleted ON titles BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.id);
END;
DROP TRIGGER IF EXISTS search_titles_delete;
CREATE TRIGGER search_titles_delete AFTER DELETE ON titles BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (old.id);
END;
DROP TRIGGER IF EXISTS search_tags_insert;
CREATE TRIGGER search_tags_insert AFTER INSERT ON tags BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.title);
END;
DROP TRIGGER IF EXISTS search_tags_delete;
CREATE TRIGGER search_tags_delete AFTER DELETE ON tags BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (old.title);
END;
DROP TRIGGER IF EXISTS search_shares_insert;
CREATE TRIGGER search_shares_insert AFTER INSERT ON shares BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.title);
END;
DROP TRIGGER IF EXISTS search_shares_delete;
CREATE TRIGGER search_shares_delete AFTER DELETE ON shares BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (old.title);
END;
DROP TRIGGER IF EXISTS search_group_shares_insert;
CREATE TRIGGER search_group_shares_insert AFTER INSERT ON group_shares BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.title);
END;
DROP TRIGGER IF EXISTS search_group_shares_delete;
CREATE TRIGGER search_group_shares_delete AFTER DELETE ON group_shares BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (old.title);
END;
DROP TRIGGER IF EXISTS search_cues_insert;
CREATE TRIGGER search_cues_insert AFTER INSERT ON cues BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (new.title);
END;
DROP TRIGGER IF EXISTS search_cues_delete;
CREATE TRIGGER search_cues_delete AFTER DELETE ON cues BEGIN
    INSERT OR IGNORE INTO search_due (title) VALUES (old.title);
END;
DROP TRIGGER IF EXISTS search_accounts_update;
CREATE TRIGGER search_accounts_update AFTER UPDATE OF name, display ON accounts BEGIN
    INSERT OR IGNORE INTO search_due (title) SELECT id FROM titles WHERE owner = new.id;
END;

DELETE FROM search_words;
DELETE FROM search_due;
INSERT INTO search_due (title) SELECT id FROM titles;
