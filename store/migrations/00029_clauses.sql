-- What each clause of a complaint moved, where the encoder answered.

-- +goose Up
ALTER TABLE assessment ADD COLUMN clauses TEXT NOT NULL DEFAULT '[]'; -- JSON list of audit.Span; [] once the text is forgotten

-- +goose Down
SELECT 'forward only';
