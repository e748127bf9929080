-- Who is logged in at the operator's pages; people who look: campaigns, invitations, and what they said.

-- +goose Up
CREATE TABLE operator_session (
  token_hash     TEXT PRIMARY KEY,  -- SHA-256 hex of the cookie's value, which is nowhere kept
  password_print TEXT NOT NULL,     -- which password it was opened with: a new one ends it
  expires_at     TEXT NOT NULL,
  recorded_at    TEXT NOT NULL
) STRICT;

CREATE TABLE witness_campaign (     -- a call to look at some places
  id          TEXT PRIMARY KEY,     -- audit.Hash("campaign", title, opened_at)
  title       TEXT NOT NULL,
  opened_at   TEXT NOT NULL,
  closes_at   TEXT NOT NULL,        -- from then on no look is taken
  recorded_at TEXT NOT NULL
) STRICT;

CREATE TABLE witness_target (       -- a place that a campaign asks about
  campaign TEXT NOT NULL REFERENCES witness_campaign(id),
  channel  TEXT NOT NULL REFERENCES channel(id),
  control  TEXT NOT NULL,           -- address of a page that is known to be open, looked at beside it
  PRIMARY KEY (campaign, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE witness_invite (       -- one link for one person; who that is stands nowhere
  id          TEXT PRIMARY KEY,     -- audit.Hash("invite", campaign, inviter, n)
  campaign    TEXT NOT NULL REFERENCES witness_campaign(id),
  inviter     TEXT NOT NULL,        -- who handed it on, by a word of the operator's
  n           INTEGER NOT NULL,     -- which of this inviter's
  expires_at  TEXT NOT NULL,
  revoked_at  TEXT,
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX witness_invite_campaign ON witness_invite(campaign, inviter, n);

CREATE TABLE witness (              -- what one person saw of one place: once by invitation
  visit        TEXT PRIMARY KEY REFERENCES visit(id),
  campaign     TEXT NOT NULL REFERENCES witness_campaign(id),
  invite       TEXT NOT NULL REFERENCES witness_invite(id),
  inviter      TEXT NOT NULL,       -- copied, so that a fold needs no other table
  organisation TEXT NOT NULL,
  channel      TEXT NOT NULL REFERENCES channel(id),
  statement    TEXT NOT NULL,       -- JSON audit.Statement; '' once withdrawn
  artefact     TEXT NOT NULL,       -- id of the sealed capture of picture or page, or ''
  approved_at  TEXT,                -- the operator vouches for its being another person's
  withdrawn_at TEXT,
  withdrawn_why TEXT NOT NULL,
  observed_at  TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  UNIQUE (invite, channel)
) STRICT;
CREATE INDEX witness_channel ON witness(channel, observed_at);

ALTER TABLE state_now ADD COLUMN witnesses INTEGER NOT NULL DEFAULT 0; -- people whose word the state rests on
ALTER TABLE state_now ADD COLUMN contested INTEGER NOT NULL DEFAULT 0; -- 1: people saw different things

-- +goose Down
SELECT 'forward only';
