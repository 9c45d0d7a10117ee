package servertest

// Fault is a kind of thing that goes wrong.
type Fault int

// The kinds. Those of the server's side are counted here, the others by whoever simulates consoles and network.
const (
	ServerKilled   Fault = iota // between commits
	CrashedBefore               // in a commit, before it was durable
	CrashedAfter                // in a commit, when it was durable and nobody was told
	KilledBegun                 // an attempt was committed, the vendor not called
	KilledCalled                // the vendor has the message, nothing was noted
	ServerFull                  // a commit found the disk full
	ServerClock                 // a server was started with another wall clock
	LogTruncated                // frames were dropped
	TooFarBehind                // a console's position was not in the log any more
	Restored                    // from a backup
	RestoreUnclear              // what might have gone out since a backup became uncertain
	WakeLost                    // another server was not told of a commit
	TwoServers                  // a commit beside another server
	VendorTwice                 // a webhook came twice
	VendorLate                  // a webhook came out of order
	VendorSilent                // a call to the vendor was not answered
	VendorSlow                  // a call was refused and is made again
	Lagging                     // a console was served from the log because it read slowly
	TooSlow                     // a connection was closed because its console read too slowly
	Silent                      // a server found a connection silent
	TokenRevoked
	TeamsChanged
	Cut        // a connection, between frames
	CutInFrame // in the middle of one
	HalfOpen   // one end does not know that the connection is gone
	Delayed
	SentTwice  // a frame of a console came twice
	HeardTwice // a frame of a server came twice
	FrameLost  // in the middle of a connection
	ConsoleKilled
	ConsoleLost  // power went: what its disk had not written is gone
	CacheTorn    // its cache could not be read
	ConsoleFull  // its disk took nothing
	ConsoleClock // its clock was set
	TwoDevices   // an agent's command while another device of theirs has some
	Reset        // a stream was sent whole to a console that had it
	TokenRenewed
	OtherAgent // another agent signed in at a console
	faultKinds
)

var faultNames = [faultKinds]string{
	"server killed", "killed before durable", "killed after durable", "killed before the vendor's call",
	"killed after the vendor's call", "server's disk full", "server's clock set", "log truncated", "behind the log",
	"backup restored", "made unclear by a restore", "wake-up lost", "commit beside another server",
	"webhook twice", "webhook out of order", "vendor silent", "vendor slow", "lagging", "closed as too slow",
	"found silent", "token revoked", "teams changed", "cut", "cut in a frame", "half-open", "delayed",
	"frame to the server twice", "frame to the console twice", "frame lost", "console killed", "console without power",
	"cache torn", "console's disk full", "console's clock set", "two devices", "reset", "token renewed",
	"another agent at a console",
}

func (f Fault) String() string { return faultNames[f] }

// Faults counts by kind.
type Faults [faultKinds]int64

func (f *Faults) add(k Fault) { f[k]++ }

func (f *Faults) addN(k Fault, n int64) { f[k] += n }

// Add counts all of g too.
func (f *Faults) Add(g Faults) {
	for k, n := range g {
		f[k] += n
	}
}

// Kinds are all kinds in order.
func Kinds() []Fault {
	all := make([]Fault, faultKinds)
	for k := range all {
		all[k] = Fault(k)
	}
	return all
}

// Count notes a fault of the side that servertest does not simulate.
func (w *World) Count(k Fault) { w.faults.add(k) }

// Faults is what went wrong so far.
func (w *World) Faults() Faults { return w.faults }
