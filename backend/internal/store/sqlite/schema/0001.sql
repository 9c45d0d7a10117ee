-- Each row is a doc, a JSON text of its own format, beside the columns that rows are found by. Text is compared
-- by byte. What has no index is asked for by primary key only.

CREATE TABLE meta (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	epoch TEXT NOT NULL,
	clock INTEGER NOT NULL
) STRICT;

CREATE TABLE teams (id TEXT PRIMARY KEY, prefix TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE agents (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE assets (
	id      TEXT PRIMARY KEY,
	channel TEXT NOT NULL,
	vendor  TEXT NOT NULL,
	doc     TEXT NOT NULL,
	UNIQUE (channel, vendor)
) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (hash TEXT PRIMARY KEY, created_at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE customers (key TEXT PRIMARY KEY, folded TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE identities (id TEXT PRIMARY KEY, customer TEXT NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of_customer ON identities (customer, id);
CREATE TABLE addresses (
	channel  TEXT NOT NULL,
	kind     TEXT NOT NULL,
	value    TEXT NOT NULL,
	identity TEXT NOT NULL,
	PRIMARY KEY (channel, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_of_identity ON addresses (identity);

CREATE TABLE chats (
	id         TEXT PRIMARY KEY,
	identity   TEXT NOT NULL,
	asset      TEXT NOT NULL,
	customer   TEXT NOT NULL,
	team       TEXT NOT NULL,
	assignee   TEXT NOT NULL,
	status     TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX chats_open ON chats (identity, asset) WHERE status <> 'closed';
CREATE INDEX chats_of_identity ON chats (identity, created_at, id);
CREATE INDEX chats_of_customer ON chats (customer, created_at DESC, id);
CREATE INDEX chats_held ON chats (assignee, id) WHERE status IN ('picked', 'on_hold') AND assignee <> '';
CREATE INDEX chats_queued ON chats (team, id) WHERE status = 'queued';

CREATE TABLE messages (
	chat           TEXT NOT NULL,
	number         INTEGER NOT NULL,
	id             TEXT NOT NULL UNIQUE,
	kind           TEXT NOT NULL,
	answers        INTEGER NOT NULL, -- 1: it ends the waiting of what is before it
	vendor_channel TEXT,
	vendor_id      TEXT,             -- NULL: none is known
	doc            TEXT NOT NULL,
	PRIMARY KEY (chat, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_of_vendor ON messages (vendor_id, vendor_channel) WHERE vendor_id IS NOT NULL;
CREATE INDEX messages_replies ON messages (chat, number) WHERE kind = 'reply';

CREATE TABLE media (
	id  TEXT PRIMARY KEY,
	due INTEGER, -- NULL: nothing is left to fetch
	doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_due ON media (due, id) WHERE due IS NOT NULL;

CREATE TABLE outgoing (
	message TEXT PRIMARY KEY,
	chat    TEXT NOT NULL,
	number  INTEGER NOT NULL,
	open    TEXT, -- the state; NULL: done
	next_at INTEGER NOT NULL,
	doc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outgoing_open ON outgoing (open, next_at, message) WHERE open IS NOT NULL;
CREATE INDEX outgoing_of_chat ON outgoing (chat, number) WHERE open IS NOT NULL;

CREATE TABLE timers (id TEXT PRIMARY KEY, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (at, id);

CREATE TABLE devices (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE results (
	device TEXT NOT NULL,
	number INTEGER NOT NULL,
	doc    TEXT NOT NULL,
	PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
	id    INTEGER PRIMARY KEY,
	kind  TEXT NOT NULL,
	name  TEXT NOT NULL,
	head  INTEGER NOT NULL,
	floor INTEGER NOT NULL,
	UNIQUE (kind, name)
) STRICT;
CREATE TABLE log (
	stream INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	at     INTEGER NOT NULL,
	frame  BLOB NOT NULL,
	PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
