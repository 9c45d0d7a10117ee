-- The queued chats of a team, the longest waiting first, so that a chat is given without reading the queue; and the
-- agents of a team.
ALTER TABLE chats ADD COLUMN place TEXT; -- see store.Place; NULL: it is not queued

UPDATE chats SET place = printf('%d%016x%016x%016x%s',
	CASE WHEN doc ->> 'waiting_since' <> 0 THEN 0 WHEN doc ->> 'last_inbound_at' <> 0 THEN 1 ELSE 2 END,
	COALESCE(NULLIF(doc ->> 'waiting_since', 0), doc ->> 'last_inbound_at', 0),
	9223372036854775807 - COALESCE(doc ->> 'assigned_at', 0),
	COALESCE(doc ->> 'assigned_index', 0),
	id)
WHERE status = 'queued';
CREATE INDEX chats_waiting ON chats (team, place) WHERE place IS NOT NULL;

CREATE TABLE members (
	team  TEXT NOT NULL,
	agent TEXT NOT NULL,
	PRIMARY KEY (team, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_agent ON members (agent);
INSERT INTO members SELECT DISTINCT t.value, a.id FROM agents a, json_each(a.doc, '$.teams') t;
