package desk

import (
	"fmt"
	"slices"

	"parley/backend/chat"
)

// reopenWithin is how long after its closing a chat is reopened by its customer (rule P5).
const reopenWithin chat.Millis = 7 * 24 * 3600 * 1000

// inbound takes in a customer's message. The message is stored in the same outcome as all that follows from it.
func (d *decision) inbound(in *Inbound) Answer {
	if p := in.check(); p != nil {
		return Answer{Problem: p}
	}
	var asset Asset
	known := key(in.AssetVendor)
	if known {
		asset, known = d.was.AssetByVendor(in.Channel, in.AssetVendor)
	}
	if !known {
		return problem(chat.NotFound, "asset")
	}
	team, ok := d.was.Team(asset.Team)
	if !ok {
		panic(fmt.Sprintf("BUG: desk: asset %s without its team", asset.ID))
	}
	if _, seen := d.was.MessageByVendor(in.Channel, in.VendorID); seen {
		return Answer{Duplicate: true}
	}
	who := d.sender(in)
	c := d.chatFor(&who, &asset, &team)
	d.hear(&c, in, &asset)
	d.putChat(&c)
	return Answer{}
}

// check bounds what the vendor says; the texts are bounded where they are kept.
func (in *Inbound) check() *chat.Problem {
	if !key(in.VendorID) {
		return chat.NewProblem(chat.BadValue, "vendor_id")
	}
	if len(in.Addresses) == 0 || len(in.Addresses) > MaxAddresses {
		return chat.NewProblem(chat.BadValue, "addresses")
	}
	for _, a := range in.Addresses {
		if !key(a.Value) || a.Kind != chat.Phone && a.Kind != chat.UserID && a.Kind != chat.Mail {
			return chat.NewProblem(chat.BadValue, "addresses")
		}
	}
	return nil
}

// chatFor returns the open chat of (who, asset): the one there is, the last one reopened, or a new one.
func (d *decision) chatFor(who *chat.Identity, asset *Asset, team *Team) chat.Chat {
	if c, ok := d.openChat(who.ID, asset.ID); ok {
		return c
	}
	if c, ok := d.lastClosed(who.ID, asset.ID); ok && d.now-d.closedAt(&c) <= reopenWithin {
		d.reopen(&c)
		return c
	}
	return chat.Chat{
		ID: d.newChatID(team), Status: chat.Queued, Team: team.ID, Asset: asset.ID, Identity: who.ID,
		Customer: who.Customer, Channel: who.Channel, Priority: asset.Priority, CreatedAt: d.now,
	}
}

// newChatID draws again should an id be taken.
func (d *decision) newChatID(team *Team) chat.ID {
	for range maxDraws {
		id := d.ids.ChatID(team.Prefix)
		if _, taken := d.was.Chat(id); !taken {
			return id
		}
	}
	panic("BUG: desk: no free chat id")
}

// maxDraws is how often an id is drawn before something must be wrong with its source.
const maxDraws = 100

// lastClosed returns the newest chat of (identity, asset); none of them is open.
func (d *decision) lastClosed(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	last, found := d.was.LastChat(i, a)
	for _, c := range d.chats.all() {
		if c.Identity == i && c.Asset == a && (!found || c.CreatedAt > last.CreatedAt) {
			last, found = c, true
		}
	}
	return last.Clone(), found
}

// closedAt is when the line that closed c was written. Notes may follow it.
func (d *decision) closedAt(c *chat.Chat) chat.Millis {
	m, _ := d.message(c.ID, c.SettledTo)
	return m.At
}

// reopen gives c back to its last agent if the agent is there, in its team, not full and has not let it go, else to
// the queue (rule P5). The caller adds the customer's message.
func (d *decision) reopen(c *chat.Chat) {
	last, ok := d.present(c.Assignee)
	if ok && slices.Contains(last.Teams, c.Team) && last.ID != c.Course.LetGo && d.load(last.ID) < last.Threshold {
		d.note(c, "reopened", last.Name)
		d.assign(c, last.ID)
		return
	}
	d.note(c, "reopened")
	d.release(c)
}

// wake brings a held chat back to its holder, in the same assignment, or to the queue (rule P4).
func (d *decision) wake(c *chat.Chat) {
	if c.Status != chat.OnHold {
		return
	}
	if _, ok := d.present(c.Assignee); ok {
		c.Status = chat.Picked
		return
	}
	if name := d.agentName(c.Assignee); name != "" {
		d.note(c, "queued", name)
	} else {
		d.note(c, "queued")
	}
	d.release(c)
}

// hear appends the customer's message to c.
func (d *decision) hear(c *chat.Chat, in *Inbound, asset *Asset) {
	m := d.say(c, chat.Message{
		Kind: chat.Inbound, Text: clean(in.Text, MaxInboundText), Attachments: d.attachments(in.Files),
		VendorAt: max(in.VendorAt, 0), Unsupported: line(in.Unsupported, MaxName),
	}, VendorKey{in.Channel, in.VendorID})
	c.LastInboundAt = m.At
	d.fetch(&m, in.Files, asset)
	d.refresh(c)
	d.wake(c)
}
