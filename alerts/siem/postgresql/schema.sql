-- Events of wgaudit in PostgreSQL 15: a small SIEM. Run this first, then detections.sql.
--
-- A line that arrives twice is stored once: insert with ON CONFLICT DO NOTHING, as
-- pipelines/rsyslog-postgresql.conf does.

CREATE TABLE IF NOT EXISTS wgaudit_events (
  event jsonb NOT NULL,
  id text GENERATED ALWAYS AS (event #>> '{event,id}') STORED PRIMARY KEY,
  installation text GENERATED ALWAYS AS (event #>> '{wireguard,audit,installation}') STORED NOT NULL,
  sequence bigint GENERATED ALWAYS AS ((event #>> '{event,sequence}')::bigint) STORED NOT NULL,
  at timestamptz NOT NULL,
  received timestamptz NOT NULL DEFAULT now()
);

-- A cast from text to timestamptz depends on the session's time zone, so that a generated column
-- may not have it. Times of events end in Z.
CREATE OR REPLACE FUNCTION wgaudit_set_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := (NEW.event ->> '@timestamp')::timestamptz;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER wgaudit_set_time BEFORE INSERT ON wgaudit_events
  FOR EACH ROW EXECUTE FUNCTION wgaudit_set_time();

CREATE INDEX IF NOT EXISTS wgaudit_events_at ON wgaudit_events (at);
CREATE INDEX IF NOT EXISTS wgaudit_events_sequence ON wgaudit_events (installation, sequence);
CREATE INDEX IF NOT EXISTS wgaudit_events_event ON wgaudit_events USING gin (event jsonb_path_ops);

-- An address or prefix; NULL for any other text.
CREATE OR REPLACE FUNCTION wgaudit_inet(value text) RETURNS inet LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN value::inet;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN NULL;
END $$;

-- What was lost on the way: gaps of event.sequence, which has none where all have arrived.
CREATE OR REPLACE VIEW wgaudit_gaps AS
  SELECT installation, before + 1 AS first, sequence - 1 AS last FROM (
    SELECT installation, sequence,
           lag(sequence, 1, 0::bigint) OVER (PARTITION BY installation ORDER BY sequence) AS before
    FROM wgaudit_events) AS steps
  WHERE sequence > before + 1;
