package memory

import (
	"parley/backend/chat"
	"parley/backend/internal/store"
)

func (t *tx) Prune(r store.Retention, now chat.Millis) int {
	dropped := t.pruneFrames(r, now)
	dropped += t.pruneResults(r, now, r.Batch-dropped)
	return dropped + t.pruneOutgoing(r, now, r.Batch-dropped)
}

func (t *tx) pruneFrames(r store.Retention, now chat.Millis) (dropped int) {
	for key, s := range t.streams.from("") {
		before := dropped
		for k, e := range t.log.under(key) {
			if dropped >= r.Batch || !r.Drops(e.Seq, e.at, s.head, now) {
				break
			}
			t.log.drop(k)
			s.floor = e.Seq
			dropped++
		}
		if dropped > before {
			t.streams.put(key, s)
		}
	}
	return dropped
}

// pruneResults drops at most n results. A device's results have grown old in the order of their numbers.
func (t *tx) pruneResults(r store.Retention, now chat.Millis, n int) (dropped int) {
	for id, d := range t.devices.from("") {
		for k, e := range t.results.under(str(id)) {
			if dropped >= n || e.Number > d.LastNumber-r.Results || !r.DropsEnded(e.at, now) {
				break
			}
			t.results.drop(k)
			dropped++
		}
	}
	return dropped
}

func (t *tx) pruneOutgoing(r store.Retention, now chat.Millis, n int) (dropped int) {
	for _, row := range t.keys.under(outgoingDone) {
		o, _ := t.outgoing.get(row)
		if dropped >= n || !r.DropsEnded(o.Since, now) {
			break
		}
		drop(t.state, &t.outgoing, row, outgoingKeys)
		dropped++
	}
	return dropped
}
