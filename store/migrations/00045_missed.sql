-- What follows from rows alone, whatever the order in which they came: since when a place should have been read and was not, from
-- what each look of ours got and when our machine reached nothing at all; what a post is, by which look told it; and that a
-- comment was taken away, though it is heard of later. Times as in 00001.

-- +goose Up
ALTER TABLE visit ADD COLUMN got INTEGER;  -- 1: our look got something of the place, 0: nothing; NULL: no look of ours, or one without a job
CREATE INDEX visit_missed ON visit(channel, observed_at, due_at) WHERE got = 0;

CREATE TABLE unreached (                   -- stretches in which a machine without network tried a place again and again
  channel TEXT NOT NULL REFERENCES channel(id),
  due_at  TEXT NOT NULL,                   -- of the first try
  next_at TEXT NOT NULL,                   -- due time of the try after the last
  until   TEXT NOT NULL,                   -- time of the last
  PRIMARY KEY (channel, due_at)
) STRICT, WITHOUT ROWID;

-- What earlier looks got is told by their captures, and where those are let go by what was noted of the channel.
UPDATE visit SET got = CASE
    WHEN unchanged > 0 OR EXISTS (SELECT 1 FROM capture c WHERE c.visit = visit.id AND c.reason = '' AND c.url NOT LIKE '%/robots.txt') THEN 1
    WHEN requests = 0 OR EXISTS (SELECT 1 FROM capture c WHERE c.visit = visit.id) THEN 0
    ELSE coalesce(due_at < (SELECT missed_at FROM channel WHERE id = visit.channel), 1) END
  WHERE how NOT IN ('witness', 'saved_page') AND due_at IS NOT NULL;
-- A time of the channel's that is no look's is that of a machine without network.
INSERT INTO unreached (channel, due_at, next_at, until)
  SELECT c.id, c.missed_at, c.due_at, c.missed_at FROM channel c WHERE c.missed_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.channel = c.id AND v.due_at = c.missed_at)
    AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.channel = c.id AND v.got = 1 AND v.observed_at >= c.missed_at);
UPDATE channel SET missed_at = (SELECT min(since) FROM (
    SELECT v.due_at AS since FROM visit v WHERE v.channel = channel.id AND v.got = 0 AND v.observed_at >
      coalesce((SELECT max(g.observed_at) FROM visit g WHERE g.channel = channel.id AND g.got = 1), '')
    UNION ALL SELECT u.due_at FROM unreached u WHERE u.channel = channel.id));
ALTER TABLE visit DROP COLUMN missed_at;   -- as a visit found it: made of the same rows when it is asked for

ALTER TABLE post ADD COLUMN posted_seen TEXT; -- newest look that told posted_at; NULL: none
ALTER TABLE post ADD COLUMN native_seen TEXT; -- first look that told native; NULL: none
UPDATE post SET posted_seen = observed_at WHERE posted_at IS NOT NULL;
UPDATE post SET native_seen = '' WHERE native <> ''; -- nobody knows any more; what stands stands

CREATE TABLE unheard (                     -- comments of which the platform told that they are hidden or gone, and that no look has brought yet
  comment     TEXT PRIMARY KEY,            -- audit.CommentID
  hidden_at   TEXT,
  removed_at  TEXT,
  recorded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 'forward only';
