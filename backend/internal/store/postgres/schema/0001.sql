-- The tables are SQLite's, see ../sqlite/schema. Text is compared by byte. Rows that change often leave room on their
-- pages, so that a change that no index sees writes none.

CREATE TABLE meta (
	id      BIGINT PRIMARY KEY CHECK (id = 1), -- its row's lock orders the commits
	epoch   TEXT COLLATE "C" NOT NULL,
	clock   BIGINT NOT NULL,
	version BIGINT NOT NULL -- grows with every commit that has written
) WITH (fillfactor = 20);

CREATE TABLE teams (id TEXT COLLATE "C" PRIMARY KEY, prefix TEXT COLLATE "C" NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE agents (id TEXT COLLATE "C" PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE assets (
	id      TEXT COLLATE "C" PRIMARY KEY,
	channel TEXT COLLATE "C" NOT NULL,
	vendor  TEXT COLLATE "C" NOT NULL,
	doc     TEXT NOT NULL,
	UNIQUE (channel, vendor)
);
CREATE TABLE credentials (name TEXT COLLATE "C" PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE tokens (hash TEXT COLLATE "C" PRIMARY KEY, created_at BIGINT NOT NULL, doc TEXT NOT NULL);

CREATE TABLE customers (key TEXT COLLATE "C" PRIMARY KEY, folded TEXT COLLATE "C" NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE identities (id TEXT COLLATE "C" PRIMARY KEY, customer TEXT COLLATE "C" NOT NULL, doc TEXT NOT NULL);
CREATE INDEX identities_of_customer ON identities (customer, id);
CREATE TABLE addresses (
	channel  TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	value    TEXT COLLATE "C" NOT NULL,
	identity TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (channel, kind, value)
);
CREATE INDEX addresses_of_identity ON addresses (identity);

CREATE TABLE chats (
	id         TEXT COLLATE "C" PRIMARY KEY,
	identity   TEXT COLLATE "C" NOT NULL,
	asset      TEXT COLLATE "C" NOT NULL,
	customer   TEXT COLLATE "C" NOT NULL,
	team       TEXT COLLATE "C" NOT NULL,
	assignee   TEXT COLLATE "C" NOT NULL,
	status     TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	attention  BIGINT NOT NULL, -- 1: its customer waits; 2: and has unread messages
	doc        TEXT NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX chats_open ON chats (identity, asset) WHERE status <> 'closed';
CREATE INDEX chats_of_identity ON chats (identity, created_at, id);
CREATE INDEX chats_of_customer ON chats (customer, created_at DESC, id);
CREATE INDEX chats_held ON chats (assignee, id) WHERE status IN ('picked', 'on_hold') AND assignee <> '';
CREATE INDEX chats_queued ON chats (team, id) WHERE status = 'queued';
CREATE INDEX chats_counted ON chats (assignee, attention) WHERE status = 'picked' AND assignee <> '';

CREATE TABLE messages (
	chat           TEXT COLLATE "C" NOT NULL,
	number         BIGINT NOT NULL,
	id             TEXT COLLATE "C" NOT NULL UNIQUE,
	kind           TEXT COLLATE "C" NOT NULL,
	answers        BIGINT NOT NULL, -- 1: it ends the waiting of what is before it
	vendor_channel TEXT COLLATE "C",
	vendor_id      TEXT COLLATE "C", -- NULL: none is known
	doc            TEXT NOT NULL,
	PRIMARY KEY (chat, number)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX messages_of_vendor ON messages (vendor_id, vendor_channel) WHERE vendor_id IS NOT NULL;
CREATE INDEX messages_replies ON messages (chat, number) WHERE kind = 'reply';

CREATE TABLE media (
	id  TEXT COLLATE "C" PRIMARY KEY,
	due BIGINT, -- NULL: nothing is left to fetch
	doc TEXT NOT NULL
);
CREATE INDEX media_due ON media (due, id) WHERE due IS NOT NULL;

CREATE TABLE outgoing (
	message TEXT COLLATE "C" PRIMARY KEY,
	chat    TEXT COLLATE "C" NOT NULL,
	number  BIGINT NOT NULL,
	open    TEXT COLLATE "C", -- the state; NULL: done
	next_at BIGINT NOT NULL,
	done_at BIGINT, -- NULL: it is open
	doc     TEXT NOT NULL
);
CREATE INDEX outgoing_open ON outgoing (open, next_at, message) WHERE open IS NOT NULL;
CREATE INDEX outgoing_of_chat ON outgoing (chat, number) WHERE open IS NOT NULL;
CREATE INDEX outgoing_done ON outgoing (done_at, message) WHERE done_at IS NOT NULL;

CREATE TABLE timers (id TEXT COLLATE "C" PRIMARY KEY, at BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX timers_due ON timers (at, id);

CREATE TABLE devices (id TEXT COLLATE "C" PRIMARY KEY, last_number BIGINT NOT NULL, doc TEXT NOT NULL) WITH (fillfactor = 50);
CREATE TABLE results (
	device TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	at     BIGINT NOT NULL, -- when it was put
	doc    TEXT NOT NULL,
	PRIMARY KEY (device, number)
);
CREATE TABLE drafts (
	agent TEXT COLLATE "C" NOT NULL,
	chat  TEXT COLLATE "C" NOT NULL,
	doc   TEXT NOT NULL,
	PRIMARY KEY (agent, chat)
) WITH (fillfactor = 50);

CREATE TABLE streams (
	id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind  TEXT COLLATE "C" NOT NULL,
	name  TEXT COLLATE "C" NOT NULL,
	head  BIGINT NOT NULL,
	floor BIGINT NOT NULL,
	UNIQUE (kind, name)
) WITH (fillfactor = 50);
CREATE TABLE log (
	stream BIGINT NOT NULL,
	seq    BIGINT NOT NULL,
	at     BIGINT NOT NULL,
	frame  BYTEA NOT NULL,
	PRIMARY KEY (stream, seq)
);
