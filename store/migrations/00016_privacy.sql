-- Whose words are not to be taken in again, what was erased, and which dangers are for one person's eyes. Times as in 00001.

-- +goose Up
CREATE TABLE objection (                -- a comment, its words under their post, or an author, known by hash only
  mark        TEXT PRIMARY KEY,         -- Hash("objection", kind, ...); nothing can be read out of it
  kind        TEXT NOT NULL,            -- comment, words, author
  recorded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure (                  -- that something was erased; never of whom
  id          TEXT PRIMARY KEY,
  comments    INTEGER NOT NULL,
  captures    INTEGER NOT NULL,
  objected    INTEGER NOT NULL,         -- 1: their author is not to be taken in again
  recorded_at TEXT NOT NULL
) STRICT;

CREATE INDEX comment_author ON comment(author);
CREATE INDEX comment_url ON comment(url);

-- Assessments made before rules had kinds.
UPDATE assessment SET hazards = (SELECT json_group_array(json_set(value, '$.kind',
    iif(value ->> '$.id' IN ('self_harm', 'child_safety', 'abuse'), 'private', 'danger'))) FROM json_each(assessment.hazards))
  WHERE hazards <> '[]';

-- +goose Down
SELECT 'forward only';
