-- By channel, the authors of one visit's comments stand beside one another in their index, and not each on a page of its own that is
-- written anew with every comment; and an address that is none needs no place in one.

-- +goose Up
DROP INDEX comment_author;
CREATE INDEX comment_author ON comment(channel, author) WHERE author <> '';
DROP INDEX comment_url;
CREATE INDEX comment_url ON comment(url) WHERE url <> '';

-- +goose Down
SELECT 'forward only';
