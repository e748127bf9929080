-- One comment may be seen by a site's interface, its feed and its page, not each of which tells the comment's own number.

-- +goose Up
ALTER TABLE comment ADD COLUMN print TEXT NOT NULL DEFAULT '';       -- audit.Print of the text; '' of a text without letters
ALTER TABLE comment ADD COLUMN native INTEGER NOT NULL DEFAULT 1;    -- 1: id is made from the system's own number of it
ALTER TABLE comment ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;  -- 1: undated, and there when its page was first read
CREATE INDEX comment_print ON comment(post, print) WHERE print <> '';

-- +goose Down
SELECT 'forward only';
