-- The words that titles have, to find those that are meant by typing errors. What of the search differs between databases is
-- derived data, and lies in search_sqlite.sql and search_postgres.sql.
CREATE TABLE search_words (
    word TEXT NOT NULL PRIMARY KEY
);

-- Each three neighbours among the letters of a word, with a space before it and one after it.
CREATE TABLE search_grams (
    gram TEXT NOT NULL,
    -- letters of the word
    length BIGINT NOT NULL,
    word TEXT NOT NULL REFERENCES search_words (word) ON DELETE CASCADE,
    PRIMARY KEY (gram, length, word)
);
CREATE INDEX search_grams_word ON search_grams (word);

-- Titles whose entries in the index are not as their rows are. Triggers put them in, and each transaction ends with none.
CREATE TABLE search_due (
    title TEXT NOT NULL PRIMARY KEY
);

-- Of all titles: who is signed in finds their own among the public ones.
DROP INDEX titles_watched;
CREATE INDEX titles_watched ON titles (views, id);
DROP INDEX titles_folded;
CREATE INDEX titles_folded ON titles (folded, id);
