package memory

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
)

func (r *reader) Rows(yield func(desk.Write) bool) {
	_ = each(&r.teams, yield, func(v desk.Team) desk.Write { return desk.PutTeam{Team: v} }) &&
		each(&r.agents, yield, func(v desk.Agent) desk.Write { return desk.PutAgent{Agent: v} }) &&
		each(&r.credentials, yield, func(v desk.Credential) desk.Write { return desk.PutCredential{Credential: v} }) &&
		each(&r.assets, yield, func(v desk.Asset) desk.Write { return desk.PutAsset{Asset: v} }) &&
		each(&r.tokens, yield, func(v desk.Token) desk.Write { return desk.PutToken{Token: v} }) &&
		each(&r.customers, yield, func(v chat.Customer) desk.Write { return desk.PutCustomer{Customer: v} }) &&
		each(&r.identities, yield, func(v chat.Identity) desk.Write { return desk.PutIdentity{Identity: v} }) &&
		each(&r.chats, yield, func(v chat.Chat) desk.Write { return desk.PutChat{Chat: v} }) &&
		each(&r.messages, yield, func(v message) desk.Write { return desk.PutMessage{Message: v.Message, Vendor: v.vendor} }) &&
		each(&r.media, yield, func(v desk.Media) desk.Write { return desk.PutMedia{Media: v} }) &&
		each(&r.outgoing, yield, func(v desk.Outgoing) desk.Write { return desk.PutOutgoing{Outgoing: v} }) &&
		each(&r.timers, yield, func(v desk.Timer) desk.Write { return desk.PutTimer{Timer: v} }) &&
		each(&r.devices, yield, func(v desk.Device) desk.Write { return desk.PutDevice{Device: v} }) &&
		each(&r.results, yield, func(v result) desk.Write { return desk.PutResult{Result: v.Result} }) &&
		each(&r.drafts, yield, func(v desk.Draft) desk.Write { return desk.PutDraft{Draft: v} })
}

// each yields the writes of rows and reports whether to go on.
func each[V any](rows *tree[V], yield func(desk.Write) bool, put func(V) desk.Write) bool {
	for _, row := range rows.from("") {
		if !yield(put(row)) {
			return false
		}
	}
	return true
}
