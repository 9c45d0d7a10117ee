package chat

// freeText is how long free text may follow the customer's last message on WhatsApp.
const freeText Millis = 24 * 3600 * 1000

// Window returns until when free text may be sent on a channel whose customer wrote last at lastInbound, and
// whether the channel has such a window at all (rule D6). 0: it has not begun, because the customer has never written.
func Window(ch Channel, lastInbound Millis) (until Millis, windowed bool) {
	if ch != WhatsApp {
		return 0, false
	}
	if lastInbound == 0 {
		return 0, true
	}
	return lastInbound + freeText, true
}
