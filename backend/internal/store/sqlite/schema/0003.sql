-- Drafts, the tokens' further members, and what is needed to find the results and the outgoing rows that need not
-- be kept for ever.
CREATE TABLE drafts (
	agent TEXT NOT NULL,
	chat  TEXT NOT NULL,
	doc   TEXT NOT NULL,
	PRIMARY KEY (agent, chat)
) STRICT, WITHOUT ROWID;

ALTER TABLE devices ADD COLUMN last_number INTEGER NOT NULL DEFAULT 0; -- of the last command that has a result
UPDATE devices SET last_number = COALESCE(doc ->> 'last_number', 0);

ALTER TABLE results ADD COLUMN at INTEGER NOT NULL DEFAULT 0; -- when it was put
UPDATE results SET at = (SELECT clock FROM meta);

ALTER TABLE outgoing ADD COLUMN done_at INTEGER; -- NULL: it is open
UPDATE outgoing SET done_at = COALESCE(doc ->> 'since', 0) WHERE open IS NULL;
CREATE INDEX outgoing_done ON outgoing (done_at, message) WHERE done_at IS NOT NULL;
