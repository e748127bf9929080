-- What keeps an alert from being told besides a silence: another alert that inhibits it, for as long as that one holds, and a
-- door that changes back and forth, of which one alert tells. How receivers fare, and the heartbeat. Times and JSON as in 00001.

-- +goose Up
ALTER TABLE alert_told ADD COLUMN inhibited TEXT NOT NULL DEFAULT ''; -- the alert that keeps it from being told while that one holds
ALTER TABLE alert_told ADD COLUMN flapping TEXT NOT NULL DEFAULT '';  -- the alert that tells in its place that a door changes back and forth
ALTER TABLE alert_told ADD COLUMN lapsed INTEGER NOT NULL DEFAULT 0;  -- 1: what it told of had ended before it was let through
DROP INDEX alert_told_waiting;
CREATE INDEX alert_told_waiting ON alert_told(alert_group) WHERE delivery IS NULL AND silence = '' AND flapping = '' AND lapsed = 0;
CREATE INDEX alert_told_inhibited ON alert_told(inhibited) WHERE inhibited <> '';
CREATE INDEX alert_kind ON alert(kind, recorded_at);

CREATE TABLE receiver (                   -- how a receiver fares
  name          TEXT PRIMARY KEY,         -- in the config
  sent_at       TEXT,                     -- when it last took a message
  failing_since TEXT,                     -- first attempt of those that have failed since; NULL: it takes what it is sent
  why           TEXT NOT NULL,            -- of the last failure: auth, rate, refused, network, timeout, lost, other; or ''
  last_error    TEXT NOT NULL,            -- without secrets and without a person's words, or ''
  recorded_at   TEXT NOT NULL
) STRICT;

CREATE TABLE heartbeat (                  -- one row once there was a ping
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  pinged_at     TEXT,                     -- when the address last answered that it has the ping
  failing_since TEXT,                     -- first of the pings that have failed since
  held_since    TEXT,                     -- since when none is sent because something is wrong here
  why           TEXT NOT NULL,            -- what is wrong, or ''
  recorded_at   TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'forward only';
