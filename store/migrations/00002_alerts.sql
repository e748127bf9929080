-- Alerts, their groups and deliveries, and the digest. Times and JSON as in 00001. No row here holds a person's words:
-- a message is written anew from its alerts each time it is sent, so that what was forgotten is not told.

-- +goose Up
CREATE TABLE alert (                    -- one thing worth telling
  id           TEXT PRIMARY KEY,        -- Hash(kind, ref): the same event twice makes one alert
  kind         TEXT NOT NULL CHECK (kind IN ('complaint','change','backlog')),
  ref          TEXT NOT NULL,           -- comment id (complaint), change id (change), visit id (backlog)
  event        TEXT NOT NULL,           -- the event that raised it
  organisation TEXT NOT NULL,
  sector       TEXT NOT NULL,           -- labels as they were when it was raised
  channel      TEXT NOT NULL,
  platform     TEXT NOT NULL,
  check_id     TEXT NOT NULL,           -- or ''
  urgency      TEXT NOT NULL,           -- urgent, high, normal, none
  observed_at  TEXT NOT NULL,           -- when what it speaks of was seen
  recorded_at  TEXT NOT NULL
) STRICT;
CREATE INDEX alert_organisation ON alert(organisation, observed_at);
CREATE INDEX alert_ref ON alert(ref);

CREATE TABLE alert_group (              -- alerts of one route with equal group_by labels; a timer that survives a restart
  id             TEXT PRIMARY KEY,      -- Hash(route, group_by labels and values)
  route          TEXT NOT NULL,         -- id of the route
  receiver       TEXT NOT NULL,         -- name in the config
  flush_at       TEXT,                  -- when its waiting alerts go out; NULL: none waits
  flushed_at     TEXT,                  -- when some last did
  interval_ms    INTEGER NOT NULL,      -- group_interval at the last alert
  repeat_ms      INTEGER NOT NULL,      -- repeat_interval; 0: never
  repeat_at      TEXT,                  -- when what is still unanswered is told again; NULL: never
  recorded_at    TEXT NOT NULL
) STRICT;
CREATE INDEX alert_group_flush ON alert_group(flush_at) WHERE flush_at IS NOT NULL;
CREATE INDEX alert_group_repeat ON alert_group(repeat_at) WHERE repeat_at IS NOT NULL;

CREATE TABLE alert_told (               -- which alert goes to which receiver, once, however many routes lead there
  alert     TEXT NOT NULL REFERENCES alert(id),
  receiver  TEXT NOT NULL,
  alert_group TEXT NOT NULL REFERENCES alert_group(id),
  delivery  TEXT,                       -- the delivery that carries it; NULL: still waiting in its group
  PRIMARY KEY (alert, receiver)
) STRICT;
CREATE INDEX alert_told_waiting ON alert_told(alert_group) WHERE delivery IS NULL;
CREATE INDEX alert_told_delivery ON alert_told(delivery);

CREATE TABLE delivery (                 -- one message to one receiver; written before the first attempt
  id          TEXT PRIMARY KEY,         -- Hash(group, receiver, alert ids)
  alert_group TEXT NOT NULL REFERENCES alert_group(id),
  receiver    TEXT NOT NULL,
  alerts      TEXT NOT NULL,            -- JSON list of alert ids, in the order they are told
  state       TEXT NOT NULL CHECK (state IN ('queued','sending','sent','uncertain','dead')),
  reminder    INTEGER NOT NULL,         -- 1: tells again what is still unanswered
  doubted     INTEGER NOT NULL,         -- 1: an attempt's answer was lost, so every later one says that it is a repeat
  attempts    INTEGER NOT NULL,
  next_at     TEXT,                     -- next attempt; NULL: none
  last_error  TEXT NOT NULL,            -- without secrets and without a person's words, or ''
  recorded_at TEXT NOT NULL,
  tried_at    TEXT,
  sent_at     TEXT                      -- when the receiver said that it has it
) STRICT;
CREATE INDEX delivery_due ON delivery(receiver, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_state ON delivery(state);

CREATE TABLE edition (                  -- one issue of the weekly digest as it was made
  id          TEXT PRIMARY KEY,         -- Hash("edition", week)
  week        TEXT NOT NULL,            -- ISO week in Europe/London, 2026-W47
  body        TEXT NOT NULL,            -- JSON: the facts it was written from
  recorded_at TEXT NOT NULL
) STRICT;

CREATE TABLE subscription (             -- who gets the digest
  id           TEXT PRIMARY KEY,
  address      TEXT NOT NULL,
  wants        TEXT NOT NULL,           -- JSON: which organisations, sectors, nations
  confirmed_at TEXT,                    -- NULL: the address has not said yes
  ended_at     TEXT,
  recorded_at  TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'forward only';
