package desk

import (
	"slices"
	"strings"

	"parley/backend/chat"
)

// addressesKept is how many addresses of a kind an identity has; a further one takes the place of the oldest.
const addressesKept = 5

// sender returns the identity that a message is from: the known one, the one that two turn out to be, or a
// new one of a new customer (rules I1-I4).
func (d *decision) sender(in *Inbound) chat.Identity {
	known := d.known(in)
	if len(known) == 0 {
		return d.newPerson(in)
	}
	who := known[0]
	for _, other := range known[1:] {
		who = d.join(who, other)
	}
	return d.keepFresh(who, in)
}

// known returns the identities that a message's addresses belong to, by user id and then by phone.
func (d *decision) known(in *Inbound) []chat.Identity {
	var all []chat.Identity
	for _, kind := range []chat.AddressKind{chat.UserID, chat.Phone, chat.Mail} {
		for _, a := range in.Addresses {
			if a.Kind != kind {
				continue
			}
			i, ok := d.was.IdentityByAddress(in.Channel, a)
			if ok && !slices.ContainsFunc(all, func(k chat.Identity) bool { return k.ID == i.ID }) {
				all = append(all, i)
			}
		}
	}
	return all
}

func (d *decision) newPerson(in *Inbound) chat.Identity {
	name := line(in.ProfileName, MaxName)
	c := chat.Customer{Key: chat.CustomerKey(d.ids.Opaque()), ID: d.newCustomerID(), Name: name}
	i := chat.Identity{ID: chat.IdentityID(d.ids.Opaque()), Customer: c.Key, Channel: in.Channel,
		Addresses: withNewest(nil, in.Addresses), ProfileName: name}
	d.putCustomer(c)
	return d.putIdentity(i)
}

// newCustomerID draws again should an id be taken.
func (d *decision) newCustomerID() chat.CustomerID {
	for range maxDraws {
		id := d.ids.CustomerID()
		if _, taken := d.was.CustomerByID(id); !taken {
			return id
		}
	}
	panic("BUG: desk: no free customer id")
}

// keepFresh notes the addresses and the name that who writes with now.
func (d *decision) keepFresh(who chat.Identity, in *Inbound) chat.Identity {
	before := who
	who.Addresses = withNewest(who.Addresses, in.Addresses)
	if name := line(in.ProfileName, MaxName); name != "" {
		d.rename(who.Customer, who.ProfileName, name)
		who.ProfileName = name
	}
	if !sameIdentity(&before, &who) || before.ProfileName != who.ProfileName {
		who = d.putIdentity(who)
	}
	return who
}

// putCustomer keeps a changed customer. Streams that carry it may reach a console in any order: the revision says
// which of two states is the later.
func (d *decision) putCustomer(c chat.Customer) {
	before, _ := d.was.Customer(c.Key)
	c.Revision = max(before.Revision+1, int64(d.now))
	d.customers.put(c.Key, c)
}

// putIdentity is putCustomer for an identity; what consoles do not see of it is no revision.
func (d *decision) putIdentity(i chat.Identity) chat.Identity {
	before, ok := d.was.Identity(i.ID)
	if i.Revision = before.Revision; !ok || !sameIdentity(&before, &i) {
		i.Revision = max(before.Revision+1, int64(d.now))
	}
	d.identities.put(i.ID, i)
	return i
}

// rename gives a customer the vendor's newer name unless a person has chosen another (rule I5).
func (d *decision) rename(k chat.CustomerKey, before, name string) {
	c, ok := d.customer(k)
	if !ok || c.Name == name || c.Name != "" && c.Name != before {
		return
	}
	c.Name = name
	d.putCustomer(c)
}

// withNewest adds to addresses those that were seen now. Of each kind the one seen last stands last, and the
// newest addressesKept are kept.
func withNewest(addresses, seen []chat.Address) []chat.Address {
	all := slices.Clone(addresses)
	for _, a := range seen {
		if last, ok := lastOf(all, a.Kind); ok && last == a {
			continue
		}
		all = slices.DeleteFunc(all, func(x chat.Address) bool { return x == a })
		all = append(all, a)
	}
	kept := map[chat.AddressKind]int{}
	for i := len(all) - 1; i >= 0; i-- {
		if kept[all[i].Kind]++; kept[all[i].Kind] > addressesKept {
			all = slices.Delete(all, i, i+1)
		}
	}
	return all
}

