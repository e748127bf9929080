-- The one truth. Every time is UTC text, RFC 3339 with milliseconds (2026-11-21T22:00:00.000Z), so that text order is
-- time order; NULL where there is none. observed_at = when it was seen at the far side; recorded_at = when it was
-- committed here. Ids are made from content (audit/ids.go). JSON columns hold audit types as they marshal.
-- state words: unknown open restricted closed absent. Booleans are 0 and 1.

-- +goose Up
CREATE TABLE meta (                     -- facts about this installation
  key   TEXT PRIMARY KEY,               -- key_print: which installation key the pseudonyms and seals belong to; created_at
  value TEXT NOT NULL
) STRICT;

CREATE TABLE organisation (             -- a body whose doors are knocked on; copied from the operator's list
  id           TEXT PRIMARY KEY,        -- ^[a-z0-9-]{1,64}$
  name         TEXT NOT NULL,
  nation       TEXT NOT NULL,           -- England, Scotland, Wales, Northern Ireland, UK
  sector       TEXT NOT NULL,           -- audit.Sectors
  homes        INTEGER,                 -- homes owned or managed; NULL: not known
  website      TEXT NOT NULL,
  predecessors TEXT NOT NULL,           -- JSON list of former names
  rp_code      TEXT NOT NULL,           -- registration code, or ''
  parent       TEXT NOT NULL,           -- id of the group, or ''
  note         TEXT NOT NULL,
  listed       INTEGER NOT NULL,        -- 0: no longer in the list; kept, not visited, not shown
  recorded_at  TEXT NOT NULL            -- last sync that wrote the row
) STRICT;

CREATE TABLE channel (                  -- one place where the public could speak to an organisation
  id            TEXT PRIMARY KEY,       -- audit.ChannelID
  organisation  TEXT NOT NULL REFERENCES organisation(id),
  platform      TEXT NOT NULL,
  url           TEXT NOT NULL,          -- canonical
  lane          TEXT NOT NULL,          -- registrable domain: one visit at a time
  confirmed     INTEGER NOT NULL,       -- 1: list or fetch shows that the place is the organisation's own
  confirmed_by  TEXT,                   -- JSON audit.Evidence of the fetch that showed it; NULL: by the list, or not
  listed        INTEGER NOT NULL,       -- 0: no longer in the list
  due_at        TEXT NOT NULL,          -- next visit; moved by store.Record only
  last_visit_at TEXT,                   -- observed_at of the newest recorded visit; NULL: never visited
  moved_to      TEXT NOT NULL,          -- where the home page redirected away to, at the newest visit, or ''
  recorded_at   TEXT NOT NULL
) STRICT;
CREATE INDEX channel_due ON channel(due_at) WHERE listed = 1;
CREATE INDEX channel_organisation ON channel(organisation);
CREATE INDEX channel_lane ON channel(lane);

CREATE TABLE host_memory (              -- what the crawler keeps of a lane between visits
  lane           TEXT PRIMARY KEY,
  robots         TEXT NOT NULL,         -- JSON: robots.txt as last read, by scheme://host
  last_request   TEXT,
  not_before     TEXT,                  -- a Retry-After or back-off in force
  blocked        INTEGER NOT NULL,      -- visits in a row that were blocked
  day            TEXT NOT NULL,         -- YYYY-MM-DD, UTC, that requests counts
  requests       INTEGER NOT NULL,      -- requests sent on that day
  observed_at    TEXT NOT NULL,         -- of the visit that left it; an older visit never overwrites a newer one
  recorded_at    TEXT NOT NULL
) STRICT;

CREATE TABLE visit (                    -- one look at a channel
  id           TEXT PRIMARY KEY,        -- the job's id: the first recorded visit of a job wins
  channel      TEXT NOT NULL REFERENCES channel(id),
  how          TEXT NOT NULL,           -- anonymous, app_token, page_token, saved_page, witness
  due_at       TEXT,                    -- of its job; NULL: it had none
  started_at   TEXT NOT NULL,
  observed_at  TEXT NOT NULL,           -- when the last page was read
  recorded_at  TEXT NOT NULL,
  first        INTEGER NOT NULL,        -- 1: the channel's first look, which never alerts
  light        INTEGER NOT NULL,        -- 1: home page, robots and one complaints page only
  moved        TEXT NOT NULL,           -- where the home page redirected away to, or ''
  requests     INTEGER NOT NULL,        -- captures of this visit
  unchanged    INTEGER NOT NULL,        -- pages that had not changed since an earlier capture
  new_comments INTEGER NOT NULL         -- comments not seen before
) STRICT;
CREATE INDEX visit_channel ON visit(channel, observed_at);

