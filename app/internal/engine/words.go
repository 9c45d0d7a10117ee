package engine

import "parley/app/internal/replica"

// words are those that Go says itself; the page has its own.
type words struct {
	newChat     string
	newMessages string // of how many
	release     string // in how many minutes
	marks       map[replica.Phase]string
}

var english = words{
	newChat:     "New chat",
	newMessages: "%d new messages",
	release:     "Goes back to the queue in %d min",
	marks: map[replica.Phase]string{
		replica.Connecting: "connecting", replica.CatchingUp: "catching up", replica.Offline: "offline",
		replica.SignedOut: "signed out", replica.TooOld: "update needed",
		replica.Replaced: "open elsewhere",
	},
}

var german = words{
	newChat:     "Neuer Chat",
	newMessages: "%d neue Nachrichten",
	release:     "Geht in %d min zurück in die Warteschlange",
	marks: map[replica.Phase]string{
		replica.Connecting: "verbindet", replica.CatchingUp: "holt auf", replica.Offline: "offline",
		replica.SignedOut: "abgemeldet", replica.TooOld: "Update nötig",
		replica.Replaced: "anderswo geöffnet",
	},
}

func wordsOf(language string) *words {
	if language == "de" {
		return &german
	}
	return &english
}
