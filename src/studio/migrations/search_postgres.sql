-- The index of the search in PostgreSQL. It is made anew where it is missing or of another version. It needs no extension.
DROP TABLE IF EXISTS search_index;
DROP TABLE IF EXISTS search_counted;
DROP TABLE IF EXISTS search_counts;

CREATE TABLE search_index (
    title TEXT NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL,
    -- words as `model::words` makes them, those of names also with a mark, those of names, tags and people with another;
    -- and tokens of who may find it, and by what
    document TSVECTOR NOT NULL
);
CREATE INDEX search_document ON search_index USING gin (document);
CREATE INDEX search_created ON search_index (created, title);

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

CREATE OR REPLACE FUNCTION search_due_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (title) VALUES (COALESCE(NEW.id, OLD.id)) ON CONFLICT (title) DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_due_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (title) VALUES (COALESCE(NEW.title, OLD.title)) ON CONFLICT (title) DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_due_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (title) SELECT id FROM titles WHERE owner = NEW.id ON CONFLICT (title) DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_titles AFTER INSERT OR DELETE
    OR UPDATE OF owner, name, description, category, language, visibility, state, published, deleted
    ON titles FOR EACH ROW EXECUTE FUNCTION search_due_title();
CREATE OR REPLACE TRIGGER search_tags AFTER INSERT OR DELETE ON tags
    FOR EACH ROW EXECUTE FUNCTION search_due_part();
CREATE OR REPLACE TRIGGER search_shares AFTER INSERT OR DELETE ON shares
    FOR EACH ROW EXECUTE FUNCTION search_due_part();
CREATE OR REPLACE TRIGGER search_group_shares AFTER INSERT OR DELETE ON group_shares
    FOR EACH ROW EXECUTE FUNCTION search_due_part();
CREATE OR REPLACE TRIGGER search_cues AFTER INSERT OR DELETE ON cues
    FOR EACH ROW EXECUTE FUNCTION search_due_part();
CREATE OR REPLACE TRIGGER search_accounts AFTER UPDATE OF name, display ON accounts
    FOR EACH ROW EXECUTE FUNCTION search_due_owner();

DELETE FROM search_words;
DELETE FROM search_due;
INSERT INTO search_due (title) SELECT id FROM titles;