CREATE TABLE capture (                  -- what one request got
  id          TEXT PRIMARY KEY,
  visit       TEXT NOT NULL REFERENCES visit(id),
  channel     TEXT NOT NULL,
  url         TEXT NOT NULL,
  status      INTEGER NOT NULL,         -- HTTP status; 0: no answer came
  reason      TEXT NOT NULL,            -- why it proves nothing, or ''
  type        TEXT NOT NULL,            -- content type as sent
  hash        TEXT NOT NULL,            -- SHA-256 hex of the body after content-decoding, or ''
  bytes       INTEGER NOT NULL,         -- length of that body, bytes
  file        TEXT NOT NULL,            -- WARC file relative to the evidence folder; '': not kept, or dropped
  file_offset INTEGER NOT NULL,         -- of the response record, bytes
  sealed      INTEGER NOT NULL,         -- 1: the file is sealed with seal_key
  seal_key    BLOB,                     -- 32 bytes; NULL: not sealed, or dropped, and then nobody can read the file
  unchanged   TEXT NOT NULL,            -- capture that holds the body this one repeats, or ''
  took_s      REAL NOT NULL,            -- seconds
  readings    TEXT,                     -- JSON list of audit.Reading of this page while a later visit may find it unchanged
  dropped_at  TEXT,                     -- when file and key were dropped; the hash stays
  observed_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX capture_visit ON capture(visit);
CREATE INDEX capture_sealed ON capture(recorded_at) WHERE sealed = 1 AND dropped_at IS NULL;
CREATE INDEX capture_readings ON capture(recorded_at) WHERE readings IS NOT NULL;

CREATE TABLE page_seen (                -- enough of a page to ask "has it changed?" and to walk on if not
  channel       TEXT NOT NULL REFERENCES channel(id),
  url           TEXT NOT NULL,          -- as requested
  etag          TEXT NOT NULL,
  last_modified TEXT NOT NULL,          -- as sent
  hash          TEXT NOT NULL,          -- SHA-256 hex of the body after content-decoding
  capture       TEXT NOT NULL,          -- the capture that holds the body, and its readings
  reader        INTEGER NOT NULL,       -- version of the reading code; another version reads anew
  outline       TEXT NOT NULL,          -- JSON audit.Outline
  looked_at     TEXT,                   -- audit.PageMemory.At
  observed_at   TEXT NOT NULL,          -- of the visit; an older visit never overwrites a newer one
  recorded_at   TEXT NOT NULL,
  PRIMARY KEY (channel, url)
) STRICT;
CREATE INDEX page_seen_capture ON page_seen(capture);

CREATE TABLE finding (                  -- one check's answer about a channel or a scope of it; never changed, never deleted
  id            TEXT PRIMARY KEY,       -- audit.FindingID
  visit         TEXT NOT NULL REFERENCES visit(id),
  channel       TEXT NOT NULL REFERENCES channel(id),
  check_id      TEXT NOT NULL,
  scope         TEXT NOT NULL,          -- '' for the channel, else a post's address
  state         TEXT NOT NULL CHECK (state IN ('unknown','open','restricted','closed','absent')),
  reason        TEXT NOT NULL,          -- of unknown, else ''
  kind          TEXT NOT NULL,          -- of restricted, else ''
  evidence      TEXT,                   -- JSON audit.Evidence; NULL for unknown alone
  how           TEXT NOT NULL,
  system        TEXT NOT NULL,          -- wordpress, disqus, ..., none, custom, or ''
  count_seen    INTEGER,                -- comments listed; NULL: not counted
  count_claimed INTEGER,                -- the number the page states; NULL: it states none
  of_posts      TEXT,                   -- JSON audit.Of: the posts a channel's answer was folded from
  observed_at   TEXT NOT NULL,
  recorded_at   TEXT NOT NULL,
  CHECK ((state = 'unknown') = (evidence IS NULL))
) STRICT;
CREATE INDEX finding_fold ON finding(channel, check_id, scope, observed_at);

CREATE TABLE state_now (                -- what audit.Confirm makes of all findings of one (channel, check, scope)
  channel       TEXT NOT NULL REFERENCES channel(id),
  check_id      TEXT NOT NULL,
  scope         TEXT NOT NULL,          -- '' for the channel, else a post's address
  organisation  TEXT NOT NULL,
  platform      TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('unknown','open','restricted','closed','absent')), -- confirmed; unknown until one is
  kind          TEXT NOT NULL,          -- of restricted, else ''
  finding       TEXT NOT NULL,          -- newest finding that shows the state, or ''
  evidence      TEXT,                   -- that finding's JSON audit.Evidence
  how           TEXT NOT NULL,          -- by whose eyes the state was last seen, or ''
  since         TEXT,                   -- first sight of the state
  seen_at       TEXT,                   -- last sight of the state
  stage         TEXT NOT NULL,          -- '' never seen, pending, confirmed
  pending       TEXT NOT NULL,          -- the state being checked; unknown: none. Never shown to the public
  pending_at    TEXT,                   -- first sight of it
  due_again     TEXT,                   -- when a second look can confirm it
  last_finding  TEXT NOT NULL,          -- newest finding of all
  last_at       TEXT NOT NULL,          -- observed_at of the newest finding
  last_reason   TEXT NOT NULL,          -- its reason where it was unknown, else ''
  system        TEXT NOT NULL,          -- of the newest finding that shows the state, else of the newest
  count_seen    INTEGER,
  count_claimed INTEGER,
  of_posts      TEXT,                   -- JSON audit.Of
  observed_at   TEXT NOT NULL,          -- = last_at
  recorded_at   TEXT NOT NULL,          -- last time the row was made
  published_at  TEXT,                   -- from when the public may see state; NULL: held, or nothing confirmed
  hold_reason   TEXT NOT NULL,          -- '', 'site not confirmed', 'quarantined', 'held'
  PRIMARY KEY (channel, check_id, scope),
  CHECK ((state = 'unknown') = (evidence IS NULL))
) STRICT;
CREATE INDEX state_now_organisation ON state_now(organisation, scope, check_id);
CREATE INDEX state_now_pair ON state_now(platform, check_id) WHERE scope = '';
CREATE INDEX state_now_hold ON state_now(hold_reason) WHERE hold_reason <> '';

