-- The queued chats of a team, the longest waiting first, so that a chat is given without reading the queue; and the
-- agents of a team.
ALTER TABLE chats ADD COLUMN place TEXT COLLATE "C"; -- see store.Place; NULL: it is not queued

UPDATE chats SET place = CASE WHEN old.waiting <> 0 THEN 0 WHEN old.inbound <> 0 THEN 1 ELSE 2 END
	|| lpad(to_hex(CASE WHEN old.waiting <> 0 THEN old.waiting ELSE old.inbound END), 16, '0')
	|| lpad(to_hex(9223372036854775807 - old.assigned), 16, '0') || lpad(to_hex(old.index), 16, '0') || chats.id
FROM (SELECT id, COALESCE((doc::json ->> 'waiting_since')::bigint, 0) AS waiting,
	COALESCE((doc::json ->> 'last_inbound_at')::bigint, 0) AS inbound,
	COALESCE((doc::json ->> 'assigned_at')::bigint, 0) AS assigned,
	COALESCE((doc::json ->> 'assigned_index')::bigint, 0) AS index FROM chats WHERE status = 'queued') old
WHERE chats.id = old.id;
CREATE INDEX chats_waiting ON chats (team, place) WHERE place IS NOT NULL;

CREATE TABLE members (
	team  TEXT COLLATE "C" NOT NULL,
	agent TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (team, agent)
);
CREATE INDEX members_of_agent ON members (agent);
INSERT INTO members SELECT DISTINCT t.team, a.id
FROM agents a, json_array_elements_text(COALESCE(a.doc::json -> 'teams', '[]')) AS t (team);
