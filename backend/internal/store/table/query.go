package table

// The queries, each a constant text with a ? for each parameter, which an engine prepares once a connection. One that reads rows selects a name of
// the row, which errors give, and its doc.
const (
	oneTeam         = "SELECT id, doc FROM teams WHERE id = ?"
	allTeams        = "SELECT id, doc FROM teams ORDER BY id"
	teamOfPrefix    = "SELECT id, doc FROM teams WHERE prefix = ?"
	oneAgent        = "SELECT id, doc FROM agents WHERE id = ?"
	allAgents       = "SELECT id, doc FROM agents ORDER BY id"
	agentsIn        = "SELECT a.id, a.doc FROM members m JOIN agents a ON a.id = m.agent WHERE m.team = ? ORDER BY m.agent"
	oneAsset        = "SELECT id, doc FROM assets WHERE id = ?"
	allAssets       = "SELECT id, doc FROM assets ORDER BY id"
	assetOfVendor   = "SELECT id, doc FROM assets WHERE channel = ? AND vendor = ?"
	oneCredential   = "SELECT name, doc FROM credentials WHERE name = ?"
	allCredentials  = "SELECT name, doc FROM credentials ORDER BY name"
	oneToken        = "SELECT hash, doc FROM tokens WHERE hash = ?"
	allTokens       = "SELECT hash, doc FROM tokens ORDER BY created_at, hash"
	oneCustomer     = "SELECT key, doc FROM customers WHERE key = ?"
	customerOfID    = "SELECT key, doc FROM customers WHERE folded = ?"
	oneIdentity     = "SELECT id, doc FROM identities WHERE id = ?"
	identityAt      = "SELECT i.id, i.doc FROM addresses a JOIN identities i ON i.id = a.identity WHERE a.channel = ? AND a.kind = ? AND a.value = ?"
	identitiesOf    = "SELECT id, doc FROM identities WHERE customer = ? ORDER BY id"
	oneChat         = "SELECT id, doc FROM chats WHERE id = ?"
	chatOfAlias     = "SELECT id, doc FROM chats WHERE alias = ?"
	openChat        = "SELECT id, doc FROM chats WHERE identity = ? AND asset = ? AND status <> 'closed'"
	lastChat        = "SELECT id, doc FROM chats WHERE identity = ? AND asset = ? ORDER BY created_at DESC, id DESC LIMIT 1"
	chatsOfIdentity = "SELECT id, doc FROM chats WHERE identity = ? ORDER BY created_at, id"
	chatsHeld       = "SELECT id, doc FROM chats WHERE assignee = ? AND assignee <> '' AND status IN ('picked', 'on_hold') ORDER BY id"
	countsOf        = "SELECT count(*), count(*) FILTER (WHERE attention >= 1), count(*) FILTER (WHERE attention = 2) FROM chats WHERE assignee = ? AND assignee <> '' AND status = 'picked'"
	chatsQueued     = "SELECT id, doc FROM chats WHERE team = ? AND (status = 'queued' OR status = 'on_hold' AND assignee = '') ORDER BY id"
	chatsWaitingIn  = "SELECT id, doc FROM chats WHERE team = ? AND place > ? ORDER BY place LIMIT ?"
	chatsOpenIn     = "SELECT id, doc FROM chats WHERE team = ? AND id > ? AND status <> 'closed' ORDER BY id LIMIT ?"
	chatsOfCustomer = "SELECT id, doc FROM chats WHERE customer = ? ORDER BY created_at DESC, id"
	oneMessage      = "SELECT id, doc FROM messages WHERE chat = ? AND number = ?"
	messageOfID     = "SELECT id, doc FROM messages WHERE id = ?"
	messageOfVendor = "SELECT id, doc FROM messages WHERE vendor_id = ? AND vendor_channel = ?"
	messagesBefore  = "SELECT id, doc FROM messages WHERE chat = ? AND number < ? ORDER BY number DESC LIMIT ?"
	lastAnswer      = "SELECT number FROM messages WHERE chat = ? AND kind = 'reply' AND answers = 1 ORDER BY number DESC LIMIT 1"
	firstInbound    = "SELECT id, doc FROM messages WHERE chat = ? AND number > ? AND kind = 'inbound' ORDER BY number LIMIT 1"
	repliesAfter    = "SELECT id, doc FROM messages WHERE chat = ? AND number > ? AND kind = 'reply' ORDER BY number"
	oneMedia        = "SELECT id, doc FROM media WHERE id = ?"
	oneOutgoing     = "SELECT message, doc FROM outgoing WHERE message = ?"
	oneDevice       = "SELECT id, doc FROM devices WHERE id = ?"
	oneResult       = "SELECT device, doc FROM results WHERE device = ? AND number = ?"
	oneDraft        = "SELECT chat, doc FROM drafts WHERE agent = ? AND chat = ?"
	draftsOf        = "SELECT chat, doc FROM drafts WHERE agent = ? ORDER BY chat"
	oneTimer        = "SELECT id, doc FROM timers WHERE id = ?"

	// inTurn says of a pending row o that no earlier or sending one of its chat holds it back.
	inTurn = ` o.open = 'pending' AND NOT EXISTS (SELECT 1 FROM outgoing p WHERE p.chat = o.chat AND
		(p.open = 'sending' OR p.open = 'pending' AND p.number < o.number) AND p.open IS NOT NULL)`
	dueOutgoing  = "SELECT o.message, o.doc FROM outgoing o WHERE o.next_at <= ? AND" + inTurn + " ORDER BY o.next_at, o.message LIMIT ?"
	nextOutgoing = "SELECT o.next_at FROM outgoing o WHERE" + inTurn + " ORDER BY o.next_at LIMIT 1"
	sending      = "SELECT message, doc FROM outgoing WHERE open = 'sending' ORDER BY chat, number, message"
	countOpen    = "SELECT count(*) FROM outgoing WHERE open = ?"
	dueMedia     = "SELECT id, doc FROM media WHERE due <= ? ORDER BY due, id LIMIT ?"
	nextMedia    = "SELECT due FROM media WHERE due IS NOT NULL ORDER BY due LIMIT 1"
	dueTimers    = "SELECT id, doc FROM timers WHERE at <= ? ORDER BY at, id LIMIT ?"
	nextTimer    = "SELECT at FROM timers ORDER BY at LIMIT 1"

	metaQuery  = "SELECT epoch, clock FROM meta"
	oneStream  = "SELECT id, head FROM streams WHERE kind = ? AND name = ?"
	allHeads   = "SELECT kind, name, head FROM streams ORDER BY kind, name"
	headQuery  = "SELECT head FROM streams WHERE kind = ? AND name = ?"
	floorQuery = "SELECT floor FROM streams WHERE kind = ? AND name = ?"
	frameQuery = `SELECT seq, frame FROM log WHERE stream = (SELECT id FROM streams WHERE kind = ? AND name = ?)
		AND seq > ? ORDER BY seq LIMIT ?`

	allCustomers  = "SELECT key, doc FROM customers ORDER BY key"
	allIdentities = "SELECT id, doc FROM identities ORDER BY id"
	allChats      = "SELECT id, doc FROM chats ORDER BY id"
	allMessages   = "SELECT id, doc, COALESCE(vendor_channel, ''), COALESCE(vendor_id, '') FROM messages ORDER BY chat, number"
	allMedia      = "SELECT id, doc FROM media ORDER BY id"
	allOutgoing   = "SELECT message, doc FROM outgoing ORDER BY message"
	allTimers     = "SELECT id, doc FROM timers ORDER BY id"
	allDevices    = "SELECT id, doc FROM devices ORDER BY id"
	allResults    = "SELECT device, doc FROM results ORDER BY device, number"
	allDrafts     = "SELECT chat, doc FROM drafts ORDER BY agent, chat"
	tokensByHash  = "SELECT hash, doc FROM tokens ORDER BY hash"

	streamsLeft = "SELECT id, head, floor FROM streams WHERE floor < head ORDER BY kind, name"
	oldest      = "SELECT seq, at FROM log WHERE stream = ? ORDER BY seq LIMIT ?"
	// devicesLeft finds the devices whose oldest result may be dropped.
	devicesLeft = `SELECT d.id, d.last_number FROM devices d WHERE (SELECT r.at FROM results r
		WHERE r.device = d.id AND r.number <= d.last_number - ? ORDER BY r.number LIMIT 1) < ? ORDER BY d.id`
	oldestResults = "SELECT number, at FROM results WHERE device = ? AND number <= ? ORDER BY number LIMIT ?"
	doneBefore    = "SELECT message FROM outgoing WHERE done_at < ? ORDER BY done_at, message LIMIT ?"
)
