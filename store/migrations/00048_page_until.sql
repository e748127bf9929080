-- A page that has not changed says the same only as long as no answer read on it hangs on the day: "posted lately" ends by itself.

-- +goose Up
ALTER TABLE page_seen ADD COLUMN until TEXT; -- audit.PageMemory.Until, a time as in 00001; NULL: for as long as the page is as it was

-- +goose Down
SELECT 'forward only';
