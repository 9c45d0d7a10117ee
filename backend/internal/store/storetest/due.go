package storetest

import (
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

func testDue(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	read(t, s, func(r store.Reader) {
		out, file, timer := r.NextDue()
		for _, e := range []example{
			{"outgoing", r.DueOutgoing(20, 9), outgoing[1:3]},
			{"outgoing, one", r.DueOutgoing(20, 1), outgoing[1:2]},
			{"outgoing, too early", r.DueOutgoing(19, 9), []desk.Outgoing(nil)},
			{"media", r.DueMedia(20, 9), []desk.Media{media[3], media[2], media[1]}},
			{"media, one", r.DueMedia(20, 1), media[3:4]},
			{"media, earlier", r.DueMedia(19, 9), media[3:4]},
			{"timers", r.DueTimers(20, 9), []desk.Timer{timers[0], timers[2], timers[1]}},
			{"timers, earlier", r.DueTimers(19, 9), timers[:1]},
			{"NextDue", []chat.Millis{out, file, timer}, []chat.Millis{20, 10, 10}},
		} {
			same(t, e.what, e.want, e.got)
		}
	})
	commit(t, s, desk.PutTimer{Timer: desk.Timer{ID: "t0"}})
	read(t, s, func(r store.Reader) {
		_, _, timer := r.NextDue()
		same(t, "what is due at 0", chat.Millis(1), timer)
	})
}

// testInTurn follows one chat's rows: only the first that is open may go, and none while one is sending.
func testInTurn(t *testing.T, s store.Store) {
	row := func(id string, number int64, state desk.OutgoingState, at chat.Millis) desk.Write {
		return desk.PutOutgoing{Outgoing: desk.Outgoing{Message: chat.MessageID(id), Chat: "h", Number: number, State: state, NextAt: at}}
	}
	for _, step := range []struct {
		what   string
		writes []desk.Write
		due    []string
		send   []string
		next   chat.Millis
	}{
		{"the first of two", []desk.Write{row("x", 7, desk.OutPending, 5), row("a", 9, desk.OutPending, 1)}, []string{"x"}, nil, 5},
		{"the first waits for its moment", []desk.Write{row("x", 7, desk.OutPending, 50)}, nil, nil, 50},
		{"the first is sending", []desk.Write{row("x", 7, desk.OutSending, 5)}, nil, []string{"x"}, 0},
		{"an earlier one while one is sending", []desk.Write{row("w", 3, desk.OutPending, 1)}, nil, []string{"x"}, 0},
		{"the sending one became unclear", []desk.Write{row("x", 7, desk.OutUnclear, 5)}, []string{"w"}, nil, 1},
		{"the earlier one is done", []desk.Write{row("w", 3, desk.OutDone, 1)}, []string{"a"}, nil, 1},
		{"another chat's go their own way", []desk.Write{desk.PutOutgoing{Outgoing: desk.Outgoing{Message: "0", Chat: "i",
			Number: 1, State: desk.OutPending, NextAt: 1}}}, []string{"0", "a"}, nil, 1},
	} {
		commit(t, s, step.writes...)
		read(t, s, func(r store.Reader) {
			out, _, _ := r.NextDue()
			same(t, step.what+": due", step.due, names(r.DueOutgoing(10, 9)))
			same(t, step.what+": sending", step.send, names(r.Sending()))
			same(t, step.what+": next", step.next, out)
		})
	}
}

func names(rows []desk.Outgoing) (out []string) {
	for _, o := range rows {
		out = append(out, string(o.Message))
	}
	return out
}
