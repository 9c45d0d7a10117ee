package view

// Targets is whom some chats could be given to. The page shows all of it and lets nothing be chosen that has a Problem.
type Targets struct {
	Seq   int64        `json:"seq"`
	Chats int          `json:"chats"` // how many it is about
	Names []string     `json:"names"` // the customers of the first 3 of them, in the list's order
	Live  bool         `json:"live"`  // as the server has it; false: reckoned from what this console knows, loads unknown
	At    int64        `json:"at"`    // the server time that it is of
	Teams []TargetTeam `json:"teams"` // the chats' own team first, then by name
}

// TargetTeam is a queue that could take the chats, and the agents of its team.
type TargetTeam struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Own     bool          `json:"own"`     // the chats' own: giving it to its queue is returning them
	Problem []Problem     `json:"problem"` // why its queue cannot be chosen; none or one
	Agents  []TargetAgent `json:"agents"`  // those that can be chosen first, by load and name
}

// TargetAgent is an agent who could take the chats.
type TargetAgent struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Load      int       `json:"load"` // -1: not known
	Threshold int       `json:"threshold"`
	Problem   []Problem `json:"problem"` // why not; none or one
}

// Company is what a manager or an admin can set: teams that the agent manages; of an admin all, with agents and assets.
type Company struct {
	Seq    int64      `json:"seq"`
	Teams  []TeamSet  `json:"teams"`  // by name
	Agents []AgentSet `json:"agents"` // by name; also for a manager, who may only look
	Assets []AssetSet `json:"assets"` // by name; also for a manager, who may only look
	// Channels are those that an asset can be made of: chat.Channel.
	Channels []string `json:"channels"`
}

// TeamSet is a team with its settings. Without an ID it is a new one.
type TeamSet struct {
	ID             string `json:"id"`
	Revision       int64  `json:"revision"` // that was seen
	Name           string `json:"name"`
	Prefix         string `json:"prefix"` // 3 characters of A-Z0-9; cannot be changed
	ReleaseMinutes int    `json:"releaseMinutes"`
	EscalateEvery  int    `json:"escalateEvery"`
	EscalateUnit   string `json:"escalateUnit"` // chat.SpanUnit
	EscalateUnset  bool   `json:"escalateUnset"`
	HoldDays       int    `json:"holdDays"`
	CloseDays      int    `json:"closeDays"`
	OnSignOut      string `json:"onSignOut"`  // chat.SignedOut
	AutoAssign     string `json:"autoAssign"` // chat.AutoAssign
}

// AgentSet is an agent with the account's settings. Without an ID it is a new one.
type AgentSet struct {
	ID        string   `json:"id"`
	Revision  int64    `json:"revision"`
	Name      string   `json:"name"`
	Role      string   `json:"role"` // chat.Role
	Teams     []string `json:"teams"`
	Manages   []string `json:"manages"`
	Threshold int      `json:"threshold"`
	Active    bool     `json:"active"`
	// NewToken asks for a further token, which Saved.Token is then; it is shown once and kept nowhere.
	NewToken   bool   `json:"newToken"`
	TokenLabel string `json:"tokenLabel"`
}

// AssetSet is an asset with what is set of it. Without an ID it is a new one.
type AssetSet struct {
	ID       string   `json:"id"`
	Revision int64    `json:"revision"`
	Channel  string   `json:"channel"` // cannot be changed
	Name     string   `json:"name"`
	Address  string   `json:"address"` // cannot be changed
	Team     string   `json:"team"`
	Shared   []string `json:"shared"`
	Priority int      `json:"priority"`
	Active   bool     `json:"active"`
	// VendorID and Credential are said of a new one; the server tells them no console.
	VendorID   string `json:"vendorId"`
	Credential string `json:"credential"` // the name of some that the server has
}

// Saved is what came of setting something.
type Saved struct {
	Problem []Problem `json:"problem"` // none: it is set
	Token   string    `json:"token"`   // of an AgentSet.NewToken
}
