package chat

import "fmt"

// ProblemKind is what went wrong, as the wire numbers it and the page words it. Values leave the process and
// are never renumbered.
type ProblemKind int

const (
	Internal         ProblemKind = 1  // a fault of ours; try again later
	Malformed        ProblemKind = 2  // the command does not say what it must
	UnknownCommand   ProblemKind = 3  // newer than this server
	NotFound         ProblemKind = 10 // the thing named does not exist, or not for you
	NotAllowed       ProblemKind = 11
	AlreadyTaken     ProblemKind = 20 // a chat somebody else holds; Args: the holder's name
	NotQueued        ProblemKind = 21 // a chat that is not in the queue any more; Args: its status
	NotHolder        ProblemKind = 22 // only the holder may; Args: the holder's name or ""
	Full             ProblemKind = 23 // the capacity is reached; Args: load, threshold
	ChatClosed       ProblemKind = 24 // the chat is closed
	NotShared        ProblemKind = 25 // a team that the chat's asset neither belongs to nor is shared with; Args: the team's name
	AgentAway        ProblemKind = 26 // an agent who is not available; Args: the name
	AgentInactive    ProblemKind = 27 // an agent whose account is not active; Args: the name
	NotInTeam        ProblemKind = 28 // an agent who is not in that team; Args: the agent's name, the team's
	AssignmentChange ProblemKind = 30 // held: the chat changed hands since; Args: the holder's name or ""
	AnsweredByOther  ProblemKind = 31 // held: somebody else has replied since the message that was seen last; Args: the name
	TooManyNewer     ProblemKind = 32 // held: more than 5 newer customer messages; Args: how many
	WindowClosed     ProblemKind = 33 // held: the channel's window is closed
	TooOld           ProblemKind = 34 // held: written more than 12 h ago
	Restored         ProblemKind = 35 // held: the server was restored from a backup since; it may have gone out
	UndoTooLate      ProblemKind = 36 // a transfer of more than 10 s ago
	UndoTaken        ProblemKind = 37 // a transferred chat that was opened, answered or given on; Args: the holder's name or ""
	NoClock          ProblemKind = 38 // nothing is running out, or "I'm on it" was said in this waiting
	TooLong          ProblemKind = 40 // Args: length, limit
	EmptyText        ProblemKind = 41
	BadValue         ProblemKind = 42 // Args: which field
	Duplicate        ProblemKind = 43 // it exists already; Args: which field, of an asset its name too
	Changed          ProblemKind = 44 // somebody else has changed it since; look again
	TooMany          ProblemKind = 45 // Args: the limit
	NoCredentials    ProblemKind = 46 // the server has no such credentials for the channel; Args: their name
	NotUncertain     ProblemKind = 50 // the message's fate is known by now
	NoRoom           ProblemKind = 60 // the disk is full: the server's, or this machine's
	ReadOnly         ProblemKind = 61 // the disk can only be read: the server's, or this machine's
	NotConnected     ProblemKind = 62 // a console's own: this cannot be done while the server is away
	NotEnded         ProblemKind = 63 // a console's own: commands and decisions have not ended yet; Args: how many
	OtherAgent       ProblemKind = 64 // a console's own: another agent wrote it on this machine; Args: the name or ""
	FateLost         ProblemKind = 65 // a console's own: this machine's files do not say whether it went out
	NotConfirmed     ProblemKind = 66 // a console's own: it was sent and is not confirmed yet; it may still take effect
	OnlyHere         ProblemKind = 67 // a console's own: texts that are on this machine alone; Args: how many
)

// Problem is the one error that crosses a border.
type Problem struct {
	Kind ProblemKind
	Args []string
}

// Error gives the kind's number and its arguments; the words for people stand in the page.
func (p *Problem) Error() string { return fmt.Sprintf("problem %d %q", p.Kind, p.Args) }

// NewProblem makes a Problem of kind with args.
func NewProblem(kind ProblemKind, args ...string) *Problem { return &Problem{Kind: kind, Args: args} }