func lastOf(addresses []chat.Address, kind chat.AddressKind) (chat.Address, bool) {
	for _, a := range slices.Backward(addresses) {
		if a.Kind == kind {
			return a, true
		}
	}
	return chat.Address{}, false
}

// reach is the address that a reply goes to: the phone seen last, or else the user id.
func reach(i *chat.Identity) (chat.Address, bool) {
	for _, kind := range []chat.AddressKind{chat.Phone, chat.UserID, chat.Mail} {
		if a, ok := lastOf(i.Addresses, kind); ok {
			return a, true
		}
	}
	return chat.Address{}, false
}

// join makes one of two identities that turned out to be the same person's: the older stays and takes over the
// other's addresses and chats (rule I3).
func (d *decision) join(a, b chat.Identity) chat.Identity {
	older, newer := a, b
	if d.older(&b, &a) {
		older, newer = b, a
	}
	d.drops = append(d.drops, DropIdentity{newer.ID})
	d.identities.remove(newer.ID)
	older.Addresses = withNewest(older.Addresses, newer.Addresses)
	older = d.putIdentity(older)
	for _, c := range d.chatsOf(newer.ID) {
		d.rehome(&c, &older)
	}
	d.dropIfEmpty(newer.Customer, older.Customer)
	return older
}

// older reports whether a's first chat is before b's.
func (d *decision) older(a, b *chat.Identity) bool {
	fa, fb := d.firstChat(a.ID), d.firstChat(b.ID)
	if fa != fb {
		return fa < fb
	}
	return strings.Compare(string(a.ID), string(b.ID)) < 0
}

// firstChat is when an identity's first chat was made: an identity is made together with a chat.
func (d *decision) firstChat(i chat.IdentityID) chat.Millis {
	chats := d.chatsOf(i)
	if len(chats) == 0 {
		return d.now
	}
	first := chats[0].CreatedAt
	for _, c := range chats[1:] {
		first = min(first, c.CreatedAt)
	}
	return first
}

// rehome gives a chat to the identity that stays, which can have only one open chat with an asset.
func (d *decision) rehome(c *chat.Chat, to *chat.Identity) {
	open, both := d.openChat(to.ID, c.Asset)
	c.Identity, c.Customer = to.ID, to.Customer
	if both && c.Status != chat.Closed {
		d.closeInto(c, &open)
	}
	d.putChat(c)
}

// closeInto closes c and carries over to the other chat what its customer waits on, so that nobody's words lie
// where nobody looks (rule I3).
func (d *decision) closeInto(c, open *chat.Chat) {
	waiting := d.unanswered(c)
	d.note(open, "identity_merged", string(c.ID))
	for _, m := range waiting {
		d.carryOver(m, open)
	}
	if len(waiting) > 0 {
		d.refresh(open)
		d.wake(open)
	}
	d.putChat(open)
	d.note(c, "identity_merged", string(open.ID))
	c.Status, c.SettledTo = chat.Closed, c.LastNumber
	d.refresh(c)
}

// carryOver repeats a customer's message in another chat, with the time at which it was received.
func (d *decision) carryOver(m chat.Message, to *chat.Chat) {
	m = m.Clone()
	m.ID = ""
	for i := range m.Attachments {
		m.Attachments[i].ID = d.carryFile(m.Attachments[i], to)
	}
	to.LastInboundAt = max(to.LastInboundAt, m.At)
	d.say(to, m, VendorKey{})
}

// carryFile returns the id of a file in the chat to. One that is there is the same file; one that is still to be
// fetched is fetched for both messages.
func (d *decision) carryFile(a chat.Attachment, to *chat.Chat) chat.MediaID {
	row, ok := d.was.Media(a.ID)
	if !ok || a.State == chat.MediaFailed {
		return a.ID
	}
	if row.State == chat.MediaPending {
		row.ID, row.Attempt, row.NextAt = chat.MediaID(d.ids.Opaque()), 0, d.now
	}
	row.Chat, row.Number = to.ID, to.LastNumber+1
	d.write(PutMedia{row})
	return row.ID
}

// dropIfEmpty removes a customer who has no identity left.
func (d *decision) dropIfEmpty(k, stays chat.CustomerKey) {
	if k == stays {
		return
	}
	for _, i := range d.was.IdentitiesOf(k) {
		if !slices.Contains(d.drops, Write(DropIdentity{i.ID})) {
			return
		}
	}
	d.customers.remove(k)
	d.write(DropCustomer{k})
}