CREATE TABLE state_change (             -- a confirmed difference of state; withdrawn, never deleted
  id            TEXT PRIMARY KEY,       -- audit.ChangeID
  organisation  TEXT NOT NULL,
  channel       TEXT NOT NULL REFERENCES channel(id),
  platform      TEXT NOT NULL,
  check_id      TEXT NOT NULL,
  scope         TEXT NOT NULL,
  from_state    TEXT NOT NULL,
  to_state      TEXT NOT NULL,
  first_finding TEXT NOT NULL REFERENCES finding(id), -- first sight of the new state
  finding       TEXT NOT NULL REFERENCES finding(id), -- the one that confirmed it
  first_seen    TEXT NOT NULL,          -- observed_at of the first
  observed_at   TEXT NOT NULL,          -- observed_at of the confirming one
  recorded_at   TEXT NOT NULL,          -- first time the row was made
  published_at  TEXT,                   -- from when the public may see it; NULL: held
  hold_reason   TEXT NOT NULL,
  withdrawn_at  TEXT,                   -- a visit that arrived late undid it
  correction    TEXT NOT NULL           -- why it was withdrawn, in words, or ''
) STRICT;
CREATE INDEX state_change_triple ON state_change(channel, check_id, scope);
CREATE INDEX state_change_organisation ON state_change(organisation, observed_at);
CREATE INDEX state_change_published ON state_change(published_at);

CREATE TABLE quarantine (               -- a fleet-wide jump of one (platform, check): held until the operator releases it
  platform    TEXT NOT NULL,
  check_id    TEXT NOT NULL,
  since       TEXT NOT NULL,
  read        INTEGER NOT NULL,         -- channels read in the 24 h before
  pending     INTEGER NOT NULL,         -- of them, with a new pending change
  released_at TEXT,                     -- NULL: in force
  PRIMARY KEY (platform, check_id, since)
) STRICT;

CREATE TABLE event (                    -- says that something was committed; a mark, not an announcement, means done
  id              TEXT PRIMARY KEY,     -- audit.EventID
  kind            TEXT NOT NULL,        -- change, comments, assessed, state
  organisation    TEXT NOT NULL,
  channel         TEXT NOT NULL,
  check_id        TEXT NOT NULL,        -- or ''
  ref             TEXT NOT NULL,        -- change id, visit id (comments, state; a channel where a hold ended), comment id (assessed)
  count           INTEGER NOT NULL,
  observed_at     TEXT NOT NULL,        -- when what it speaks of was seen
  recorded_at     TEXT NOT NULL,
  announce_at     TEXT,                 -- not announced before; NULL: held (quarantine)
  score_marked_at TEXT,                 -- done by the score stage, or nothing for it to do
  alert_marked_at TEXT                  -- done by the alert stage, or nothing for it to do
) STRICT;
CREATE INDEX event_score ON event(announce_at) WHERE score_marked_at IS NULL;
CREATE INDEX event_alert ON event(announce_at) WHERE alert_marked_at IS NULL;
CREATE INDEX event_held ON event(ref) WHERE announce_at IS NULL;

