package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/vendors"
	"parley/backend/internal/vendors/customers"
	"parley/backend/wire"
)

// stageClock is the server's clock. While the stage is set it stands as far back as the scene that is played, so
// that customers have been waiting for as long as it looks.
type stageClock struct{ back atomic.Int64 }

func (c *stageClock) now() time.Time { return time.Now().Add(-time.Duration(c.back.Load())) }

// moment is a step of one of the scenes.
type moment struct {
	scene *customers.Scene
	step  int
	last  bool
	reads bool // a customer is read who waits
}

func (m moment) ago() time.Duration { return m.scene.Steps[m.step].Ago }

// script is what is to be played, and sets the clock back to before it. After the first start it is empty, and the
// people only remember where their stories stand.
func (d *Demo) script() ([]moment, error) {
	all := inOrder(d.crowd.Scenes())
	switch _, err := os.Stat(d.played()); {
	case err == nil:
		return nil, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	if len(all) > 0 {
		d.stage.back.Store(int64(all[0].ago() + time.Minute))
	}
	return all, nil
}

// played is a file that is there once the stage was set.
func (d *Demo) played() string { return filepath.Join(d.config.DataDir, "demo-played") }

// play sets the stage and lets the clock go right from then on.
func (d *Demo) play(ctx context.Context, c *company, script []moment) error {
	p := &player{Demo: d, company: c}
	defer d.stage.back.Store(0)
	for _, m := range script {
		d.stage.back.Store(int64(m.ago()))
		if err := p.act(ctx, m); err != nil {
			return fmt.Errorf("play %s: %w", m.scene.State, err)
		}
	}
	return os.WriteFile(d.played(), nil, 0o600)
}

// inOrder returns the steps of all scenes, the longest ago first.
func inOrder(scenes []customers.Scene) []moment {
	var all []moment
	pending := lastOf(scenes, customers.Pending)
	for i := range scenes {
		s := &scenes[i]
		for step := range s.Steps {
			last := step == len(s.Steps)-1
			all = append(all, moment{s, step, last, last && (s == pending || s.State == customers.Thanked)})
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(b.ago(), a.ago()) })
	return all
}

func lastOf(scenes []customers.Scene, state customers.State) *customers.Scene {
	for i := range slices.Backward(scenes) {
		if scenes[i].State == state {
			return &scenes[i]
		}
	}
	return nil
}

// player plays scenes: the customers' part as webhooks, the agent's as commands.
type player struct {
	*Demo
	*company
	replies int
}

func (p *player) act(ctx context.Context, m moment) error {
	step := m.scene.Steps[m.step]
	if step.Say == nil {
		return p.answer(ctx, m.scene, step.Answer, m.last)
	}
	said := *step.Say
	said.At = p.stage.now()
	status, err := p.whatsapp.Post(ctx, p.whatsapp.Body(p.whatsapp.Message(m.scene.Person, m.scene.Number, said)))
	if err != nil || status != http.StatusOK {
		return errors.Join(fmt.Errorf("a webhook was answered %d", status), err)
	}
	if m.scene.State == customers.InQueue {
		return nil
	}
	return p.receive(ctx, m)
}

// receive does what the agent does when a customer has written: takes the chat, and as the scene has it opens it.
func (p *player) receive(ctx context.Context, m moment) error {
	c, err := p.find(ctx, m.scene)
	if err == nil && c.Status == chat.Queued {
		err = p.take(ctx, &c, m.scene.State == customers.Unopened)
	}
	if err != nil || m.scene.State == customers.Unopened {
		return err
	}
	if m.step == 0 {
		return p.command(ctx, p.you, chat.Command{Kind: chat.CmdOpen, Chat: c.ID, Assignment: c.Assignment})
	}
	if m.reads {
		return p.command(ctx, p.you, chat.Command{Kind: chat.CmdRead, Chat: c.ID, Assignment: c.Assignment, UpTo: c.LastNumber})
	}
	return nil
}

// take makes c the agent's: given by a colleague who had it, or picked. c is then as it is afterwards.
func (p *player) take(ctx context.Context, c *chat.Chat, given bool) error {
	by := p.you
	if given {
		by = p.others[0]
	}
	err := p.command(ctx, by, chat.Command{Kind: chat.CmdPick, Chat: c.ID, Assignment: c.Assignment})
	if err == nil && given {
		err = p.give(ctx, by, c)
	}
	if err != nil {
		return err
	}
	return p.look(ctx, c)
}

// give has a colleague transfer c to the agent, who is heard at that moment.
func (p *player) give(ctx context.Context, by chat.AgentID, c *chat.Chat) error {
	if err := p.look(ctx, c); err != nil {
		return err
	}
	if _, err := p.server.Submit(ctx, desk.Heard{Agents: []chat.AgentID{p.you}}); err != nil {
		return err
	}
	return p.command(ctx, by, transfer(c, p.you, notes[0]))
}

// look reads c afresh.
func (p *player) look(ctx context.Context, c *chat.Chat) error {
	return p.server.Read(ctx, func(r store.Reader) error {
		*c, _ = r.Chat(c.ID)
		return r.Err()
	})
}

// fate is what becomes of a reply: what the vendor does with the call, and what it says afterwards.
type fate struct {
	fault    vendors.FaultKind
	statuses []string
}

// fates are what becomes of the replies that end as they should, one after the other.
var fates = []fate{
	{vendors.Slow, []string{"sent", "delivered", "read"}},
	{vendors.Slow, []string{"sent", "delivered"}},
	{vendors.DropAfter, []string{"delivered", "read"}}, // for a while nobody knows whether it went out
	{vendors.Slow, []string{"read", "sent", "delivered"}},
}

// outsideWindow is WhatsApp's error for a message that came too late.
const outsideWindow = 131047

// answer has the agent reply, and the vendor take it as the scene has it.
func (p *player) answer(ctx context.Context, s *customers.Scene, text string, last bool) error {
	c, err := p.find(ctx, s)
	if err != nil {
		return err
	}
	f := fates[p.replies%len(fates)]
	if last && s.State == customers.Rejected {
		f = fate{vendors.Slow, []string{"sent", "failed"}}
	}
	p.replies++
	before := len(p.whatsapp.Received())
	p.whatsapp.Fail(vendors.Fault{Kind: f.fault, Silent: true})
	err = p.command(ctx, p.you, chat.Command{Kind: chat.CmdReply, Chat: c.ID, Assignment: c.Assignment, Base: c.LastNumber, Text: text})
	if err != nil {
		return err
	}
	all, err := p.whatsapp.Await(ctx, before+1)
	if err != nil {
		return err
	}
	return p.report(ctx, all[before], f.statuses)
}

// report has the vendor say what became of a message.
func (p *player) report(ctx context.Context, of vendors.Received, statuses []string) error {
	for _, name := range statuses {
		code := 0
		if name == "failed" {
			code = outsideWindow
		}
		status, err := p.whatsapp.Post(ctx, p.whatsapp.StatusBody(of, name, code, p.stage.now()))
		if err != nil || status != http.StatusOK {
			return errors.Join(fmt.Errorf("a status was answered %d", status), err)
		}
	}
	return nil
}

// find returns the open chat of a scene.
func (p *player) find(ctx context.Context, s *customers.Scene) (c chat.Chat, err error) {
	address := chat.Address{Kind: chat.UserID, Value: s.Person.UserID}
	if s.Person.Phone != "" {
		address = chat.Address{Kind: chat.Phone, Value: "+" + s.Person.Phone}
	}
	err = p.server.Read(ctx, func(r store.Reader) error {
		identity, _ := r.IdentityByAddress(chat.WhatsApp, address)
		asset, _ := r.AssetByVendor(chat.WhatsApp, s.Number)
		var ok bool
		if c, ok = r.OpenChat(identity.ID, asset.ID); !ok {
			return errors.New("no chat")
		}
		return r.Err()
	})
	return c, err
}

// command has an agent do something, from a device of the demo's own.
func (d *Demo) command(ctx context.Context, who chat.AgentID, c chat.Command) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	from := desk.FromAgent{Agent: who, Device: chat.DeviceID("demo-" + who), ID: chat.CommandID(id.String()), Command: c}
	err = d.server.Read(ctx, func(r store.Reader) error {
		device, _ := r.Device(from.Device)
		from.Number = device.LastNumber + 1
		from.Epoch = r.Head(desk.AgentStream(who)).Epoch
		return r.Err()
	})
	if err != nil {
		return err
	}
	a, err := d.server.Submit(ctx, from)
	switch {
	case err != nil:
		return err
	case a.Result == nil:
		return fmt.Errorf("%s was not decided", c.Kind)
	case a.Result.Outcome != wire.Done && a.Result.Outcome != wire.Nothing:
		return fmt.Errorf("%s was %s: %w", c.Kind, a.Result.Outcome, a.Result.Problem)
	}
	return nil
}
