package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/channel"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// hook answers a vendor: GET is its question whether the address is ours, POST is what customers wrote and what
// became of our replies. 200 means that all of the body is stored; 503 that the vendor must send it again.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	status, result := s.receive(w, r)
	s.figures.webhooks.WithLabelValues(result).Inc()
	if status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
	}
}

// receive returns the status to answer with and the name of it in the figures.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (status int, result string) {
	cred, ok, err := s.credential(r.Context(), r.PathValue("credentials"))
	switch {
	case err != nil:
		return s.unavailable("find the credentials", err)
	case !ok:
		return http.StatusNotFound, "unknown_credentials"
	case r.Method == http.MethodGet:
		return s.verify(w, r, cred)
	}
	raw, status, result := s.readBody(w, r)
	if status != http.StatusOK {
		return status, result
	}
	batch, err := s.vendor.Parse(cred, r.Header, raw)
	switch {
	case errors.Is(err, channel.ErrSignature):
		return http.StatusUnauthorized, "bad_signature"
	case err != nil:
		return http.StatusBadRequest, "malformed"
	}
	s.figures.unreadable.Add(float64(batch.Unreadable))
	if err := s.take(r.Context(), batch); err != nil {
		return s.unavailable("store a webhook", err)
	}
	crash.Point(crash.WebhookStored)
	return http.StatusOK, "stored"
}

func (s *Server) verify(w http.ResponseWriter, r *http.Request, cred desk.Credential) (int, string) {
	challenge, ok := s.vendor.Verify(cred, r.URL.Query())
	if !ok {
		return http.StatusForbidden, "not_verified"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, challenge)
	return http.StatusOK, "verified"
}

// readBody reads no more than the vendor ever sends.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, int, string) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.vendor.MaxBody()))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge, "too_large"
	case err != nil:
		return nil, http.StatusBadRequest, "cut_off"
	}
	return raw, http.StatusOK, ""
}

// errFault: a part could not be decided by a fault of ours. The other parts are stored.
var errFault = errors.New("server: a part of a webhook met a fault")

// take has a body's parts committed in their order. An error says that the vendor must send the body again; what
// was stored until then is recognised by its ids.
func (s *Server) take(ctx context.Context, batch channel.Batch) error {
	var parts []desk.Command
	for _, m := range batch.Messages {
		parts = append(parts, m)
	}
	for _, report := range batch.Statuses {
		parts = append(parts, report)
	}
	var fault error
	for some := range slices.Chunk(parts, commit.DefaultMaxBatch) {
		err := s.takeSome(ctx, some)
		if fault = errors.Join(fault, err); hopeless(err) {
			return fault
		}
	}
	return fault
}

// takeSome commits some parts together, so that a body of thousands does not wait for the disk as often. Where one
// of them cannot be stored, each is committed by itself.
func (s *Server) takeSome(ctx context.Context, parts []desk.Command) (fault error) {
	answers, err := s.SubmitAll(ctx, parts)
	switch {
	case err == nil:
		for i, a := range answers {
			fault = errors.Join(fault, s.taken(parts[i], a))
		}
		return fault
	case !unfit(err):
		return err
	}
	for _, part := range parts {
		err := s.takePart(ctx, part)
		if fault = errors.Join(fault, err); hopeless(err) {
			return fault
		}
	}
	return fault
}

// hopeless reports whether err will meet the next part as well.
func hopeless(err error) bool { return err != nil && !errors.Is(err, errFault) }

// unfit reports whether err concerns one part only.
func unfit(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnfit)
}

func (s *Server) takePart(ctx context.Context, part desk.Command) error {
	a, err := s.Submit(ctx, part)
	switch {
	case unfit(err):
		return errors.Join(errFault, err)
	case err != nil:
		return err
	}
	return s.taken(part, a)
}

// taken notes a message that had no effect; that will not come right by sending it again, unless it was our fault.
func (s *Server) taken(part desk.Command, a desk.Answer) error {
	if a.Problem != nil && a.Problem.Kind == chat.Internal {
		return errFault
	}
	if m, ok := part.(desk.Inbound); ok && a.Problem != nil {
		s.turnedAway(m, a.Problem)
	}
	return nil
}

// turnedAway counts a message that was not stored: for a number that no asset has, or unreadable for our rules.
func (s *Server) turnedAway(m desk.Inbound, p *chat.Problem) {
	if p.Kind != chat.NotFound {
		s.figures.unreadable.Inc()
		return
	}
	s.figures.unknown.Inc()
	s.numbers.add(m.Channel, m.AssetVendor, s.Now())
}

func (s *Server) unavailable(what string, err error) (int, string) {
	if !errors.Is(err, context.Canceled) {
		s.Log.Error("server: "+what, "error", err)
	}
	return http.StatusServiceUnavailable, "unavailable"
}

func (s *Server) credential(ctx context.Context, name string) (c desk.Credential, ok bool, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		c, ok = r.Credential(name)
		return r.Err()
	})
	return c, ok, err
}
