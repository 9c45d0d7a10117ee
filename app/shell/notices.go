package shell

import (
	"context"
	"log/slog"
	"strings"
	"unicode"

	"github.com/gen2brain/beeep"

	"parley/app/internal/engine"
)

// notices is the desktop's way of showing notifications.
type notices interface {
	// notify shows n in the place of an earlier one of its chat.
	notify(n engine.Notification) error
	// withdraw takes the chat's away.
	withdraw(chat string)
	close()
}

// openNotices connects to the desktop's service; where there is none, notifications cannot be clicked. clicked is
// called with the chat of one that was.
func openNotices(ctx context.Context, clicked func(chat string)) notices {
	n, err := openDesktopNotices(ctx, clicked)
	if err == nil {
		return n
	}
	slog.Info("notifications are shown without clicks", "why", err)
	return plainNotices{}
}

// plainNotices shows what nobody can click or take away.
type plainNotices struct{}

func (plainNotices) notify(n engine.Notification) error {
	beeep.AppName = "Parley"
	return beeep.Notify(plain(n.Title), escape(plain(n.Body)), "")
}
func (plainNotices) withdraw(string) {}
func (plainNotices) close()          {}

// maxNotice is how many characters of a text a notification shows.
const maxNotice = 300

// plain makes of a customer's text one that can do nothing but be read: no control or direction characters, not long.
func plain(text string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		switch n++; {
		case n > maxNotice:
			return -1
		case r == '\n':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return ' '
		}
		return r
	}, text)
}

// escape keeps a text from being read as the markup that notification services know: links and pictures.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
