-- What an agent's counts need of a picked chat stands beside its doc, so that a frame that carries them reads no
-- chat but its own.
ALTER TABLE chats ADD COLUMN attention INTEGER NOT NULL DEFAULT 0; -- 1: its customer waits; 2: and has unread messages

UPDATE chats SET attention = CASE
	WHEN status <> 'picked' OR assignee = '' OR COALESCE(doc ->> 'waiting_since', 0) = 0 THEN 0
	WHEN COALESCE(doc ->> 'unread', 0) >= 1 THEN 2
	ELSE 1 END;

CREATE INDEX chats_counted ON chats (assignee, attention) WHERE status = 'picked' AND assignee <> '';
