-- the language of an upload that becomes sound beside the source of the title in `replaces`; null for any other
ALTER TABLE uploads ADD COLUMN track TEXT;
