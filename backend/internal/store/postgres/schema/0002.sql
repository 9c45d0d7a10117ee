-- Aliases, unique whatever their case; the queue has the chats on hold that nobody holds too; and a team's chats one after
-- the other. And when somebody wrote last in a chat, from which days are counted: they must not be counted from its
-- creation because it was not noted.
ALTER TABLE chats ADD COLUMN alias TEXT COLLATE "C"; -- folded; NULL: none
CREATE UNIQUE INDEX chats_alias ON chats (alias) WHERE alias IS NOT NULL;

DROP INDEX chats_queued;
CREATE INDEX chats_queued ON chats (team, id) WHERE status = 'queued' OR status = 'on_hold' AND assignee = '';
CREATE INDEX chats_open_in ON chats (team, id) WHERE status <> 'closed';

UPDATE chats SET doc = left(doc, -1) || ',"course":{"active_at":' || greatest(
	COALESCE((doc::json ->> 'last_inbound_at')::bigint, 0),
	COALESCE((SELECT max((m.doc::json ->> 'at')::bigint) FROM messages m WHERE m.chat = chats.id AND m.kind = 'reply'), 0)) || '}}'
WHERE status <> 'closed';
