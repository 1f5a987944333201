// The shape of the database, one step after the other. A step that was released is never edited.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE facts (
    area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (area, key)
  ) WITHOUT ROWID;

  CREATE TABLE sessions (
    key TEXT PRIMARY KEY, session_id TEXT NOT NULL, channel TEXT NOT NULL, title TEXT,
    last_channel TEXT, last_chat TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_age ON sessions (updated_at DESC);

  CREATE TABLE messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, session_key TEXT NOT NULL, session_id TEXT NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX messages_by_session ON messages (session_id, position);

  CREATE TABLE runs (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE, session_key TEXT NOT NULL, session_id TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, message_id TEXT NOT NULL, request TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0, tool_started INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, outcome TEXT
  );
  CREATE INDEX runs_unfinished ON runs (position) WHERE state IN ('queued', 'running');

  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, account TEXT NOT NULL, chat TEXT NOT NULL, message_id TEXT NOT NULL,
    state TEXT NOT NULL, run_id TEXT, body TEXT, received_at INTEGER NOT NULL,
    UNIQUE (channel, account, chat, message_id)
  );
  CREATE INDEX inbox_pending ON inbox (id) WHERE state = 'pending';
  CREATE INDEX inbox_by_run ON inbox (run_id) WHERE run_id IS NOT NULL;

  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, chat TEXT NOT NULL, target TEXT NOT NULL,
    texts TEXT NOT NULL, state TEXT NOT NULL, message_ids TEXT NOT NULL DEFAULT '[]',
    attempts INTEGER NOT NULL DEFAULT 0, run_id TEXT, error TEXT, outcome TEXT,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX outbox_by_run ON outbox (run_id) WHERE run_id IS NOT NULL;
  CREATE INDEX outbox_open ON outbox (position) WHERE state <> 'sent';

  CREATE TABLE idempotency_keys (
    method TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (method, key)
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_by_age ON idempotency_keys (created_at);
  CREATE INDEX idempotency_by_subject ON idempotency_keys (subject);
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters (name, value) VALUES ('idempotency_keys', 0);
  CREATE TRIGGER idempotency_added AFTER INSERT ON idempotency_keys BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'idempotency_keys';
  END;
  CREATE TRIGGER idempotency_removed AFTER DELETE ON idempotency_keys BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'idempotency_keys';
  END;

  CREATE TABLE dropped (
    channel TEXT NOT NULL, id TEXT NOT NULL, name TEXT, count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (channel, id)
  ) WITHOUT ROWID;

  CREATE TABLE notes (position INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, at INTEGER NOT NULL);
  `,
  `
  ALTER TABLE sessions ADD COLUMN thinking TEXT;
  ALTER TABLE sessions ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;

  ALTER TABLE messages ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
  UPDATE messages SET at = body ->> 'ts';
  CREATE INDEX messages_by_age ON messages (at);

  CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;

  ALTER TABLE inbox ADD COLUMN checksum BLOB;
  UPDATE inbox SET checksum = checksum(channel, account, chat, message_id, received_at, body)
    WHERE body IS NOT NULL;
  DROP INDEX inbox_pending;
  CREATE INDEX inbox_pending ON inbox (id, channel, chat) WHERE state = 'pending';
  CREATE INDEX inbox_held ON inbox (channel, chat, id) WHERE state = 'held';
  CREATE INDEX inbox_over ON inbox (state, received_at)
    WHERE state NOT IN ('pending', 'held', 'running');

  ALTER TABLE outbox RENAME COLUMN texts TO items;
  ALTER TABLE outbox ADD COLUMN checksum BLOB;
  UPDATE outbox SET checksum = checksum(id, channel, chat, target, items, state, message_ids,
    attempts, run_id, error, outcome, created_at);
  DROP INDEX outbox_open;
  CREATE INDEX outbox_by_state ON outbox (state, position);

  ALTER TABLE idempotency_keys ADD COLUMN checksum BLOB;
  UPDATE idempotency_keys SET checksum = checksum(method, key, digest, subject, created_at);

  CREATE TABLE senders (
    channel TEXT NOT NULL, id TEXT NOT NULL, name TEXT, added_at INTEGER NOT NULL,
    PRIMARY KEY (channel, id)
  ) WITHOUT ROWID;

  CREATE TABLE notices (
    position INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, at INTEGER NOT NULL
  );

  CREATE TABLE media (
    media_id TEXT PRIMARY KEY, path TEXT NOT NULL, mime_type TEXT NOT NULL, name TEXT NOT NULL,
    bytes INTEGER NOT NULL, added_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX media_by_age ON media (added_at);

  CREATE TABLE vault (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, area TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    written_at INTEGER NOT NULL, checksum BLOB NOT NULL,
    UNIQUE (channel, area, key)
  );
  CREATE INDEX vault_by_age ON vault (channel, area, position);
  `,
  // A message is the person's own if a client brought it or their own account wrote it. What was there
  // before this step counts as read.
  `
  ALTER TABLE messages ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
  UPDATE messages SET own = 1
    WHERE body ->> 'role' = 'user' AND (body ->> 'channel' IS NULL OR body -> '$.sender.self' = 'true');
  CREATE INDEX messages_to_read ON messages (session_id, position) WHERE own = 0;
  CREATE INDEX messages_by_key ON messages (session_key);

  ALTER TABLE sessions ADD COLUMN read_position INTEGER NOT NULL DEFAULT 0;
  UPDATE sessions SET read_position = coalesce((SELECT max(position) FROM messages), 0);

  CREATE INDEX runs_by_key ON runs (session_key);
  `,
  // What the chat of a session is called. Of those that were there, the person who wrote last gives it.
  `
  ALTER TABLE sessions ADD COLUMN name TEXT;
  UPDATE sessions SET name = (
    SELECT body ->> '$.sender.name' FROM messages
    WHERE messages.session_id = sessions.session_id AND body -> '$.sender.name' IS NOT NULL
    ORDER BY position DESC LIMIT 1)
  WHERE key LIKE channel || ':%' AND key NOT LIKE channel || ':group:%';
  `,
  // By the steady time, since when a message waits. Those that waited before this step go by the wall clock.
  `
  ALTER TABLE inbox ADD COLUMN steady_at INTEGER;
  UPDATE inbox
    SET checksum = checksum(channel, account, chat, message_id, received_at, body, steady_at)
    WHERE checksum IS checksum(channel, account, chat, message_id, received_at, body);

  ALTER TABLE outbox ADD COLUMN steady_at INTEGER;
  UPDATE outbox
    SET checksum = checksum(id, channel, chat, target, items, state, message_ids, attempts, run_id,
      error, outcome, created_at, steady_at)
    WHERE checksum IS checksum(id, channel, chat, target, items, state, message_ids, attempts, run_id,
      error, outcome, created_at);
  `,
]
