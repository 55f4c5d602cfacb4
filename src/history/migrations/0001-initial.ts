/**
 * The first schema. A string in a module, so that the bundle and the tests read the same one.
 *
 * - Instants are integer milliseconds, ratios integer billionths (`*_nano`): small integers are what SQLite packs best.
 * - `samples.seq` grows with every sample of a series and equals the sample's time unless the clock went back; `skew`
 *   (time minus seq, 0 or negative) then tells the true time. So one key serves both order and time ranges.
 * - `rollups`: `measure` 0 is the used share (in billionths), 1 the remaining amount, 2 the used amount;
 *   `span` 1 is an hour, 2 a UTC day, `bucket` its number since 1970; `*_in` milliseconds from its start.
 *   No `last_value` means that the last value is the highest one, as in most hours.
 * - `resets_in` is the reset time minus `seq`. `flags`: 1 unlimited, 2 inferred, 4 remaining not reported.
 */
export const INITIAL = `
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  problem TEXT,
  problem_since INTEGER NOT NULL
) STRICT;

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  quota TEXT NOT NULL,
  unit TEXT NOT NULL,
  label TEXT NOT NULL,
  kind TEXT NOT NULL,
  max_skew INTEGER NOT NULL DEFAULT 0,
  rolled_seq INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account, quota, unit)
) STRICT;

CREATE TABLE samples (
  series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  skew INTEGER NOT NULL,
  used_nano INTEGER,
  remaining_nano INTEGER,
  used REAL,
  remaining REAL,
  max REAL,
  resets_in INTEGER,
  flags INTEGER NOT NULL,
  PRIMARY KEY (series, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollups (
  series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  span INTEGER NOT NULL,
  bucket INTEGER NOT NULL,
  measure INTEGER NOT NULL,
  count INTEGER NOT NULL,
  known_ms INTEGER NOT NULL,
  mean REAL NOT NULL,
  min_value REAL NOT NULL, min_in INTEGER NOT NULL, min_used REAL,
  max_value REAL NOT NULL, max_in INTEGER NOT NULL, max_used REAL,
  last_value REAL, last_in INTEGER, last_used REAL,
  last_max REAL,
  PRIMARY KEY (series, span, bucket, measure)
) STRICT, WITHOUT ROWID;

CREATE TABLE cycles (
  series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  resets_at INTEGER,
  window_seconds REAL,
  peak REAL,
  end_used REAL,
  exhausted_ms INTEGER NOT NULL,
  exhausted_since INTEGER,
  ended TEXT,
  suspect TEXT,
  PRIMARY KEY (series, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cycles_open ON cycles (series) WHERE ended_at IS NULL;

CREATE TABLE alert_state (
  key TEXT NOT NULL PRIMARY KEY,
  updated_at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_log (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  account TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_log_at ON alert_log (at);

CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT,
  body TEXT NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX outbox_open ON outbox (due_at) WHERE settled_at IS NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
