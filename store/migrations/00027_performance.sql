-- Which organisation's doors changed last, so that whoever holds all doors in memory reads again only those. What does not
-- change what the public sees of a door (the same seen again) writes nothing here, but where a look may end an age of
-- forty-five days.

-- +goose Up
CREATE TABLE door_change (
  organisation TEXT PRIMARY KEY,
  n            INTEGER NOT NULL       -- grows by one with each change of anybody's door
) STRICT, WITHOUT ROWID;
CREATE INDEX door_change_n ON door_change(n);

-- +goose StatementBegin
CREATE TRIGGER state_now_new AFTER INSERT ON state_now WHEN NEW.scope = ''
BEGIN
  INSERT INTO door_change VALUES (NEW.organisation, coalesce((SELECT max(n) FROM door_change), 0) + 1)
    ON CONFLICT (organisation) DO UPDATE SET n = excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER state_now_changed AFTER UPDATE OF state, pending, published_at, hold_reason, how, seen_at ON state_now
  WHEN NEW.scope = '' AND (OLD.state <> NEW.state OR OLD.pending <> NEW.pending OR OLD.published_at IS NOT NEW.published_at
    OR OLD.hold_reason <> NEW.hold_reason OR OLD.how <> NEW.how OR substr(OLD.seen_at, 1, 7) IS NOT substr(NEW.seen_at, 1, 7))
BEGIN
  INSERT INTO door_change VALUES (NEW.organisation, coalesce((SELECT max(n) FROM door_change), 0) + 1)
    ON CONFLICT (organisation) DO UPDATE SET n = excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER state_now_gone AFTER DELETE ON state_now WHEN OLD.scope = ''
BEGIN
  INSERT INTO door_change VALUES (OLD.organisation, coalesce((SELECT max(n) FROM door_change), 0) + 1)
    ON CONFLICT (organisation) DO UPDATE SET n = excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER channel_listed AFTER UPDATE OF listed ON channel WHEN OLD.listed <> NEW.listed
BEGIN
  INSERT INTO door_change VALUES (NEW.organisation, coalesce((SELECT max(n) FROM door_change), 0) + 1)
    ON CONFLICT (organisation) DO UPDATE SET n = excluded.n;
END;
-- +goose StatementEnd

-- +goose Down
SELECT 'forward only';
