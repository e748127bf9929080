-- Where a page was before it moved: what is found on it goes on under the address by which it was first known.

-- +goose Up
ALTER TABLE page_seen ADD COLUMN moved_from TEXT NOT NULL DEFAULT ''; -- audit.PageMemory.From; '' is its own address

-- +goose Down
SELECT 'forward only';
