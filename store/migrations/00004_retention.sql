-- What a long run needs: findings of unbroken runs rolled up, and the indexes by which old rows are found and let go.

-- +goose Up
CREATE TABLE finding_run (              -- looks that said the same, between two findings that are kept
  run      INTEGER PRIMARY KEY,
  finding  TEXT NOT NULL UNIQUE REFERENCES finding(id), -- the last look of the run
  first    TEXT NOT NULL UNIQUE REFERENCES finding(id), -- the look it began with
  from_at  TEXT NOT NULL,               -- observed_at of the first; no two looks of a run lie more than two days apart
  looks    INTEGER NOT NULL             -- looks between the two whose own findings are rolled up
) STRICT;

CREATE TABLE finding_rolled (           -- so that the address of a finding that was rolled up finds its run
  key INTEGER PRIMARY KEY,              -- the first 8 bytes of the finding's id
  run INTEGER NOT NULL
) STRICT;

-- Whoever deletes a row must be able to ask quickly who refers to it.
CREATE INDEX finding_visit ON finding(visit);
CREATE INDEX state_change_first ON state_change(first_finding);
CREATE INDEX state_change_finding ON state_change(finding);
CREATE INDEX alert_told_group ON alert_told(alert_group);
CREATE INDEX delivery_group ON delivery(alert_group);
CREATE INDEX delivery_recorded ON delivery(recorded_at);
CREATE INDEX alert_recorded ON alert(recorded_at);
CREATE INDEX event_recorded ON event(recorded_at) WHERE kind <> 'change';

-- The lanes in which no visit is begun now.
CREATE INDEX host_memory_rest ON host_memory(not_before) WHERE not_before IS NOT NULL;
CREATE INDEX host_memory_day ON host_memory(day, requests);

-- +goose Down
SELECT 'forward only';
