-- Lists are read in their order, by an index that has it. With this one, SQLite would find all public titles and sort them.
DROP INDEX titles_published;
