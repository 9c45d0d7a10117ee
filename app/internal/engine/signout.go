package engine

import (
	"strconv"

	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/backend/chat"
)

// SignOut has the server end the agent's work (rule G9), and this machine forget what it signs in with and all that the
// server has said. It returns when all is done, or why it was not: the server is away, there is what would be left behind
// here, or more texts are on this machine alone than drafts, the number that the person knows of. Those stay in the
// outbox for their agent.
func (e *Engine) SignOut(drafts int) *chat.Problem {
	return e.settled(func() *chat.Problem {
		if n := e.out.Waiting() + len(e.out.Decisions()); n > 0 {
			return chat.NewProblem(chat.NotEnded, strconv.Itoa(n))
		}
		if n := e.out.OnlyHere(); n > drafts {
			return chat.NewProblem(chat.OnlyHere, strconv.Itoa(n))
		}
		return nil
	}, chat.Command{Kind: chat.CmdSignOut})
}

// signedOff is told that the server has ended the agent's work, as was asked for in this run. answer is told when this
// machine has forgotten what it signs in with; nil: nobody waits any more.
func (e *Engine) signedOff(answer chan<- *chat.Problem) {
	e.leaving, e.gone = "", true
	if e.offered.stop != nil {
		e.offered.stop()
	}
	e.cfg.Link.Use() // without a token the server lets nobody in
	e.reconnect(0)
	e.forgetAll()
	done := func() {
		if answer != nil {
			answer <- nil
		}
	}
	if e.cfg.Tokens == nil {
		done()
		return
	}
	e.order(keepOrder{forget: done})
}

// leftLate is told that signing out has ended when nobody waited for it any more.
func (e *Engine) leftLate(problem *chat.Problem) {
	if problem == nil {
		e.signedOff(nil)
		return
	}
	e.leaving = ""
	e.addNotice(&chat.Command{Kind: chat.CmdSignOut}, "", *problem)
}

// revoked is told that the server has closed the connection for good after it was asked to end the agent's work: it has
// done so, though its answer was lost.
func (e *Engine) revoked() {
	answer := e.awaited[e.leaving]
	delete(e.awaited, e.leaving)
	e.signedOff(answer)
}

// forgetAll removes what the server has said from the screen and from the disk: on a shared computer the next person
// would find it. What the agent wrote and the server has not is the outbox's, and stays.
func (e *Engine) forgetAll() {
	e.disk.forget()
	for id := range e.told {
		e.withdraw(id)
	}
	for _, id := range e.rep.Chats() {
		e.dirty[id] = true
	}
	for id := range e.threads {
		e.drop(id)
	}
	for list, s := range e.texts {
		s.stop()
		delete(e.texts, list)
	}
	clear(e.typing)
	clear(e.retried)
	clear(e.warnings.clocks)
	clear(e.batches.told)
	e.out.ForgetEnded()
	e.rep, e.notices, e.batches.again, e.last, e.aim, e.idx = replica.New(nowMillis()), nil, nil, lastChat{}, aim{}, nil
	e.everything()
}

// forget queues that the cache is removed and begun anew.
func (w *writer) forget() { w.add(job{file: record.Cache, forget: true}) }
