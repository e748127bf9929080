-- What comes in from a Slack app: what was asked, which channels asked for alerts, which alerts people called wrong, and
-- whether the app is still there.

-- +goose Up
CREATE TABLE slack_ask (                -- what a person, or Slack itself, asked; written before it is answered
  id          TEXT PRIMARY KEY,         -- Hash(receiver, Slack's own trigger or event id): the same twice is asked once
  receiver    TEXT NOT NULL,
  body        TEXT NOT NULL,            -- JSON: who asked what, and where the answer goes; '' once it is done
  outcome     TEXT NOT NULL,            -- what became of it; '' until it is done
  recorded_at TEXT NOT NULL,
  done_at     TEXT
) STRICT;
CREATE INDEX slack_ask_waits ON slack_ask(receiver, recorded_at) WHERE done_at IS NULL;
CREATE INDEX slack_ask_recorded ON slack_ask(recorded_at);

CREATE TABLE slack_app (                -- an app as it was last known; one a receiver
  receiver    TEXT PRIMARY KEY,
  team        TEXT NOT NULL,            -- Slack's id of the workspace whose members may ask
  trouble     TEXT NOT NULL,            -- why nothing comes in or goes out: Slack's own word; '' while it works
  since       TEXT NOT NULL             -- of the trouble, or of its end
) STRICT;

CREATE TABLE slack_subscription (       -- a Slack channel that gets alerts beside the routes of the settings
  id          TEXT PRIMARY KEY,         -- Hash(receiver, channel, label, value)
  receiver    TEXT NOT NULL,            -- whose app posts into the channel
  channel     TEXT NOT NULL,            -- Slack's id
  label       TEXT NOT NULL,            -- organisation or sector
  value       TEXT NOT NULL,
  author      TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  ended_at    TEXT                      -- NULL: in force
) STRICT;

CREATE TABLE alert_wrong (              -- somebody says that an alert is wrong; it changes no state
  alert       TEXT NOT NULL,
  author      TEXT NOT NULL,
  ref         TEXT NOT NULL,            -- the comment, or the finding that confirmed the change
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (alert, author)
) STRICT;
CREATE INDEX alert_wrong_recorded ON alert_wrong(recorded_at);

-- +goose Down
SELECT 'forward only';
