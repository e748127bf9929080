-- Silences, acknowledgements, escalations, and alerts to the operator, who is told of the program's own trouble. Times and JSON
-- as in 00001.

-- +goose Up
CREATE TABLE silence (                  -- keeps matching alerts from being told; it never touches the public record
  id          TEXT PRIMARY KEY,         -- Hash(author, comment, starts_at, matchers)
  matchers    TEXT NOT NULL,            -- JSON list, as in a route
  author      TEXT NOT NULL,
  comment     TEXT NOT NULL,
  starts_at   TEXT NOT NULL,
  ends_at     TEXT NOT NULL,            -- brought forward where somebody ended it
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX silence_ends ON silence(ends_at);

CREATE TABLE alert_ack (                -- somebody has taken an alert on: it is not told again, and not escalated
  alert       TEXT PRIMARY KEY,
  author      TEXT NOT NULL,
  note        TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;

-- Kinds of alert are a list in the code; the table stands for any of them.
CREATE TABLE alert_made (               -- one thing worth telling
  id           TEXT PRIMARY KEY,        -- Hash(kind, ref): the same event twice makes one alert
  kind         TEXT NOT NULL,
  ref          TEXT NOT NULL,           -- comment, change, visit id; of an operator's alert what it is about
  event        TEXT NOT NULL,           -- the event that raised it, or ''
  organisation TEXT NOT NULL,
  sector       TEXT NOT NULL,           -- labels as they were when it was raised
  channel      TEXT NOT NULL,
  platform     TEXT NOT NULL,
  check_id     TEXT NOT NULL,           -- or ''
  urgency      TEXT NOT NULL,           -- urgent, high, normal, none
  observed_at  TEXT NOT NULL,           -- when what it speaks of was seen
  recorded_at  TEXT NOT NULL
) STRICT;
INSERT INTO alert_made SELECT id, kind, ref, event, organisation, sector, channel, platform, check_id, urgency, observed_at, recorded_at FROM alert;
CREATE TABLE alert_given (              -- which alert goes to which receiver, once, however many routes lead there
  alert     TEXT NOT NULL REFERENCES alert_made(id),
  receiver  TEXT NOT NULL,
  alert_group TEXT NOT NULL REFERENCES alert_group(id),
  delivery  TEXT,                       -- the delivery that carries it; NULL: still waiting in its group, or silenced
  silence   TEXT NOT NULL DEFAULT '',   -- the silence that kept it from being told
  PRIMARY KEY (alert, receiver)
) STRICT;
INSERT INTO alert_given SELECT alert, receiver, alert_group, delivery, '' FROM alert_told;
DROP TABLE alert_told;
DROP TABLE alert;
ALTER TABLE alert_made RENAME TO alert;
ALTER TABLE alert_given RENAME TO alert_told;
CREATE INDEX alert_organisation ON alert(organisation, observed_at);
CREATE INDEX alert_ref ON alert(ref);
CREATE INDEX alert_recorded ON alert(recorded_at);
CREATE INDEX alert_told_waiting ON alert_told(alert_group) WHERE delivery IS NULL AND silence = '';
CREATE INDEX alert_told_delivery ON alert_told(delivery);
CREATE INDEX alert_told_group ON alert_told(alert_group);
CREATE INDEX alert_told_silence ON alert_told(silence) WHERE silence <> '';

ALTER TABLE alert_group ADD COLUMN escalates INTEGER NOT NULL DEFAULT 0; -- 1: of alerts that nobody took on in time

-- +goose Down
SELECT 'forward only';