CREATE TABLE post (                     -- something the organisation published that people may be able to comment on
  id          TEXT PRIMARY KEY,
  channel     TEXT NOT NULL REFERENCES channel(id),
  url         TEXT NOT NULL,
  title       TEXT NOT NULL,
  posted_at   TEXT,                     -- as the platform says; NULL: it does not
  observed_at TEXT NOT NULL,            -- last look
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX post_channel ON post(channel, posted_at);

CREATE TABLE comment (                  -- what somebody said; author is a pseudonym, text is redacted and lives retain.text days
  id           TEXT PRIMARY KEY,        -- audit.CommentID
  organisation TEXT NOT NULL,
  channel      TEXT NOT NULL REFERENCES channel(id),
  visit        TEXT NOT NULL REFERENCES visit(id), -- the visit that first brought it
  post         TEXT NOT NULL,           -- post.id
  system       TEXT NOT NULL,
  url          TEXT NOT NULL,
  author       TEXT NOT NULL,           -- 32 hex digits, or ''
  author_by    INTEGER NOT NULL,        -- 0 not known, 1 the public, 2 the organisation
  parent       TEXT NOT NULL,           -- comment.id, or ''
  said_at      TEXT,                    -- earliest the page allows; NULL: not known
  said_max     TEXT,                    -- latest the page allows
  week         TEXT NOT NULL,           -- ISO week of said_at (else observed_at), 2026-W47
  text         TEXT,                    -- NULL: not kept, or forgotten
  text_hash    TEXT NOT NULL,
  length_class TEXT NOT NULL,           -- short < 80 bytes, medium < 400, long < 2000, very_long
  observed_at  TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  forgotten_at TEXT                     -- when the text was dropped
) STRICT;
CREATE INDEX comment_visit ON comment(visit);
CREATE INDEX comment_channel ON comment(channel, week);
CREATE INDEX comment_text ON comment(recorded_at) WHERE text IS NOT NULL;

CREATE TABLE comment_week (             -- counts of comments, kept in the transaction that adds them
  channel      TEXT NOT NULL REFERENCES channel(id),
  week         TEXT NOT NULL,           -- ISO week, 2026-W47
  organisation TEXT NOT NULL,
  comments     INTEGER NOT NULL,        -- all
  by_organisation INTEGER NOT NULL,     -- of them by the organisation itself
  assessed     INTEGER NOT NULL,
  complaints   INTEGER NOT NULL,        -- of the assessed, read as complaints
  PRIMARY KEY (channel, week)
) STRICT;
CREATE INDEX comment_week_organisation ON comment_week(organisation, week);

CREATE TABLE assessment (               -- what the scorer says of a comment
  comment      TEXT PRIMARY KEY REFERENCES comment(id),
  complaint    REAL NOT NULL,           -- probability, 0 to 1
  is_complaint INTEGER NOT NULL,
  praise       REAL,                    -- probabilities; NULL: the model has no such head
  question     REAL,
  idea         REAL,
  threat       REAL,
  spam         REAL,
  hazards      TEXT NOT NULL,           -- JSON list of audit.Hazard; words and offsets go when the text goes
  urgency      TEXT NOT NULL,           -- urgent, high, normal, none
  lang         TEXT NOT NULL,           -- en, cy, other, unsure
  tier         INTEGER NOT NULL,        -- 0 = rules only
  spans        TEXT NOT NULL,           -- JSON list of audit.Span; [] once the text is forgotten
  model        TEXT NOT NULL,
  observed_at  TEXT NOT NULL,           -- when it was assessed
  recorded_at  TEXT NOT NULL
) STRICT;

CREATE TABLE score (                    -- an organisation's mark, recomputed from published states
  organisation TEXT NOT NULL REFERENCES organisation(id),
  part         TEXT NOT NULL,           -- door, duties
  value        REAL,                    -- 0 to 100; NULL: no applicable check is known
  band         TEXT NOT NULL,           -- A to E, or ''
  known        INTEGER NOT NULL,        -- checks known
  applicable   INTEGER NOT NULL,
  method       INTEGER NOT NULL,        -- version of the method
  observed_at  TEXT NOT NULL,           -- when it was computed
  recorded_at  TEXT NOT NULL,
  PRIMARY KEY (organisation, part)
) STRICT;

-- +goose Down
SELECT 'forward only';
