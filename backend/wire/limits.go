package wire

// Close codes. 4000-4099: try again; 4100-4199: only after something was changed by a person.
const (
	CloseShutdown   = 4000 // the server is going down
	CloseLagging    = 4001 // the console read too slowly; it resumes
	CloseSilent     = 4002 // nothing was heard for 2.5 beats
	CloseServerBusy = 4003 // too many connections, or the store cannot take a command now; see Goodbye.RetryMillis
	CloseChanged    = 4004 // what the agent may see has changed: connect again at once
	CloseMalformed  = 4100 // a frame that is not the protocol's
	CloseVersion    = 4101 // no common version, or something critical that the server does not know
	CloseRevoked    = 4102 // the token is not valid any more: sign in again
	CloseReplaced   = 4103 // the same device connected again
)

// Limits, each with a test that lowers or meets it.
const (
	MaxUpBytes       = 64 << 10 // a frame from a console
	MaxDownBytes     = 4 << 20  // a frame from a server: MaxBatch chats with the longest names and tags fit in one
	MaxBatch         = 500      // chats of one command or of an Aim, teams of a set
	MaxWords         = 4096     // bytes of a name, a tag or a label from a console
	SnapshotBytes    = 16 << 10 // a part of a snapshot aims at this size; one change may exceed it
	MaxSnapshotParts = 4096     // parts of a snapshot; as they are aimed, 64 MiB
	MaxPage          = 100      // messages in a page
	SnapshotMessages = 30       // the newest messages of each chat that a snapshot carries
	MaxHistory       = 50       // chats in a history
	MaxStreams       = 64       // positions in a hello, or heads in a beat
	BeatMillis       = 15_000   // each side says something at least this often; silent for 2.5 of it, the link is dead
	MaxUnacked       = 256      // commands that a console may have sent without a result
	MaxID            = 128      // bytes of an id, an epoch, or another short text from a console
)
