-- 1 where whoever may watch a title may download the file that it was made from, too
ALTER TABLE titles ADD COLUMN downloadable BIGINT NOT NULL DEFAULT 0;
