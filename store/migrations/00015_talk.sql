-- What each look shows of the comments under a post, the wordings of a comment, and posts that are one under several addresses.

-- +goose Up
CREATE TABLE listing (                  -- what one capture shows of the comments under a post; a page that stays as it is shows it again
  capture  TEXT NOT NULL,               -- the capture that holds it; it may be dropped, and the listing stays
  post     TEXT NOT NULL,               -- post.id; '' for all posts of the channel
  channel  TEXT NOT NULL REFERENCES channel(id),
  method   TEXT NOT NULL,               -- page, interface
  complete INTEGER NOT NULL,            -- 1: it shows all there are, of those said since
  since    TEXT,                        -- NULL: from the first on
  comments TEXT,                        -- JSON list of comment ids; NULL: no longer needed
  listed   INTEGER NOT NULL,            -- how many
  first_at TEXT NOT NULL,               -- first and last look that showed it
  last_at  TEXT NOT NULL,
  looks    INTEGER NOT NULL,            -- how many looks did
  PRIMARY KEY (capture, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_channel ON listing(channel, last_at);

CREATE TABLE comment_version (          -- the wordings of a comment of which more than one was seen
  comment      TEXT NOT NULL REFERENCES comment(id),
  print        TEXT NOT NULL,           -- audit.Print of the text
  text_hash    TEXT NOT NULL,
  length_class TEXT NOT NULL,           -- as in comment
  first_at     TEXT NOT NULL,           -- first sight
  recorded_at  TEXT NOT NULL,
  PRIMARY KEY (comment, print)
) STRICT, WITHOUT ROWID;

ALTER TABLE comment ADD COLUMN method TEXT NOT NULL DEFAULT '';  -- by which its words were read: page, interface, or ''
ALTER TABLE comment ADD COLUMN manner TEXT NOT NULL DEFAULT '';  -- of the organisation's own: stock, action, other; '': its words were not read
ALTER TABLE comment ADD COLUMN hidden_at TEXT;                   -- first look at which the organisation's own token told that it is hidden
ALTER TABLE comment ADD COLUMN removed_at TEXT;                  -- when the platform told the organisation, by its webhook, that it was removed
ALTER TABLE post ADD COLUMN native TEXT NOT NULL DEFAULT '';     -- the platform's own number of it, or ''; posts of one number are one (audit.Post.Same)
CREATE INDEX post_native ON post(channel, native) WHERE native <> '';

-- +goose Down
SELECT 'forward only';
