#include "exporter/store/schema.hpp"

#include <string>

namespace wgaudit {
namespace {

// Times are nanoseconds, wall or boot as the member that they come from; counters are 64 bits whose
// sign SQLite does not know; netns, names and details are any bytes. STRICT: a flipped bit in a
// type shows.
constexpr char kVersion1[] = R"sql(
PRAGMA application_id = 0x57474155;

CREATE TABLE program (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  installation TEXT NOT NULL,
  created INTEGER NOT NULL,
  baseline_reason INTEGER NOT NULL,
  baseline INTEGER NOT NULL,
  clean_stop INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  session_number INTEGER NOT NULL,
  inventory_sha256 TEXT NOT NULL,
  inventory_rejected TEXT NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  snapshot_slot INTEGER NOT NULL,
  clock_offset INTEGER NOT NULL,
  alive_wall INTEGER,
  alive_boot INTEGER,
  events_lost INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
  id INTEGER PRIMARY KEY,
  netns TEXT NOT NULL,
  name TEXT NOT NULL,
  collector INTEGER NOT NULL,
  implementation INTEGER NOT NULL,
  netns_device INTEGER NOT NULL,
  netns_inode INTEGER NOT NULL,
  link_index INTEGER,
  public_key BLOB,
  listen_port INTEGER NOT NULL,
  firewall_mark INTEGER NOT NULL,
  UNIQUE (netns, name)
) STRICT;

CREATE TABLE peers (
  device INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  public_key BLOB NOT NULL,
  preshared_key INTEGER NOT NULL,
  keepalive INTEGER NOT NULL,
  address BLOB, port INTEGER NOT NULL, scope INTEGER NOT NULL,
  prefixes BLOB NOT NULL,
  session INTEGER, session_started INTEGER,
  session_start_unknown INTEGER, session_announced INTEGER,
  sessions INTEGER NOT NULL,
  endpoint_changes INTEGER NOT NULL,
  added_sequence INTEGER NOT NULL,
  session_throttle INTEGER NOT NULL, endpoint_throttle INTEGER NOT NULL,
  suppressed_started INTEGER NOT NULL, suppressed_ended INTEGER NOT NULL,
  suppressed_endpoints INTEGER NOT NULL,
  suppressed_first INTEGER NOT NULL, suppressed_last INTEGER NOT NULL,
  suppressed_first_boot INTEGER NOT NULL,
  -- learned
  first_seen INTEGER NOT NULL,
  last_handshake INTEGER NOT NULL, last_handshake_boot INTEGER NOT NULL,
  raw_handshake INTEGER NOT NULL,
  received_base INTEGER NOT NULL, sent_base INTEGER NOT NULL,
  unobserved INTEGER NOT NULL,
  received INTEGER NOT NULL, sent INTEGER NOT NULL,
  PRIMARY KEY (device, public_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE departed (
  netns TEXT NOT NULL, interface TEXT NOT NULL, public_key BLOB NOT NULL,
  last_handshake INTEGER NOT NULL, last_handshake_boot INTEGER NOT NULL,
  PRIMARY KEY (netns, interface, public_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  rule INTEGER NOT NULL, netns TEXT NOT NULL, interface TEXT NOT NULL,
  public_key BLOB NOT NULL,  -- empty: about no key
  subject TEXT NOT NULL,
  severity INTEGER NOT NULL, principal TEXT NOT NULL, since INTEGER NOT NULL,
  detail TEXT NOT NULL, accepted INTEGER NOT NULL,
  PRIMARY KEY (rule, netns, interface, public_key, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL, observed_after INTEGER,
  action TEXT NOT NULL, kind INTEGER NOT NULL, severity INTEGER NOT NULL,
  netns TEXT NOT NULL, interface TEXT NOT NULL, public_key BLOB,
  facts BLOB NOT NULL
) STRICT;

CREATE TABLE sinks (name TEXT PRIMARY KEY, cursor INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  number INTEGER PRIMARY KEY,
  netns TEXT NOT NULL, interface TEXT NOT NULL, public_key BLOB NOT NULL,
  principal TEXT NOT NULL,
  started INTEGER NOT NULL, start_unknown INTEGER NOT NULL,
  ended INTEGER, end_reason TEXT NOT NULL,
  address BLOB, port INTEGER NOT NULL, scope INTEGER NOT NULL,
  received INTEGER NOT NULL, sent INTEGER NOT NULL, unobserved INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_key ON sessions (public_key);
CREATE INDEX sessions_by_principal ON sessions (principal);
CREATE INDEX sessions_by_start ON sessions (started);
CREATE INDEX sessions_by_end ON sessions (ended);

CREATE TABLE inventory (
  id INTEGER PRIMARY KEY CHECK (id = 1), path TEXT NOT NULL, sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE inventory_files (
  position INTEGER PRIMARY KEY, path TEXT NOT NULL, bytes INTEGER NOT NULL, deflated BLOB NOT NULL
) STRICT;
)sql";

// When a peer was first seen by the boot clock: ages do not depend on steps of the wall clock.
constexpr char kVersion2[] = R"sql(
ALTER TABLE peers ADD COLUMN first_seen_boot INTEGER NOT NULL DEFAULT 0;
UPDATE peers SET first_seen_boot = first_seen - (SELECT clock_offset FROM program);
)sql";

// The history beside sessions: where each was seen from, findings after they closed, stays of keys.
// What is known by now begins it; whose the keys are the daemon says when it starts.
constexpr char kHistory[] = R"sql(
CREATE TABLE session_endpoints (
  session INTEGER NOT NULL, address BLOB NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER,  -- NULL: the peer is there still
  PRIMARY KEY (session, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_endpoints_by_address ON session_endpoints (address);
INSERT INTO session_endpoints (session, address, first_seen, last_seen)
  SELECT number, address, started, ended FROM sessions WHERE address IS NOT NULL;

CREATE TABLE finding_history (
  id INTEGER PRIMARY KEY,
  rule INTEGER NOT NULL, netns TEXT NOT NULL, interface TEXT NOT NULL,
  public_key BLOB NOT NULL,  -- empty: about no key
  subject TEXT NOT NULL,
  severity INTEGER NOT NULL, principal TEXT NOT NULL, since INTEGER NOT NULL,
  detail TEXT NOT NULL, accepted INTEGER NOT NULL,
  closed INTEGER, close_reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX finding_history_open
  ON finding_history (public_key, rule, netns, interface, subject) WHERE closed IS NULL;
CREATE INDEX finding_history_by_key ON finding_history (public_key);
CREATE INDEX finding_history_by_principal ON finding_history (principal);
CREATE INDEX finding_history_by_time ON finding_history (closed, since);
INSERT INTO finding_history (rule, netns, interface, public_key, subject, severity, principal,
                             since, detail, accepted, closed, close_reason)
  SELECT rule, netns, interface, public_key, subject, severity, principal, since, detail, accepted,
         NULL, '' FROM findings ORDER BY since;

CREATE TABLE key_history (
  id INTEGER PRIMARY KEY,
  netns TEXT NOT NULL, interface TEXT NOT NULL, public_key BLOB NOT NULL,
  principal TEXT NOT NULL,
  first_seen INTEGER NOT NULL, added INTEGER, last_seen INTEGER, removed INTEGER
) STRICT;
CREATE UNIQUE INDEX key_history_present
  ON key_history (public_key, netns, interface) WHERE removed IS NULL;
CREATE INDEX key_history_by_key ON key_history (public_key);
CREATE INDEX key_history_by_principal ON key_history (principal);
CREATE INDEX key_history_by_time ON key_history (removed, first_seen);
INSERT INTO key_history (netns, interface, public_key, principal, first_seen)
  SELECT devices.netns, devices.name, peers.public_key, '', peers.first_seen
  FROM peers JOIN devices ON devices.id = peers.device ORDER BY peers.first_seen;

-- What is no longer there: the history is whole since `complete_since` (NULL: always), but for what
-- `forget` took.
CREATE TABLE history (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  complete_since INTEGER, removed INTEGER NOT NULL,
  forgotten_at INTEGER, forgotten INTEGER NOT NULL
) STRICT;
INSERT INTO history VALUES (1, NULL, 0, NULL, 0);

-- By how long a session was: of those that were short few can have been running at a given time, and
-- only around it (history_select.cpp).
ALTER TABLE sessions ADD COLUMN span INTEGER GENERATED ALWAYS AS (
  CASE WHEN ended IS NULL THEN NULL
       WHEN ended - started < 3600000000000 THEN 0
       WHEN ended - started < 28800000000000 THEN 1
       WHEN ended - started < 230400000000000 THEN 2
       WHEN ended - started < 1843200000000000 THEN 3
       ELSE 4 END) VIRTUAL;
DROP INDEX sessions_by_end;
CREATE INDEX sessions_by_span ON sessions (span, ended, started);
)sql";

// What traffic is usual for a peer, where the rule that asks is on.
constexpr char kTraffic[] = R"sql(
CREATE TABLE traffic (
  device INTEGER NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  public_key BLOB NOT NULL,
  mean REAL NOT NULL, variance REAL NOT NULL,  -- of log2(bytes of an active minute)
  minutes INTEGER NOT NULL,
  PRIMARY KEY (device, public_key)
) STRICT, WITHOUT ROWID;
)sql";

// Findings say when their evidence grows.
constexpr char kEvidence[] = R"sql(
ALTER TABLE findings ADD COLUMN evidence INTEGER NOT NULL DEFAULT 1;
ALTER TABLE finding_history ADD COLUMN evidence INTEGER NOT NULL DEFAULT 1;
)sql";

// Events that a sink's receiver will never take, as they were in `events`.
constexpr char kDeadEvents[] = R"sql(
CREATE TABLE dead_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sink TEXT NOT NULL, set_aside_at INTEGER NOT NULL, reason TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL, observed_after INTEGER,
  action TEXT NOT NULL, kind INTEGER NOT NULL, severity INTEGER NOT NULL,
  netns TEXT NOT NULL, interface TEXT NOT NULL, public_key BLOB,
  facts BLOB NOT NULL,
  UNIQUE (sink, sequence)
) STRICT;
)sql";

constexpr const char* kMigrations[] = {kVersion1, kVersion2, kHistory,
                                       kTraffic,  kEvidence, kDeadEvents};

std::unexpected<SqlError> corrupt(std::string why) {
  return std::unexpected(SqlError{SqlError::Kind::corrupt, std::move(why)});
}

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

std::expected<std::int64_t, SqlError> schema_version(Database& database) {
  const auto version = database.number("PRAGMA user_version");
  const auto application = database.number("PRAGMA application_id");
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (database.failed()) return std::unexpected(database.error());
  if (application == 0 && version == 0 && tables == 0) return 0;
  if (application != kApplicationId) return corrupt("not a state database of wgaudit");
  if (!version || *version < 1) return corrupt("its version is not one of ours");
  return *version;
}

std::expected<void, SchemaError> migrate(Database& database, std::span<const char* const> scripts) {
  const auto version = schema_version(database);
  if (!version) return std::unexpected(SchemaError{version.error()});
  const auto known = static_cast<std::int64_t>(scripts.size());
  if (*version > known) {
    return std::unexpected(SchemaError{
        {SqlError::Kind::other, "written by a newer release: version " + std::to_string(*version) +
                                    ", known is " + std::to_string(known)},
        true});
  }
  for (std::int64_t next = *version; next < known; ++next) {
    const std::string stamp = "PRAGMA user_version = " + std::to_string(next + 1);
    if (!database.run(scripts[static_cast<std::size_t>(next)]) || !database.run(stamp.c_str())) {
      return std::unexpected(SchemaError{database.error()});
    }
  }
  return {};
}

}  // namespace wgaudit
