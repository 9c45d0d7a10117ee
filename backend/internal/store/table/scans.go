package table

// Scans are the statements that may read all of a table or sort what they found, each with its reason; the engines' tests
// look at the plans of all others.
var Scans = map[string]string{
	allTeams:       "a tenant has few",
	allAgents:      "a tenant has few",
	allAssets:      "a tenant has few",
	allCredentials: "a tenant has few",
	allTokens:      "asked for by an admin only",
	sending:        "asked for once, at the start; at most one row a chat",
	metaQuery:      "one row",
	setClock:       "one row",
	setEpoch:       "one row",
	dropLog:        "the log begins anew",
	dropStreams:    "the log begins anew",
	allHeads:       "one row for each agent and team, after another server's commits",
	devicesLeft:    "one row for each device, once a minute",
	allCustomers:   "an export",
	allIdentities:  "an export",
	allChats:       "an export",
	allMessages:    "an export",
	allMedia:       "an export",
	allOutgoing:    "an export",
	allTimers:      "an export",
	allDevices:     "an export",
	allResults:     "an export",
	allDrafts:      "an export",
	tokensByHash:   "an export",
	streamsLeft:    "one row for each agent and team, once a minute",
	nextTimer:      "it stops at the first entry of the index",
	nextMedia:      "it stops at the first entry of the index",
}
