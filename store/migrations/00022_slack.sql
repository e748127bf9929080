-- The messages that we sent to a receiver which can put one under another, change them and take them away: what stands where,
-- and of what it tells. Times as in 00001. No row here holds a person's words.

-- +goose Up
CREATE TABLE slack_message (            -- one message that stands at a receiver
  id          TEXT PRIMARY KEY,         -- Hash(receiver, place, stamp)
  receiver    TEXT NOT NULL,
  channel     TEXT NOT NULL,            -- as the settings name it: in another channel nothing of this one is followed
  place       TEXT NOT NULL,            -- the channel's id, as the answer gave it
  stamp       TEXT NOT NULL,            -- the message's name in its channel
  root        TEXT NOT NULL,            -- id of the message whose thread it stands in; its own where it stands by itself
  delivery    TEXT NOT NULL,            -- that brought it
  alerts      TEXT NOT NULL,            -- JSON list of the alerts that it tells
  edit_at     TEXT,                     -- when it is to be brought up to date; NULL: nothing is new
  edits       INTEGER NOT NULL,         -- failed attempts since it was last brought up to date
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX slack_message_root ON slack_message(root);
CREATE INDEX slack_message_delivery ON slack_message(delivery);
CREATE INDEX slack_message_edit ON slack_message(receiver, edit_at) WHERE edit_at IS NOT NULL;

CREATE TABLE slack_subject (            -- in which message's thread a receiver is told of a subject
  receiver TEXT NOT NULL,
  subject  TEXT NOT NULL,               -- a door, a comment, a matter: made from what the alert is about
  root     TEXT NOT NULL REFERENCES slack_message(id),
  PRIMARY KEY (receiver, subject)
) STRICT;
CREATE INDEX slack_subject_root ON slack_subject(root);

CREATE TABLE slack_told (               -- which alerts told a receiver of a subject, in their order
  seq      INTEGER PRIMARY KEY,
  receiver TEXT NOT NULL,
  subject  TEXT NOT NULL,
  alert    TEXT NOT NULL,
  UNIQUE (receiver, alert)
) STRICT;
CREATE INDEX slack_told_subject ON slack_told(receiver, subject);
CREATE INDEX slack_told_alert ON slack_told(alert);

-- +goose Down
SELECT 'forward only';
