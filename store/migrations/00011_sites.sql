-- Documents are known by their hash and the server's date; a page that a script draws is a capture of its own kind.

-- +goose Up
ALTER TABLE capture ADD COLUMN modified TEXT;      -- of a document: the server's Last-Modified; NULL: not told
ALTER TABLE capture ADD COLUMN made_from TEXT;     -- of a rendered page: JSON list of the captures it was made from; NULL: as it came
ALTER TABLE capture ADD COLUMN picture TEXT NOT NULL DEFAULT ''; -- of a rendered page: file of its picture, relative to the evidence folder

-- +goose Down
SELECT 'forward only';
