-- A finding that is let go is looked for among what refers to it: without these, in every row of value_change, three times.

-- +goose Up
CREATE INDEX value_change_before ON value_change(before);
CREATE INDEX value_change_first ON value_change(first_finding);
CREATE INDEX value_change_finding ON value_change(finding);

-- +goose Down
SELECT 'forward only';
