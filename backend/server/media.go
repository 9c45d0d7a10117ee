package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/server/folder"
)

// mediaTime is how long a download may take; a console that is cut off asks for the rest by a range.
const mediaTime = 10 * time.Minute

// media hands out an attachment to an agent who may read its chat. What a customer sent is never trusted: it goes
// out as a file to save, with a name that is only a name, and no browser may run or guess it.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
	grant, err := s.door.Authenticate(r.Context(), auth.Bearer(r.Header))
	if err != nil {
		s.refuse(w, err)
		return
	}
	a, err := s.attachment(r.Context(), grant.Agent, chat.MediaID(r.PathValue("id")))
	if err != nil {
		s.refuse(w, err)
		return
	}
	f, err := os.Open(filepath.Join(folder.Media(s.DataDir), string(a.ID)))
	if err != nil {
		s.refuse(w, err)
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", safeType(a.MIME))
	h.Set("Content-Disposition", disposition(a.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	// A connection without deadlines keeps the server's own, which is shorter.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(mediaTime))
	http.ServeContent(w, r, "", time.Time{}, f)
}

// refuse answers a download that is not given. Whether a file exists is not told to those who may not read it.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, auth.ErrDenied):
		w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
		http.Error(w, "sign in", http.StatusUnauthorized)
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "not found", http.StatusNotFound)
	default:
		s.Log.Error("server: hand out an attachment", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
	}
}

// attachment returns the file id if it is there and the agent may read its chat, else fs.ErrNotExist.
func (s *Server) attachment(ctx context.Context, me chat.AgentID, id chat.MediaID) (a chat.Attachment, err error) {
	found := false
	err = s.store.Read(ctx, func(r store.Reader) error {
		file, ok := r.Media(id)
		if ok && desk.MaySee(r, me, file.Chat) {
			m, _ := r.Message(file.Chat, file.Number)
			i := slices.IndexFunc(m.Attachments, func(a chat.Attachment) bool { return a.ID == id && a.State == chat.MediaReady })
			if found = i >= 0; found {
				a = m.Attachments[i]
			}
		}
		return r.Err()
	})
	if err == nil && !found {
		err = fs.ErrNotExist
	}
	return a, err
}

// safeType is a vendor's word on a file's type if it is well formed, else that of unknown bytes.
func safeType(said string) string {
	kind, _, err := mime.ParseMediaType(said)
	if err != nil || !strings.Contains(kind, "/") {
		return "application/octet-stream"
	}
	return kind
}

// maxName is how many characters of an attachment's name are kept.
const maxName = 120

// disposition is a Content-Disposition header (RFC 6266) that says to save a file under name, made safe: without
// folders, control characters and marks that turn the direction of text to hide a file's ending.
func disposition(name string) string {
	safe := []rune(strings.Trim(strings.Map(keepInName, name), " ."))
	if len(safe) > maxName {
		safe = safe[len(safe)-maxName:] // the end says what kind of file it is
	}
	if len(safe) == 0 {
		safe = []rune("attachment")
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, asciiName(safe), percent(string(safe)))
}

func keepInName(r rune) rune {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffd, strings.ContainsRune(`/\:*?"<>|`, r):
		return -1
	case r >= 0x200e && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x061c:
		return -1
	}
	return r
}

// asciiName is for clients that do not read filename*.
func asciiName(name []rune) string {
	out := make([]byte, len(name))
	for i, r := range name {
		out[i] = '_'
		if r < 0x7f && r != '%' && r != '\'' {
			out[i] = byte(r)
		}
	}
	return string(out)
}

// percent encodes all but RFC 5987's attribute characters.
func percent(s string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~"
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
