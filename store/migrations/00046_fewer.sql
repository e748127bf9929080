-- Indexes that every recording wrote and that another answers for. A person's comments are looked for in the index of the weeks, from
-- end to end and without a row of the table: this is asked a few times a year, a comment is written with every visit. Looks of a
-- time are looked for channel by channel.

-- +goose Up
DROP INDEX comment_author;
DROP INDEX comment_channel;
CREATE INDEX comment_channel ON comment(channel, week, author);
DROP INDEX visit_observed;

-- +goose Down
SELECT 'forward only';
