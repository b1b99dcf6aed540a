-- the language of an upload that becomes sound beside the source of the title in `replaces`; null for any other
ALTER TABLE uploads ADD COLUMN track TEXT;

-- the revision whose subtitles are in `cues`; empty for none
ALTER TABLE titles ADD COLUMN heard TEXT NOT NULL DEFAULT '';
