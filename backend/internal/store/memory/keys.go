package memory

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// The names of the values in state.keys.
var (
	teamPrefix      = str("team prefix")
	agentIn         = str("agent in team")
	assetVendor     = str("asset vendor")
	customerID      = str("customer id")
	address         = str("address")
	identityOf      = str("identity of customer")
	chatOpen        = str("chat open")
	chatAlias       = str("chat alias")
	chatOpenIn      = str("chat open in team")
	chatOf          = str("chat of identity")
	chatHeld        = str("chat held")
	chatQueued      = str("chat queued")
	chatWaiting     = str("chat waiting")
	chatOfCustomer  = str("chat of customer")
	messageID       = str("message id")
	messageVendor   = str("message vendor")
	messageAnswer   = str("message answer")
	messageInbound  = str("message inbound")
	messageReply    = str("message reply")
	mediaDue        = str("media due")
	outgoingDue     = str("outgoing due")
	outgoingSending = str("outgoing sending")
	outgoingOpen    = str("outgoing open")
	outgoingIn      = str("outgoing in state")
	outgoingDone    = str("outgoing done")
	timerDue        = str("timer due")
)

func noKeys[V any](*V) []string { return nil }

func teamKeys(t *desk.Team) []string { return []string{teamPrefix + str(t.Prefix)} }

func agentKeys(a *desk.Agent) (keys []string) {
	for _, t := range a.Teams {
		keys = append(keys, agentIn+str(t)+str(a.ID))
	}
	return keys
}

func assetKeys(a *desk.Asset) []string {
	return []string{assetVendor + str(a.Channel) + str(a.VendorID)}
}

func customerKeys(c *chat.Customer) []string { return []string{customerID + str(store.Fold(c.ID))} }

func addressKey(ch chat.Channel, a chat.Address) string {
	return address + str(ch) + str(a.Kind) + str(a.Value)
}

func identityKeys(i *chat.Identity) []string {
	keys := []string{identityOf + str(i.Customer) + str(i.ID)}
	for _, a := range i.Addresses {
		keys = append(keys, addressKey(i.Channel, a))
	}
	return keys
}

func chatKeys(c *chat.Chat) []string {
	keys := []string{
		chatOf + str(c.Identity) + num(c.CreatedAt) + str(c.ID),
		chatOfCustomer + str(c.Customer) + num(-c.CreatedAt) + str(c.ID),
	}
	if c.Alias != "" {
		keys = append(keys, chatAlias+str(store.Fold(c.Alias)))
	}
	if c.Status != chat.Closed {
		keys = append(keys, chatOpen+str(c.Identity)+str(c.Asset), chatOpenIn+str(c.Team)+str(c.ID))
	}
	if c.Status == chat.Queued {
		keys = append(keys, chatWaiting+str(c.Team)+str(store.Place(c)))
	}
	switch {
	case c.Status == chat.Queued, c.Status == chat.OnHold && c.Assignee == "":
		keys = append(keys, chatQueued+str(c.Team)+str(c.ID))
	case c.Status == chat.OnHold, c.Status == chat.Picked && c.Assignee != "":
		keys = append(keys, chatHeld+str(c.Assignee)+str(c.ID))
	}
	return keys
}

func messageKeys(m *message) []string {
	place := str(m.Chat) + num(m.Number)
	keys := []string{messageID + str(m.ID)}
	if m.vendor.ID != "" {
		keys = append(keys, messageVendor+str(m.vendor.Channel)+str(m.vendor.ID))
	}
	if chat.Answers(&m.Message) {
		keys = append(keys, messageAnswer+place)
	}
	switch m.Kind {
	case chat.Inbound:
		keys = append(keys, messageInbound+place)
	case chat.Reply:
		keys = append(keys, messageReply+place)
	}
	return keys
}

func mediaKeys(m *desk.Media) []string {
	if m.State != chat.MediaPending {
		return nil
	}
	return []string{mediaDue + num(m.NextAt) + str(m.ID)}
}

func outgoingKeys(o *desk.Outgoing) []string {
	if o.State == desk.OutDone {
		return []string{outgoingDone + num(o.Since) + str(o.Message)}
	}
	place := str(o.Chat) + num(o.Number) + str(o.Message)
	keys := []string{outgoingIn + str(o.State) + str(o.Message)}
	switch o.State {
	case desk.OutPending:
		keys = append(keys, outgoingOpen+place, outgoingDue+num(o.NextAt)+str(o.Message))
	case desk.OutSending:
		keys = append(keys, outgoingOpen+place, outgoingSending+place)
	}
	return keys
}

func draftKey(a chat.AgentID, c chat.ID) string { return str(a) + str(c) }

func timerKeys(t *desk.Timer) []string { return []string{timerDue + num(t.At) + str(t.ID)} }
