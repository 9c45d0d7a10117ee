package table

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store/row"
)

// Rows implements store.Reader.
func (r *Reader) Rows(yield func(desk.Write) bool) {
	_ = rows[row.Team](r, allTeams, yield, func(v desk.Team) desk.Write { return desk.PutTeam{Team: v} }) &&
		rows[row.Agent](r, allAgents, yield, func(v desk.Agent) desk.Write { return desk.PutAgent{Agent: v} }) &&
		rows[row.Credential](r, allCredentials, yield, func(v desk.Credential) desk.Write { return desk.PutCredential{Credential: v} }) &&
		rows[row.Asset](r, allAssets, yield, func(v desk.Asset) desk.Write { return desk.PutAsset{Asset: v} }) &&
		rows[row.Token](r, tokensByHash, yield, func(v desk.Token) desk.Write { return desk.PutToken{Token: v} }) &&
		rows[row.Customer](r, allCustomers, yield, func(v chat.Customer) desk.Write { return desk.PutCustomer{Customer: v} }) &&
		rows[row.Identity](r, allIdentities, yield, func(v chat.Identity) desk.Write { return desk.PutIdentity{Identity: v} }) &&
		rows[row.Chat](r, allChats, yield, func(v chat.Chat) desk.Write { return desk.PutChat{Chat: v} }) &&
		r.messages(yield) &&
		rows[row.Media](r, allMedia, yield, func(v desk.Media) desk.Write { return desk.PutMedia{Media: v} }) &&
		rows[row.Outgoing](r, allOutgoing, yield, func(v desk.Outgoing) desk.Write { return desk.PutOutgoing{Outgoing: v} }) &&
		rows[row.Timer](r, allTimers, yield, func(v desk.Timer) desk.Write { return desk.PutTimer{Timer: v} }) &&
		rows[row.Device](r, allDevices, yield, func(v desk.Device) desk.Write { return desk.PutDevice{Device: v} }) &&
		rows[row.Result](r, allResults, yield, func(v desk.Result) desk.Write { return desk.PutResult{Result: v} }) &&
		rows[row.Draft](r, allDrafts, yield, func(v desk.Draft) desk.Write { return desk.PutDraft{Draft: v} })
}

// rows yields what query finds as writes and reports whether to go on.
func rows[D row.Doc[N], N any](r *Reader, query string, yield func(desk.Write) bool, put func(N) desk.Write) bool {
	more := true
	r.each(query, nil, func(found Row) error {
		n, err := scan[D](found)
		if err != nil {
			return err
		}
		if more = yield(put(n)); !more {
			return ErrEnough
		}
		return nil
	})
	return more && r.err == nil
}

// messages yields them with the vendors' ids of them.
func (r *Reader) messages(yield func(desk.Write) bool) bool {
	more := true
	r.each(allMessages, nil, func(found Row) error {
		var channel, id string
		m, err := scan[row.Message](found, &channel, &id)
		if err != nil {
			return err
		}
		if more = yield(desk.PutMessage{Message: m, Vendor: desk.VendorKey{Channel: chat.Channel(channel), ID: id}}); !more {
			return ErrEnough
		}
		return nil
	})
	return more && r.err == nil
}
